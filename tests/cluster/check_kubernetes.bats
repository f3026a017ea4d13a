#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by node.bash and run
# efagate check --kubernetes: the device plugin's and the kubelet's numbers
# against what the node, or a container with some of its devices, has.

bats_require_minimum_version 1.5.0

load node

setup_file() {
	fabric_up
	"$softefa" node create "$fabric" k1 --type p4de.24xlarge --huge-pages 2560
}

teardown_file() {
	fabric_down
}

setup() {
	draw_device
}

teardown() {
	"$softefa" fault "$fabric" k1 clear
	"$softefa" fault "$fabric" "k1/$name" back
}

# compare LIST [OPTION...]: on k1.
compare() {
	run --separate-stderr "$softefa" enter "$fabric" k1 -- "$efagate" check --no-fabric --kubernetes "$@"
	show
}

@test "numbers that are right, one or both, in any unit" {
	local list
	for list in vpc.amazonaws.com/efa=4 hugepages-2Mi=5120Mi vpc.amazonaws.com/efa=4,hugepages-2Mi=5120Mi \
		hugepages-2Mi=5Gi,vpc.amazonaws.com/efa=4 hugepages-2Mi=5368709120 hugepages-2Mi=0 hugepages-2Mi=1024Mi; do
		compare "$list"
		[ "$status" = 0 ]
		[ -z "$(findings)" ]
	done
}

@test "EG207 the plugin offers more devices than open, or than are left" {
	compare vpc.amazonaws.com/efa=5
	[ "$status" = 2 ]
	must "EG207 fail: vpc.amazonaws.com/efa is 5, 4 EFA open here"
	"$softefa" fault "$fabric" "k1/$name" gone
	compare vpc.amazonaws.com/efa=4
	[ "$status" = 2 ]
	grep -qx "EG207 fail: vpc.amazonaws.com/efa is 4, 3 EFA open here" <(findings)
}

@test "EG207 in a pod that was given one device of two" {
	local hidden
	hidden=$("$softefa" enter "$fabric" k1 -- find /dev/infiniband -name 'uverbs*' | sort | head -n 3 | paste -sd' ')
	run --separate-stderr "$softefa" enter "$fabric" k1 -- bash -euc "rm $hidden; exec $efagate check --no-fabric --kubernetes vpc.amazonaws.com/efa=2"
	show
	[ "$status" = 2 ]
	grep -qx "EG207 fail: vpc.amazonaws.com/efa is 2, 1 EFA opens here" <(findings)
}

# pod N [OPTION...]: k1 seen from a container that was given the files of N of its devices.
pod() {
	local hidden
	hidden=$("$softefa" enter "$fabric" k1 -- find /dev/infiniband -name 'uverbs*' | sort | tail -n +$(($1 + 1)) | paste -sd' ')
	run --separate-stderr "$softefa" enter "$fabric" k1 -- bash -euc "rm -f $hidden; exec unshare --user --map-root-user $efagate check --no-fabric ${*:2}"
	show
}

@test "a pod that asked for two devices and has two is none the worse for the others" {
	pod 2 --kubernetes vpc.amazonaws.com/efa=2
	[ "$status" = 0 ]
	[ -z "$(findings)" ]
	# Without being told it cannot know, and with fewer than it was given it is.
	pod 2
	[ "$status" = 3 ]
	[[ $(findings) == "EG105 unknown: 2 EFA cannot be opened now"* ]]
	pod 1 --kubernetes vpc.amazonaws.com/efa=2
	[ "$status" = 2 ]
	grep -qx "EG207 fail: vpc.amazonaws.com/efa is 2, 1 EFA opens here" <(findings)
	grep -q "^EG105 unknown: 3 EFA cannot be opened now" <(findings)
}

@test "EG207 the plugin offers fewer devices than open: a warning" {
	compare vpc.amazonaws.com/efa=3
	[ "$status" = 1 ]
	must "EG207 warn: vpc.amazonaws.com/efa is 3, 4 EFA open here"
	compare vpc.amazonaws.com/efa=0
	must "EG207 warn: vpc.amazonaws.com/efa is 0, 4 EFA open here"
}

@test "EG207 more huge pages are offered than the pool has" {
	compare hugepages-2Mi=5122Mi,vpc.amazonaws.com/efa=4
	[ "$status" = 2 ]
	must "EG207 fail: hugepages-2Mi is 5122 MiB, the pool of 2 MiB pages 5120 MiB"
}

@test "both are in the report, which is judged again alike" {
	compare vpc.amazonaws.com/efa=5,hugepages-2Mi=6Gi --json
	[ "$status" = 2 ]
	jq -e '.kubernetes == { efa: 5, hugepages_2mi_bytes: 6442450944 }
		and ([.findings[] | .id, .seen, .expected] == ["EG207", "4 devices", "5 devices", "EG207", "5120 MiB", "6144 MiB"])' <<<"$output"
	echo "$output" >"$BATS_TEST_TMPDIR/report.json"
	run -2 "$efagate" replay "$BATS_TEST_TMPDIR/report.json"
	[ "$output" = $'no difference\nverdict     fail' ]
}

@test "node-problem-detector's plug-in and the recipe's pod say the same" {
	local command
	PATH=$O:$PATH run "$softefa" enter "$fabric" k1 -- "$BATS_TEST_DIRNAME/../../etc/kubernetes/efagate-npd" --no-fabric --kubernetes vpc.amazonaws.com/efa=5
	[ "$status" = 1 ]
	[[ $output == "EG207 fail: vpc.amazonaws.com/efa is 5, 4 EFA open here"* ]]
	command=$(sed -nE 's/.*command: \["\/bin\/sh", "-c", "(.*)"\]/\1/p' "$BATS_TEST_DIRNAME/../../etc/kubernetes/pod.yaml")
	[ -n "$command" ]
	PATH=$O:$PATH run -0 "$softefa" enter "$fabric" k1 -- sh -c "$command"
	"$softefa" fault "$fabric" "k1/$name" gone
	PATH=$O:$PATH run ! "$softefa" enter "$fabric" k1 -- sh -c "$command"
}

@test "numbers that are none" {
	local refused='; efagate check --help says more' word
	for word in vpc.amazonaws.com/efa=x vpc.amazonaws.com/efa=-1 vpc.amazonaws.com/efa=65 vpc.amazonaws.com/efa=; do
		run -64 --separate-stderr "$efagate" check --kubernetes "$word"
		[ "$stderr" = "efagate check: --kubernetes: '$word': expected a number from 0 to 64$refused" ]
	done
	for word in hugepages-2Mi=5Xi hugepages-2Mi=99999999999999999999 hugepages-2Mi=9999999Ti; do
		run -64 --separate-stderr "$efagate" check --kubernetes "$word"
		[ "$stderr" = "efagate check: --kubernetes: '$word': expected a size such as 5120Mi$refused" ]
	done
	for word in efa=4 '' vpc.amazonaws.com/efa; do
		run -64 --separate-stderr "$efagate" check --kubernetes "$word"
		[ "$stderr" = "efagate check: --kubernetes: '$word': expected vpc.amazonaws.com/efa=N or hugepages-2Mi=SIZE$refused" ]
	done
}
