#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate check on nodes of the software EFA, through Debian's libibverbs, libefa
# and libfabric. Needs root, no Slurm. The device that is broken is drawn; its
# seed is printed when a test fails and EG_TEST_SEED sets it.

bats_require_minimum_version 1.5.0

load node

setup_file() {
	fabric_up
	"$softefa" node create "$fabric" n5 --type p5.48xlarge
}

teardown_file() {
	fabric_down
}

setup() {
	draw_device
}

teardown() {
	"$softefa" fault "$fabric" n1 clear
}

@test "a good p4de passes with the devices fi_info shows" {
	check
	[ "$status" = 0 ]
	[ "$(verdict)" = pass ]
	[ -z "$(findings)" ]
	[ -z "$stderr" ]
	diff <(awk '$7 == "yes" { print $1 }' <<<"$output" | sort) \
		<("$softefa" enter "$fabric" n1 -- fi_info -p efa |
			sed -nE 's/^ *domain: (.*)-rdm$/\1/p' | sort)
	[ "$(grep -c ' efa  *yes  *yes  *yes  *100$' <<<"$output")" = 4 ]
	grep -qx 'huge pages  10561 of 10561 free, 2048 KiB each' <<<"$output"
}

@test "a p5 shows 32 devices" {
	run --separate-stderr "$softefa" enter "$fabric" n5 -- "$efagate" check
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c ' yes  *yes  *yes ' <<<"$output")" = 32 ]
	grep -q ': p5.48xlarge (dmi), 32 EFA expected$' <<<"$output"
}

@test "EG102 a device that left the bus is named, warning by table, failure by the site's word" {
	"$softefa" fault "$fabric" "n1/$name" gone
	check
	[ "$status" = 1 ]
	must "EG102 warn: 3/4 EFA on PCI, missing $address"
	check --expect-devices 4
	[ "$status" = 2 ]
	must "EG102 fail: 3/4 EFA on PCI, missing $address"
	check --instance-type p4de.24xlarge
	[ "$status" = 2 ]
	must "EG102 fail: 3/4 EFA on PCI, missing $address"
	check --expect-devices 3
	[ "$status" = 0 ]
}

@test "EG101 no device at all" {
	"$softefa" fault "$fabric" n1 gone
	check --expect-devices 4
	[ "$status" = 2 ]
	must "EG101 fail: no EFA on PCI, expected 4"
	grep -qx 'no EFA devices' <<<"$output"
}

@test "EG109 more devices than the site says" {
	check --expect-devices 3
	[ "$status" = 1 ]
	must "EG109 warn: 4 EFA on PCI, expected 3"
}

@test "EG103 a device without driver" {
	"$softefa" fault "$fabric" "n1/$name" unbound
	check
	[ "$status" = 2 ]
	must "EG103 fail: EFA $address on PCI without driver"
}

@test "EG105 and EG110 a device that does not open hides the others from libfabric" {
	local -A texts=([EPERM]="Operation not permitted" [EACCES]="Permission denied")
	local code
	for code in "${!texts[@]}"; do
		"$softefa" fault "$fabric" "n1/$name" noopen "$code"
		check
		[ "$status" = 2 ]
		must "EG105 fail: EFA $address ($name) cannot be opened: ${texts[$code]}" \
			"EG110 fail: EFA $address ($name) hides 3 others from libfabric"
		check --no-fabric
		[ "$status" = 2 ]
		must "EG105 fail: EFA $address ($name) cannot be opened: ${texts[$code]}"
	done
}

@test "EG107 a device without address" {
	"$softefa" fault "$fabric" "n1/$name" zero-gid
	check
	[ "$status" = 2 ]
	must "EG107 fail: EFA $address ($name) has an all-zero GID"
}

@test "EG203 the limit of memory counts where it binds" {
	run --separate-stderr "$softefa" enter "$fabric" n1 -- \
		setpriv --bounding-set -ipc_lock prlimit --memlock=65536:65536 "$efagate" check
	[ "$status" = 1 ]
	must "EG203 warn: memlock limit is 64 KiB, below 16 GiB"
}

@test "EG901 a libfabric that is not there" {
	echo "libfabric = /nowhere/libfabric.so.1" >"$BATS_TEST_TMPDIR/conf"
	check --config "$BATS_TEST_TMPDIR/conf"
	[ "$status" = 3 ]
	[[ $(findings) == "EG901 unknown: libfabric not measured: "*"/nowhere/libfabric.so.1"* ]]
}

@test "EG902 a driver that hangs holds nobody beyond the timeout" {
	local start=$SECONDS
	"$softefa" fault "$fabric" "n1/$name" hang
	check --timeout 2
	[ "$status" = 3 ]
	must "EG902 unknown: devices not looked at within 2 s"
	[ $((SECONDS - start)) -le 4 ]
}

@test "the caller's environment does not steer the check" {
	export FI_PROVIDER=tcp FI_EFA_IFACE=none FI_EFA_USE_DEVICE_RDMA=7 FI_LOG_LEVEL=info
	check
	[ "$status" = 0 ]
	[ -z "$stderr" ]
}

@test "a task's report has Slurm's name of the node, which need not be the host's" {
	export SLURMD_NODENAME=cloud-17
	check --json
	[ "$(jq -r .node <<<"$output")" = cloud-17 ]
	export SLURMD_NODENAME='n[1-4]'
	check --json
	[ "$(jq -r .node <<<"$output")" = "$(uname -n)" ]
}

@test "the report in JSON is judged again alike, and report shows it" {
	"$softefa" fault "$fabric" "n1/$name" gone
	check --expect-devices 4 --json
	[ "$status" = 2 ]
	[ "$(jq -r '.schema, .verdict, .findings[0].id, .findings[0].subject' <<<"$output" |
		paste -sd' ')" = "efagate.report/1 fail EG102 $address" ]
	[ "$(jq '[.devices[].layers | .pci and .driver and .verbs and .open and .fabric] | all' \
		<<<"$output")" = true ]
	echo "$output" >"$BATS_TEST_TMPDIR/n1.json"
	run --separate-stderr "$efagate" replay "$BATS_TEST_TMPDIR/n1.json"
	echo "$output"
	[ "$status" = 2 ]
	[ "$output" = "no difference
verdict     fail" ]
	run --separate-stderr "$efagate" report "$BATS_TEST_TMPDIR"
	echo "$output"
	[ "$status" = 2 ]
	[[ ${lines[1]} == *" check        fail       3  EG102: 3/4 EFA on PCI, missing $address" ]]
	run --separate-stderr "$efagate" report --json "$BATS_TEST_TMPDIR/n1.json"
	[ "$status" = 2 ]
	diff <(jq '.[0]' <<<"$output") <(jq . "$BATS_TEST_TMPDIR/n1.json")
}

@test "--since shows the counters that moved, of the same boot alone" {
	check --no-fabric --json
	[ "$(jq -r .efa_driver <<<"$output")" = 2.17.0 ]
	echo "$output" >"$BATS_TEST_TMPDIR/before.json"
	check --no-fabric --since "$BATS_TEST_TMPDIR/before.json"
	[ "$status" = 0 ]
	# Opening a device is a command to it, no traffic.
	! grep -E '^counter .*(bytes|wrs|drops)' <<<"$output"
	"$softefa" enter "$fabric" n1 -- timeout 60 "$efagate" burst --self >/dev/null
	check --no-fabric --since "$BATS_TEST_TMPDIR/before.json"
	[ "$status" = 0 ]
	grep -qE "^counter     $address rdma_read_bytes \+[1-9][0-9]+$" <<<"$output"
	jq '.boot_id = "another"' "$BATS_TEST_TMPDIR/before.json" >"$BATS_TEST_TMPDIR/other.json"
	check --no-fabric --since "$BATS_TEST_TMPDIR/other.json"
	[ "$status" = 3 ]
	[ "$stderr" = "efagate check: --since: the report is of another boot or node" ]
}

@test "replay prints what this version judges otherwise" {
	check --json
	jq 'del(.devices[1].driver) | .devices[1].layers |= (.driver = false | .verbs = false)' \
		<<<"$output" >"$BATS_TEST_TMPDIR/n1.json"
	run --separate-stderr "$efagate" replay "$BATS_TEST_TMPDIR/n1.json"
	echo "$output"
	[ "$status" = 2 ]
	[ "$output" = "+ EG103 fail: EFA 0000:20:1b.0 (rdmap32s27) on PCI without driver
verdict     fail, was pass" ]
}

@test "what is no report is refused by name" {
	echo '{"schema": "other/1"}' >"$BATS_TEST_TMPDIR/a.json"
	mkfifo "$BATS_TEST_TMPDIR/b.json"
	run --separate-stderr timeout 10 "$efagate" report "$BATS_TEST_TMPDIR" /nowhere.json
	[ "$status" = 3 ]
	diff - <(echo "$stderr") <<EOF2
efagate report: '/nowhere.json': No such file or directory
efagate report: '$BATS_TEST_TMPDIR/a.json': report: schema: 'other/1', this version reads 'efagate.report/1'
efagate report: '$BATS_TEST_TMPDIR/b.json': not a regular file
EOF2
}

@test "explain knows every id, and what a type's bandwidth is" {
	run "$efagate" explain
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 32 ]
	run "$efagate" explain eg102
	[ "$status" = 0 ]
	[ "${lines[0]}" = "EG102  fewer EFA devices on PCI than expected" ]
	run "$efagate" explain bandwidth p4de.24xlarge
	[ "$status" = 0 ]
	[ "${lines[0]}" = "p4de.24xlarge  4 EFA devices at most, 400 Gb/s together" ]
	run -0 "$efagate" explain bandwidth
	[ "$(grep -cE '^[a-z0-9-]+\.[a-z0-9-]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9.]+$' <<<"$output")" = $((${#lines[@]} - 1)) ]
	grep -qxE 'p5\.48xlarge +32 +100 +3200 +400\.0' <<<"$output"
	grep -qxE 'p4de\.24xlarge +4 +100 +400 +50\.0' <<<"$output"
	run "$efagate" explain EG999
	[ "$status" = 64 ]
}

@test "a wrong command line gets 64 and one line" {
	local -a wrong=(
		"|efagate: no command given; efagate --help lists them"
		"chek|efagate: 'chek' is not a command; efagate --help lists them"
		"check --fast|efagate check: unknown option '--fast'; efagate check --help says more"
		"check -x|efagate check: unknown option '-x'; efagate check --help says more"
		"check --timeout|efagate check: option '--timeout' needs a value; efagate check --help says more"
		"check --timeout 0|efagate check: --timeout '0': expected a number from 1 to 3600; efagate check --help says more"
		"check --expect-devices four|efagate check: --expect-devices 'four': expected a number from 1 to 64; efagate check --help says more"
		"check n1|efagate check: 'n1' is too much; efagate check --help says more"
		"report --bundle|efagate report: --bundle needs --node; efagate report --help says more"
		"report --format xml x|efagate report: --format 'xml': expected table, json, html or prometheus; efagate report --help says more"
		"replay|efagate replay: no file given; efagate replay --help says more"
	)
	local row
	for row in "${wrong[@]}"; do
		# shellcheck disable=SC2086
		run --separate-stderr "$efagate" ${row%%|*}
		echo "$row: $status $stderr"
		[ "$status" = 64 ]
		[ -z "$output" ]
		[ "$stderr" = "${row#*|}" ]
	done
}

@test "help and version are on stdout" {
	local command
	run --separate-stderr "$efagate" --version
	[ "$status" = 0 ]
	[ "$output" = "efagate $(cat "$BATS_TEST_DIRNAME/../../VERSION")" ]
	for command in "" check report replay explain; do
		# shellcheck disable=SC2086
		run --separate-stderr "$efagate" $command --help
		[ "$status" = 0 ]
		[[ $output == "usage: efagate"* ]]
		[ -z "$stderr" ]
	done
}

@test "a configuration that is named and missing, or broken, is said" {
	check --config /nowhere.conf
	[ "$status" = 3 ]
	[ -z "$output" ]
	[ "$stderr" = "efagate check: '/nowhere.conf': No such file or directory; nothing was checked" ]
	echo "expected_devices = 900" >"$BATS_TEST_TMPDIR/conf"
	check --config "$BATS_TEST_TMPDIR/conf"
	[ "$status" = 3 ]
	[[ $stderr == "efagate check: $BATS_TEST_TMPDIR/conf:1: "* ]]
	echo "expected_devices = 5" >"$BATS_TEST_TMPDIR/conf"
	check --config "$BATS_TEST_TMPDIR/conf"
	[ "$status" = 2 ]
	must "EG102 fail: 4/5 EFA on PCI"
}

@test "plugins of hwloc are not loaded" {
	mkdir "$BATS_TEST_TMPDIR/plugins"
	printf 'int open(const char *, int, ...);\n__attribute__((constructor)) static void seen(void)\n{\n\topen("%s/seen", 0101, 0644);\n}\n' \
		"$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/plugin.c"
	gcc -shared -fPIC -o "$BATS_TEST_TMPDIR/plugins/hwloc_seen.so" "$BATS_TEST_TMPDIR/plugin.c"
	HWLOC_PLUGINS_PATH=$BATS_TEST_TMPDIR/plugins lstopo-no-graphics >/dev/null
	[ -e "$BATS_TEST_TMPDIR/seen" ]
	rm "$BATS_TEST_TMPDIR/seen"
	"$softefa" enter "$fabric" n1 -- env "HWLOC_PLUGINS_PATH=$BATS_TEST_TMPDIR/plugins" "$efagate" check --instance-type p4de.24xlarge
	[ ! -e "$BATS_TEST_TMPDIR/seen" ]
}
