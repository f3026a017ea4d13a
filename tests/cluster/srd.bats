#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by helpers.bash, setup_file and run
# Traffic by queue pairs of our own (SRD), as gate and steps have it, and where
# it is libfabric's instead. Node and device are drawn from the printed seed.

bats_require_minimum_version 1.5.0

load helpers
load pair

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	export efagate=$O/efagate traffic_pair=$O/tests/cluster/traffic_pair
	lab_up_once -n 2
	plugin
	site
}

teardown_file() {
	lab_down
}

setup() {
	node=n$(($(draw 2 "$BATS_TEST_NUMBER") + 1))
	place=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	pci=${addresses[place]} name=${names[place]}
	provider=srd
	echo "# $node/$pci, seed $EG_TEST_SEED"
}

teardown() {
	lab efa fault n1 clear
	lab efa fault n2 clear
}

plugin() {
	lab conf plugstack "optional $O/efagate.so timeout_ms=12000 helper=$efagate"
}

site() {
	lab conf efagate 'meet_ms = 5000' "$@"
}

# step: a verified step on both nodes, the drawn one's report in $output.
step() {
	local home=$EFAGATE_LAB/home/user1
	rm -f "$home"/r-*.json
	run lab as user1 env "EFAGATE_REPORT=$home/r-%N.json" srun -N2 --efa-verify=burst true
	echo "$output"
	output=$(cat "$home/r-$node.json")
}

providers() {
	jq -r '[.. | objects | .burst? | select(. != null) | .provider] | unique | join(" ")' <<<"$output"
}

burst() {
	run --separate-stderr lab on "$node" timeout 40 "$efagate" burst --self --provider srd "$@"
	echo "exit $status"
	echo "$output"
	echo "stderr: $stderr"
}

@test "the devices of a node read from each other without libfabric" {
	echo 'libfabric = /nonexistent.so' >"$BATS_TEST_TMPDIR/conf"
	burst --config "$BATS_TEST_TMPDIR/conf" --json
	[ "$status" = 0 ]
	[ "$(jq -r '[.devices[].burst | "\(.provider) \(.state) \(.operation)"] | unique | join(" ")' <<<"$output")" = "srd ok read" ]
	[ "$(jq '[.devices[].burst | .bytes, .ns, .bytes_together, .ns_together, .latency_us.p50, .latency_us.p99 | select(. > 0)] | length' <<<"$output")" = 24 ]
}

@test "two nodes read from each other, device by device, round after round" {
	pair n1 n2 --rounds 3
	[ "$status" = 0 ]
	[ "$(rails ' ok read [1-9][0-9]* [1-9][0-9]* [1-9][0-9]* $')" = 24 ]
	pair n1 n2 --depth function --rounds 2
	[ "$status" = 0 ]
	[ "$(rails ' ok read 0 0 0 $')" = 16 ]
}

@test "a step's traffic is srd, through libfabric with traffic = efa; the report says so" {
	step
	[ "$status" = 0 ]
	[ "$(providers)" = srd ]
	site 'traffic = efa'
	step
	site
	[ "$status" = 0 ]
	[ "$(providers)" = efa ]
}

@test "an unreachable device fails at both ends in the device's words, the others are measured" {
	lab efa fault "$node/$pci" unreachable 500ms
	pair n1 n2 --budget 1500
	[ "$status" = 0 ]
	[ "$(rails " $place $place failed emulated 0 0 0 Unresponsive receiver$")" = 2 ]
	[ "$(rails ' ok read [1-9][0-9]* [1-9][0-9]* [1-9][0-9]* $')" = 6 ]
}

@test "what has not ended at the end of the round has failed" {
	lab efa fault "$node/$pci" unreachable
	pair n1 n2 --budget 500
	[ "$status" = 0 ]
	[ "$(rails " $place $place failed emulated 0 0 0 no completion within 0\.[4-9][0-9]* s$")" = 2 ]
	[ "$(rails ' ok read ')" = 6 ]
	[ "$(after own 1)" -le 1000 ]
	[ "$(after other 1)" -le 1000 ]
}

@test "each status of a device is told in words" {
	local row
	for row in '2 Internal error of the queue pair' '7 Invalid remote address or key' \
		'9 Bad remote queue pair, its process is gone' '15 Unreachable receiver: no answer ever' \
		'99 A status that is not known here'; do
		lab efa fault "n1/$pci" status "${row%% *}"
		pair n1 n2 --depth function
		lab efa fault "n1/$pci" clear
		[ "$(rails "^1 own $place $place failed emulated 0 0 0 ${row#* }$")" = 1 ]
		[ "$(rails ' ok read ')" = 7 ]
	done
}

@test "a partner that does not know our device yet is asked again, until the round is over" {
	lab efa fault "n1/$pci" status 14
	pair n1 n2 --depth function
	[ "$status" = 0 ]
	[ "$(rails "^1 own $place $place failed emulated 0 0 0 no completion within 1\.[0-9]* s: Unknown peer: the remote does not have our address$")" = 1 ]
	[ "$(rails ' ok read ')" = 7 ]
	# And with one that has learned it by then.
	(
		sleep 0.6
		lab efa fault "n1/$pci" clear
	) 3>&- &
	pair n1 n2 --depth function --budget 3000
	wait
	[ "$status" = 0 ]
	[ "$(rails ' ok read 0 0 0 $')" = 8 ]
}

@test "a partner's process stopped before or in the middle: its device answers all the same" {
	pair n1 n2 --stop 0 --pause 100 --rounds 2
	[ "$status" = 0 ]
	[ "$(after own 1)" -le 1200 ]
	[ "$(rails '^2 .* ok read [1-9][0-9]* [1-9][0-9]* [1-9][0-9]* $')" = 8 ]
}

@test "a partner killed in the middle: a result in time, then failed with a text" {
	pair n1 n2 --kill $((1 + $(draw 80 $((BATS_TEST_NUMBER + 300))))) --rounds 2
	[ "$status" = 1 ]
	[ "$(after own 1)" -le 1200 ]
	[ "$(rails '^2 own .* failed emulated 0 0 0 .*[a-z]')" = 4 ]
	[ "$(after own 2)" -le 1200 ]
}

@test "wrong bytes are found" {
	lab efa fault "n1/$pci" corrupt
	pair n1 n2 --depth function
	[ "$status" = 0 ]
	[ "$(rails " $place $place corrupt emulated 0 0 0 byte [0-9]+ is not what was sent$")" = 2 ]
}

@test "a device that cannot be opened is told, the others exchange traffic" {
	lab efa fault "$node/$pci" noopen 5
	burst
	[ "$status" = 3 ]
	[ "$(grep -c '  device  ' <<<"$output")" = 3 ]
	[[ "$output" == *"EG901 unknown: EFA $pci ($name) not tried: cannot be opened: Input/output error"* ]]
}

@test "memory that cannot be registered is told" {
	lab efa fault "$node/$pci" regfail 1
	burst
	[ "$status" = 3 ]
	[[ "$output" == *"EG901 unknown: EFA $pci ($name) not tried: ibv_reg_mr: Cannot allocate memory"* ]]
}

@test "libfabric here and not there: both are told and nobody is accused" {
	local socket=$BATS_TEST_TMPDIR/socket
	lab on n2 timeout 40 "$traffic_pair" serve "$socket" 3>&- &
	run lab on n1 timeout 40 "$traffic_pair" lead "$socket" --provider srd --depth function
	wait
	echo "$output"
	[ "$(rails "own .* unknown emulated 0 0 0 the partner's traffic goes through libfabric$")" = 4 ]
	[ "$(rails "other .* unknown emulated 0 0 0 the partner's traffic does not go through libfabric$")" = 4 ]
}
