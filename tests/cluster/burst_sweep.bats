#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by helpers.bash, setup_file and run
# efagate burst --sweep, on one node and between two, and what all devices
# together move against the line rate of the type. What is broken is drawn from
# the printed seed.

bats_require_minimum_version 1.5.0

load helpers

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)
sizes='64 256 1024 4096 16384 65536 262144 1048576'

setup_file() {
	export efagate=$O/efagate softefa=${SOFTEFA_BUILD:-$O/softefa}/softefa
	lab_up_once -n 2
	export fabric=$BATS_FILE_TMPDIR/fabric
	"$softefa" fabric create "$fabric"
	"$softefa" node create "$fabric" dl1 --type dl1.24xlarge
}

teardown_file() {
	"$softefa" fabric remove "$fabric"
	lab_down
}

setup() {
	place=$(draw 4 "$BATS_TEST_NUMBER")
	before=$(((place + 3) % 4))
	name=${names[place]} pci=${addresses[place]}
	listener='' talk=$BATS_TEST_TMPDIR/talk
	echo "# device $pci, seed $EG_TEST_SEED"
}

teardown() {
	local pid
	for pid in $(pgrep -f "^$efagate burst "); do kill -KILL "$pid" || true; done
	[ -z "$listener" ] || wait "$listener" || true
	lab efa fault n1 clear
	lab efa fault n2 clear
}

# burst [OPTION...]: on n1, by itself.
burst() {
	run --separate-stderr lab on n1 timeout 70 "$efagate" burst --self "$@"
	echo "exit $status"
	echo "$output"
	echo "stderr: $stderr"
}

# listen [OPTION...]: on n1, in the background, until the port is open.
listen() {
	lab on n1 timeout 90 "$efagate" burst --listen "$@" >"$BATS_TEST_TMPDIR/listen" 2>"$talk" 3>&- &
	listener=$!
	until_talk "listening on TCP port"
}

# until_talk TEXT: at most 20 s.
until_talk() {
	local end=$((SECONDS + 20))
	until grep -q "$1" "$talk"; do
		[ "$SECONDS" -lt "$end" ]
		sleep 0.02
	done
}

connect() {
	run --separate-stderr lab on n2 timeout 90 "$efagate" burst n1 "$@"
	echo "n2: exit $status"
	echo "$output"
	echo "stderr: $stderr"
}

# The listener's end: listen_status, listened.
ended() {
	listen_status=0
	wait "$listener" || listen_status=$?
	listener=
	listened=$(cat "$BATS_TEST_TMPDIR/listen")
	echo "n1: exit $listen_status"
	echo "$listened"
	cat "$talk"
}

# lines TEXT: the lines of sizes.
lines() {
	grep -E '^ *[0-9]+  ' <<<"$1"
}

# good_sizes TEXT COLUMNS: the sizes in their order, so many columns, all above 0, p99 not below p50.
good_sizes() {
	[ "$(lines "$1" | awk '{ print $1 }' | paste -sd' ')" = "$sizes" ]
	lines "$1" | awk -v columns="$2" '{
		if (NF != columns) { print "columns: " $0; bad = 1 }
		for (i = 1; i <= NF; i++) if (!($i > 0)) { print "not above 0: " $0; bad = 1 }
		if ($3 < $2) { print "p99 below p50: " $0; bad = 1 }
		if (NF == 6 && $5 > $4) { print "slowest above median: " $0; bad = 1 } }
		END { exit bad }'
}

findings() {
	grep -E '^EG[0-9]{3} ' <<<"$1" | sed 's/;.*//'
}

@test "all devices of a node: a line a size, over all of them" {
	burst --sweep
	[ "$status" = 0 ]
	grep -qx 'reads by size from n1: the median of 4 devices, each alone; the slowest; all together' <<<"$output"
	grep -qxE ' +BYTES +p50 us +p99 us +MB/s +SLOWEST +TOGETHER' <<<"$output"
	good_sizes "$output" 6
	[ "$(tail -1 <<<"$output")" = "verdict     pass" ]
}

@test "one device, by its name and by its address" {
	local device
	for device in "$name" "$pci"; do
		burst --sweep --device "$device"
		[ "$status" = 0 ]
		grep -qx "reads by size from n1: $name" <<<"$output"
		good_sizes "$output" 4
	done
}

@test "EG901 a device that there is none of" {
	burst --sweep --device rdmap1s1
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG901 unknown: no EFA device 'rdmap1s1' on this node" ]
	grep -qx 'reads by size: not measured' <<<"$output"
}

@test "JSON: every device with every size, by the schema, and it is judged again alike" {
	burst --sweep --json
	[ "$status" = 0 ]
	"$BATS_TEST_DIRNAME/../validate-report" - <<<"$output"
	jq -e --arg sizes "$sizes" '(.sweep | length) == 4
		and ([.sweep[] | select(.peer == "n1" and .operation == "read" and .pci != .peer_pci
			and ([.sizes[].bytes] == ($sizes | split(" ") | map(tonumber)))
			and ([.sizes[] | select(.gbps > 0 and .gbps_together > 0 and .latency_us.samples > 0
				and .latency_us.p99 >= .latency_us.p50)] | length) == 8)] | length) == 4
		and ([.sweep[].name] | sort) == ([.devices[].name] | sort)' <<<"$output"
	echo "$output" >"$BATS_TEST_TMPDIR/report.json"
	run -0 "$efagate" replay "$BATS_TEST_TMPDIR/report.json"
	[ "$output" = $'no difference\nverdict     pass' ]
}

@test "reads made of messages go up to 256 KiB" {
	run -0 --separate-stderr "$softefa" enter "$fabric" dl1 -- timeout 70 "$efagate" burst --self --sweep
	echo "$output"
	grep -qE '^reads made of messages by size from ' <<<"$output"
	[ "$(lines "$output" | awk '{ print $1 }' | paste -sd' ')" = "${sizes% 1048576}" ]
}

@test "two nodes: both have their table, of what they read from the other" {
	listen --sweep
	connect --sweep
	ended
	[ "$status$listen_status" = 00 ]
	grep -qx 'reads by size from n1: the median of 4 devices, each alone; the slowest; all together' <<<"$output"
	grep -qx 'reads by size from n2: the median of 4 devices, each alone; the slowest; all together' <<<"$listened"
	good_sizes "$output" 6
	good_sizes "$listened" 6
	grep -qx 'reads of 64 bytes to 1 MiB ...' "$talk"
}

@test "two nodes, JSON, one device" {
	listen --sweep --json --device "$name"
	connect --sweep --json --device "$pci"
	ended
	[ "$status$listen_status" = 00 ]
	"$BATS_TEST_DIRNAME/../validate-report" - <<<"$output"
	jq -e --arg pci "$pci" '[.sweep[] | .pci, .peer_pci, .peer, (.sizes | length)] == [$pci, $pci, "n1", 8]' <<<"$output"
	jq -e --arg pci "$pci" '[.sweep[] | .pci, .peer_pci, .peer, (.sizes | length)] == [$pci, $pci, "n2", 8]' <<<"$listened"
}

@test "EG408 --sweep on one side only: both are told" {
	listen --sweep
	connect
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: n1 refuses this node: no session by hand, or --sweep on one side only" ]
	grep -qxE 'refused 10\.77\.[0-9.]+: no session by hand, or --sweep on one side only' "$talk"
	connect --sweep
	ended
	[ "$status$listen_status" = 00 ]
}

@test "what does not work is not measured by size" {
	lab efa fault "n1/$name" unreachable 500ms
	burst --sweep
	[ "$status" = 2 ]
	grep -qx 'reads by size: not measured' <<<"$output"
	listen --sweep
	connect --sweep
	ended
	[ "$status$listen_status" = 22 ]
	grep -qx 'reads by size: not measured' <<<"$output"
	grep -qx 'reads by size: not measured' <<<"$listened"
}

@test "EG901 a device that stops in the middle: it and who reads from it are named, the rest is measured" {
	# More than the burst before asks of it, fewer than the reads of 64 bytes alone.
	lab efa fault "n1/$name" silent 4000
	burst --sweep
	[ "$status" = 3 ]
	# An end that comes after the time of one size is the next one's.
	diff <(findings "$output" | sed -E 's/ (64|256) bytes/ N bytes/' | sort) <(printf '%s\n' \
		"EG901 unknown: EFA $pci ($name): reads of N bytes: Unresponsive receiver" \
		"EG901 unknown: EFA ${addresses[before]} (${names[before]}): reads of N bytes: Unresponsive receiver" | sort)
	[ "$(lines "$output" | awk '{ print $1 }' | paste -sd' ')" = "$sizes" ]
}

@test "EG408 the partner is killed while sizes are measured" {
	listen --sweep
	lab on n2 timeout 90 "$efagate" burst n1 --sweep >/dev/null 2>&1 3>&- &
	until_talk "reads of 64 bytes to 1 MiB"
	# shellcheck disable=SC2046 # one word a process
	kill -KILL $(pgrep -f "^$efagate burst n1")
	ended
	[ "$listen_status" = 3 ]
	[ "$(findings "$listened" | grep EG408)" = "EG408 unknown: n2: left before the verdict" ]
}

@test "all devices at once against the line rate of the type" {
	burst
	[ "$status" = 0 ]
	grep -qxE 'together    [0-9]+\.[0-9]{2} GB/s of the 50\.00 GB/s of a p4de\.24xlarge, [0-9]+ %' <<<"$output"
	burst --json
	# The devices' own figures have two decimals each.
	jq -e '.together.line_rate_gbps == 400 and (.together.gbps - ([.devices[].burst.gbps_together] | add) | fabs) < 4 * 0.0051' <<<"$output"
	burst --instance-type p5.48xlarge
	grep -qE '^together .* of the 400\.00 GB/s of a p5\.48xlarge, ' <<<"$output"
	burst --instance-type none.large
	grep -qxE 'together    [0-9]+\.[0-9]{2} GB/s' <<<"$output"
}

@test "a wrong command line is refused" {
	local refused='; efagate burst --help says more'
	run -64 --separate-stderr "$efagate" burst --self --device "$name"
	[ "$stderr" = "efagate burst: --device is of use with --sweep and --compare$refused" ]
	run -64 --separate-stderr "$efagate" burst --self --sweep --device ''
	[ "$stderr" = "efagate burst: --device is empty$refused" ]
}
