#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate top on a node of the software EFA, with traffic, and on a terminal.

bats_require_minimum_version 1.5.0

setup_file() {
	export O=${O:-$BATS_TEST_DIRNAME/../../build}
	O=$(realpath "$O")
	export efagate=$O/efagate softefa=${SOFTEFA_BUILD:-$O/softefa}/softefa
	export fabric=$BATS_FILE_TMPDIR/fabric
	"$softefa" fabric create "$fabric"
	"$softefa" node create "$fabric" n1 --type p4de.24xlarge
	"$softefa" node create "$fabric" n5 --type p5.48xlarge
	"$softefa" node create "$fabric" n9 --type hpc6a.48xlarge
}

teardown_file() {
	"$softefa" fabric remove "$fabric"
}

on() {
	local node=$1
	shift
	"$softefa" enter "$fabric" "$node" -- "$@"
}

# terminal NODE ROWS COLUMNS SCRIPT: SCRIPT on a terminal of that size; what it
# printed is in $BATS_TEST_TMPDIR/seen, keys are read from the pipe "keys".
terminal() {
	rm -f "$BATS_TEST_TMPDIR/seen"
	mkfifo "$BATS_TEST_TMPDIR/keys"
	(script -qfec "stty rows $2 cols $3; exec $softefa enter $fabric $1 -- sh -c '$4'" \
		"$BATS_TEST_TMPDIR/seen" <"$BATS_TEST_TMPDIR/keys" >/dev/null
		echo $? >"$BATS_TEST_TMPDIR/exit") &
	runner=$!
	exec 6>"$BATS_TEST_TMPDIR/keys"
}

# seen TEXT: within 20 s the terminal shows TEXT.
seen() {
	local i
	for i in {1..200}; do
		grep -qaFs -- "$1" "$BATS_TEST_TMPDIR/seen" && return 0
		sleep 0.1
	done
	cat -v "$BATS_TEST_TMPDIR/seen"
	return 1
}

ended() {
	exec 6>&-
	wait "$runner"
	[ "$(cat "$BATS_TEST_TMPDIR/exit")" = 0 ]
}

@test "--json shows what burst --self moved" {
	on n1 "$efagate" top --json --count 8 >"$BATS_TEST_TMPDIR/out" 3>&- &
	local pid=$!
	for _ in {1..200}; do
		[ -s "$BATS_TEST_TMPDIR/out" ] && break
		sleep 0.1
	done
	on n1 "$efagate" burst --self >/dev/null
	wait "$pid"
	"$BATS_TEST_DIRNAME/../validate-report" "$BATS_TEST_TMPDIR/out"
	[ "$(jq -s length "$BATS_TEST_TMPDIR/out")" = 8 ]
	[ "$(jq -s '[.[] | .schema] | unique | .[]' -r "$BATS_TEST_TMPDIR/out")" = efagate.top/1 ]
	[ "$(jq -r '.devices | length' "$BATS_TEST_TMPDIR/out" | sort -u)" = 4 ]
	# In every device came in and went out what the counters say: rates times time.
	jq -se '[range(4) as $d | (.[-1].devices[$d].counters.rx_bytes - .[0].devices[$d].counters.rx_bytes) as $rise |
		([.[1:][] | .devices[$d].in_bytes_per_second * .interval_ms / 1000] | add) as $sum |
		$rise > 0 and $sum > $rise * 0.97 and $sum <= $rise * 1.03] | all' "$BATS_TEST_TMPDIR/out"
	jq -se '[.[].devices[] | .rdma_operations_per_second] | max > 0' "$BATS_TEST_TMPDIR/out"
	jq -se '[.[].devices[] | .errors] | max == 0' "$BATS_TEST_TMPDIR/out"
}

@test "--once prints a table, without colour and without control characters" {
	run --separate-stderr on n1 "$efagate" top --once
	echo "$output"
	[ "$status" = 0 ]
	# shellcheck disable=SC2154
	[ -z "$stderr" ]
	[ "${#lines[@]}" = 7 ]
	[[ ${lines[0]} =~ ^n1\ .*\ 4\ EFA\ devices,\ rates\ of\ the\ last\ [0-9.]+\ s$ ]] || [[ ${lines[0]} == *' 4 EFA devices, '* ]]
	[[ ${lines[1]} == 'DEVICE          PCI            IN GB/s OUT GB/s '* ]]
	[[ ${lines[2]} == 'rdmap16s27      0000:10:1b.0     0.000    0.000 '* ]]
	[[ ${lines[6]} == 'all '* ]]
	run ! grep -q $'\033' <<<"$output"
}

@test "on a terminal it draws, scrolls, follows a new size, and gives the terminal back on q" {
	terminal n5 12 100 "$efagate top; stty -a"
	seen '32 EFA devices, rates of the last 1.'
	seen 'q quits, up and down scroll'
	seen rdmap79s0
	run ! grep -qaF 'icanon' "$BATS_TEST_TMPDIR/seen"
	printf 'j' >&6
	printf '\033[B' >&6
	printf 'q' >&6
	ended
	# Second screen entered and left, cursor back, keys with Enter again.
	grep -qaF $'\033[?1049h' "$BATS_TEST_TMPDIR/seen"
	grep -qaF $'\033[?25h\033[?1049l' "$BATS_TEST_TMPDIR/seen"
	grep -qaE '(^| )icanon' "$BATS_TEST_TMPDIR/seen"
	grep -qaE '(^| )echo ' "$BATS_TEST_TMPDIR/seen"
}

@test "a terminal that becomes larger shows more devices at once" {
	local last=rdmap201s0 pts
	terminal n5 8 100 "tty; exec $efagate top --interval 3600"
	seen 'q quits, up and down scroll'
	run ! grep -qaF "$last" "$BATS_TEST_TMPDIR/seen"
	pts=$(grep -aoE '/dev/pts/[0-9]+' "$BATS_TEST_TMPDIR/seen" | head -n 1)
	stty -F "$pts" rows 50
	seen "$last"
	printf 'q' >&6
	ended
}

@test "Ctrl-C and SIGTERM give the terminal back too" {
	terminal n1 24 80 "echo pid \$\$; exec $efagate top"
	seen 'q quits'
	printf '\003' >&6
	ended
	grep -qaF $'\033[?25h\033[?1049l' "$BATS_TEST_TMPDIR/seen"
	rm "$BATS_TEST_TMPDIR/keys"
	terminal n1 24 80 "echo pid \$\$; exec $efagate top"
	seen 'q quits'
	kill "$(sed -nE 's/^pid ([0-9]+).*/\1/p' "$BATS_TEST_TMPDIR/seen" | tail -n 1)"
	ended
	grep -qaF $'\033[?25h\033[?1049l' "$BATS_TEST_TMPDIR/seen"
}

@test "colour is off with NO_COLOR and in a pipe" {
	terminal n1 24 80 "NO_COLOR=1 $efagate top --count 1"
	ended
	run ! grep -qaE $'\033\\[(1|1;31|33)m' "$BATS_TEST_TMPDIR/seen"
}

@test "--trace: the counters of a burst over time, for Perfetto, whole after a signal" {
	local trace=$BATS_TEST_TMPDIR/trace.json pid end=$((SECONDS + 20)) from to
	from=$(date +%s)
	"$softefa" enter "$fabric" n1 -- "$efagate" top --trace "$trace" --interval 0.1 3>&- &
	pid=$!
	until [ -s "$trace" ] && [ "$(jq length "$trace")" -gt 1 ]; do
		[ "$SECONDS" -lt "$end" ]
		sleep 0.05
	done
	on n1 "$efagate" burst --self --json >"$BATS_TEST_TMPDIR/burst"
	sleep 0.3
	kill -TERM "$pid"
	wait "$pid"
	to=$(date +%s)
	"$BATS_TEST_DIRNAME/../validate-report" --trace "$trace"
	# A process a device and one for all, numbered one after the other.
	jq -e '[.[] | select(.ph == "M")] | sort_by(.pid) | ([.[].args.name | sub("^[^ ]+ "; "")] ==
		["all EFA devices", "rdmap16s27 0000:10:1b.0", "rdmap32s27 0000:20:1b.0",
		 "rdmap144s27 0000:90:1b.0", "rdmap160s27 0000:a0:1b.0"])
		and ([range(5) as $i | .[$i].pid - .[0].pid] == [0, 1, 2, 3, 4])' "$trace"
	# Every track of every process goes forward in time, within ours, and all is their sum.
	jq -e --argjson from "$from" --argjson to "$to" '[.[] | select(.ph == "C")] | group_by(.pid, .name)
		| length == 25 and all([.[].ts] as $times | $times == ($times | sort)
			and $times[0] >= $from * 1000000 and $times[-1] < ($to + 1) * 1000000)' "$trace"
	jq -e '([.[] | select(.ph == "M")] | min_by(.pid).pid) as $all | [.[] | select(.name == "GB/s")] | group_by(.ts)
		| all(([.[] | select(.pid == $all).args.in] | add) as $sum | ([.[] | select(.pid != $all).args.in] | add) as $devices
			| ($sum - $devices | fabs) < 0.001)' "$trace"
	jq -e '[.[] | select(.name == "GB/s").args.in] | max > 0' "$trace"
	jq -e '[.[] | select(.name == "RDMA op/s").args.value] | max > 0' "$trace"
	jq -e '[.[] | select(.name == "errors").args.value] | max == 0' "$trace"
}

@test "--trace: the file is whole at any time, also of a process that was killed" {
	local trace=$BATS_TEST_TMPDIR/trace.json pid i
	"$softefa" enter "$fabric" n5 -- "$efagate" top --trace "$trace" --interval 0.05 3>&- &
	pid=$!
	until [ -s "$trace" ]; do sleep 0.02; done
	for i in {1..20}; do
		# A copy made while the end is being written lacks it: the next one has it.
		for _ in 1 2 3 4 5; do
			cp "$trace" "$BATS_TEST_TMPDIR/copy"
			jq -e 'length >= 1' "$BATS_TEST_TMPDIR/copy" >/dev/null && break
		done
		jq -e 'length >= 1' "$BATS_TEST_TMPDIR/copy" >/dev/null
		sleep 0.05
	done
	kill -KILL "$pid"
	wait "$pid" || true
	"$BATS_TEST_DIRNAME/../validate-report" --trace "$trace"
	[ "$(jq '[.[] | select(.ph == "M")] | length' "$trace")" = 33 ]
}

@test "--trace: the traces of two nodes can be joined, a device that goes leaves the others their names" {
	"$softefa" enter "$fabric" n1 -- unshare -u sh -c "hostname a1; exec $efagate top --trace $BATS_TEST_TMPDIR/a1 --count 1 --interval 0.05"
	"$softefa" enter "$fabric" n1 -- unshare -u sh -c "hostname a2; exec $efagate top --trace $BATS_TEST_TMPDIR/a2 --interval 0.1 --count 12" 3>&- &
	until [ "$(jq length "$BATS_TEST_TMPDIR/a2" 2>/dev/null || echo 0)" -gt 1 ]; do sleep 0.05; done
	"$softefa" fault "$fabric" n1/rdmap16s27 gone
	wait $!
	"$softefa" fault "$fabric" n1/rdmap16s27 back
	jq -s 'add' "$BATS_TEST_TMPDIR/a1" "$BATS_TEST_TMPDIR/a2" >"$BATS_TEST_TMPDIR/both"
	"$BATS_TEST_DIRNAME/../validate-report" --trace "$BATS_TEST_TMPDIR/both"
	jq -e '[.[] | select(.ph == "M")] | (length == 10) and ([.[].pid] | unique | length == 10)' "$BATS_TEST_TMPDIR/both"
	# The last second has three devices and all of them together.
	jq -e '(map(select(.ph == "C").ts) | max) as $last | [.[] | select(.ts == $last).pid] | unique | length == 4' "$BATS_TEST_TMPDIR/a2"
}

@test "--trace: a file that cannot be written" {
	run -3 --separate-stderr on n1 "$efagate" top --trace /nonexistent/trace
	[ "$stderr" = "efagate top: '/nonexistent/trace': No such file or directory" ]
	run -3 --separate-stderr on n1 timeout 20 "$efagate" top --trace /dev/full
	[[ $stderr == "efagate top: the trace: "* ]]
	run -64 --separate-stderr "$efagate" top --trace /tmp/x --json
	[ "$stderr" = "efagate top: --trace and --json exclude each other; efagate top --help says more" ]
}

@test "a driver that hangs in its counters holds nobody for more than 2 s" {
	local start=$SECONDS words hung
	hung=$(realpath "$O/tests/cluster/hung_counter.so")
	for words in "--once" "--json" "--trace $BATS_TEST_TMPDIR/trace"; do
		# shellcheck disable=SC2086
		run -3 --separate-stderr on n1 env LD_PRELOAD="$hung" timeout 20 "$efagate" top $words
		[ "$stderr" = 'efagate top: the counters were not read within 2 s: a driver hangs' ]
	done
	[ $((SECONDS - start)) -le 15 ]
	# Killed, and on a busy machine gone a moment later.
	for _ in {1..100}; do
		pgrep -f "^$efagate top" >/dev/null || break
		sleep 0.05
	done
	[ -z "$(pgrep -f "^$efagate top" || true)" ]
}

@test "a node without EFA devices is said to have none" {
	local empty=$BATS_TEST_TMPDIR/empty
	mkdir "$empty"
	SYSFS_PATH=$empty run --separate-stderr "$efagate" top --once
	[ "$status" = 3 ]
	[ "$stderr" = 'efagate top: no EFA device with a driver on this node' ]
}

@test "wrong command lines are refused" {
	run "$efagate" top --interval 0
	[ "$status" = 64 ]
	[ "$output" = "efagate top: --interval '0': expected a number from 0.05 to 3600; efagate top --help says more" ]
	run "$efagate" top now
	[ "$status" = 64 ]
	[ "$output" = "efagate top: 'now' is too much; efagate top --help says more" ]
}
