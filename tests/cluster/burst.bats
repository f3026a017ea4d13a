#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by helpers.bash, setup_file and run
# Traffic between EFA devices: efagate burst --self, and two processes for
# traffic against each other, on nodes of the lab; other instance types on
# nodes of a fabric of their own. What is broken is drawn from the printed seed.

bats_require_minimum_version 1.5.0

load helpers
load pair

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	export efagate=$O/efagate softefa=${SOFTEFA_BUILD:-$O/softefa}/softefa
	export traffic_pair=$O/tests/cluster/traffic_pair
	lab_up_once -n 2
	export fabric=$BATS_FILE_TMPDIR/fabric
	"$softefa" fabric create "$fabric"
	"$softefa" node create "$fabric" p5 --type p5.48xlarge
	"$softefa" node create "$fabric" dl1 --type dl1.24xlarge
	"$softefa" node create "$fabric" dl2 --type dl1.24xlarge
	"$softefa" node create "$fabric" c5n --type c5n.18xlarge
	"$softefa" node create "$fabric" hpc6a --type hpc6a.48xlarge
}

teardown_file() {
	"$softefa" fabric remove "$fabric"
	lab_down
}

setup() {
	node=n$(($(draw 2 "$BATS_TEST_NUMBER") + 1))
	place=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	next=$(((place + 1) % 4))
	pci=${addresses[place]} name=${names[place]}
	echo "# $node/$pci, seed $EG_TEST_SEED"
}

teardown() {
	lab efa fault n1 clear
	lab efa fault n2 clear
	"$softefa" fault "$fabric" dl2 clear
}

# burst [OPTION...]: on the drawn node of the lab; stdout and stderr apart.
burst() {
	run --separate-stderr lab on "$node" timeout 40 "$efagate" burst --self "$@"
	echo "exit $status"
	echo "$output"
	echo "stderr: $stderr"
}

# burst_of NODE [OPTION...]: on a node of the fabric.
burst_of() {
	run --separate-stderr "$softefa" enter "$fabric" "$1" -- timeout 60 "$efagate" burst --self "${@:2}"
	echo "exit $status"
	echo "$output"
	echo "stderr: $stderr"
}

# The lines of devices that were measured: READS and the numbers, without PCI and peer.
measured() {
	grep -E '  (device|emul\.)  ' <<<"$output"
}

findings() {
	grep -E '^EG[0-9]{3} ' <<<"$output" | sed 's/;.*//'
}

verdict() {
	sed -n 's/^verdict  *//p' <<<"$output"
}

# must TEXT...: these lines of findings and no others.
must() {
	diff <(findings) <(printf '%s\n' "$@")
}

# All numbers of every line measured are there and above 0: bytes, count, seconds, MB/s twice, us twice.
numbers_are_positive() {
	measured | awk '{ sub("s$", "", $7)
		for (i = 5; i <= 11; i++) if (!($i > 0)) { print "not above 0: " $i " in " $0; bad = 1 }
		if ($11 < $10) { print "p99 below p50: " $0; bad = 1 } }
		END { exit bad }'
}

@test "what libfabric puts into /dev/shm is not left there" {
	run lab on "$node" sh -c '"$1" burst --self >/dev/null && ls /dev/shm' sh "$efagate"
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = "" ]
}

@test "the four devices of a good p4de read from each other by themselves" {
	burst
	[ "$status" = 0 ]
	[ "$(verdict)" = pass ]
	[ -z "$(findings)" ]
	[ -z "$stderr" ]
	[ "${lines[0]}" = "$node: traffic between its 4 EFA devices" ]
	diff <(measured | awk '{ print $1, $2, $3, $4 }') - <<-EOF
		rdmap16s27 0000:10:1b.0 0000:20:1b.0 device
		rdmap32s27 0000:20:1b.0 0000:90:1b.0 device
		rdmap144s27 0000:90:1b.0 0000:a0:1b.0 device
		rdmap160s27 0000:a0:1b.0 0000:10:1b.0 device
	EOF
	numbers_are_positive
}

@test "an ordinary user may do the same" {
	run --separate-stderr lab on-as "$node" user1 timeout 40 "$efagate" burst --self
	echo "$output$stderr"
	[ "$status" = 0 ]
	[ "$(measured | wc -l)" = 4 ]
	numbers_are_positive
}

@test "the report in JSON has the bursts and is judged again alike" {
	lab efa fault "$node/$pci" unreachable 500ms
	burst --json
	[ "$status" = 2 ]
	[ "$(jq -r '.schema, .trigger, .node, .verdict' <<<"$output" | paste -sd' ')" = \
		"efagate.report/1 burst $node fail" ]
	[ "$(jq '[.devices[].burst | select(.state == "ok" and .operation == "read" and .bytes > 0 and .gbps > 0 and
		.gbps_together > 0 and .latency_us.p50 > 0 and .latency_us.p99 >= .latency_us.p50 and
		.latency_us.samples > 0 and .tries == 6)] | length' <<<"$output")" = 2 ]
	[ "$(jq -r --arg pci "$pci" '.devices[] | select(.pci == $pci).burst |
		"\(.peer) \(.peer_pci) \(.state) \(.error) \(.tries) \(.failed)"' <<<"$output")" = \
		"$node ${addresses[next]} failed Unresponsive receiver 6 6" ]
	held <<<"$output" >"$BATS_TEST_TMPDIR/report.json"
	run "$efagate" replay "$BATS_TEST_TMPDIR/report.json"
	[ "$status" = 2 ]
	[ "$output" = $'no difference\nverdict     fail' ]
}

# A counter's file is written by whoever moves it: here by us, once the first bytes were read.
@test "EG301 errors that a device counts while only efagate sends" {
	lab on "$node" perl -e 'my $at = "/sys/class/infiniband/$ARGV[0]/ports/1/hw_counters";
		sub value { open(my $f, "<", "$at/rdma_read_bytes") or die; return <$f> }
		my $first = value();
		for (1 .. 20000) { last if value() ne $first; select(undef, undef, undef, 0.001) }
		open(my $f, "+<", "$at/rx_drops") or die; syswrite($f, "5\n");' "$name" 3>&- &
	burst --json
	wait $!
	lab on "$node" sh -c "echo 0 >/sys/class/infiniband/$name/ports/1/hw_counters/rx_drops"
	[ "$status" = 1 ]
	[ "$(jq -r '.findings[] | "\(.id) \(.outcome): \(.text)"' <<<"$output")" = \
		"EG301 warn: EFA $pci ($name) counted errors while only efagate sent: rx_drops 5" ]
	[ "$(jq -c --arg pci "$pci" '[.devices[] | select(.burst.errors_counted) | .pci == $pci, .burst.errors_counted]' <<<"$output")" = '[true,{"rx_drops":5}]' ]
	held <<<"$output" >"$BATS_TEST_TMPDIR/report.json"
	run "$efagate" replay "$BATS_TEST_TMPDIR/report.json"
	[ "$status" = 1 ]
	[ "$output" = $'no difference\nverdict     warn' ]
}

@test "the provider and its number are in the report, and the memory node" {
	local numa
	numa=$(lab on "$node" cat "/sys/class/infiniband/$name/device/numa_node")
	lab efa fault "$node/$pci" unreachable 500ms
	burst --json
	[ "$(jq -r '[.devices[].burst.provider] | unique | join(" ")' <<<"$output")" = efa ]
	[ "$(jq -r --arg pci "$pci" '.devices[] | select(.pci == $pci) | "\(.numa_node) \(.burst | "\(.provider_error) \(.error)")"' <<<"$output")" = \
		"$numa 13 Unresponsive receiver" ]
	[ "$(jq '[.devices[].burst | select(.state == "ok" and has("provider_error"))] | length' <<<"$output")" = 0 ]
}

@test "--provider tcp and shm: the same code without EFA, and nothing stays in /dev/shm" {
	local provider device
	for provider in "tcp eth0" "shm shm"; do
		read -r provider device <<<"$provider"
		burst --provider "$provider"
		[ "$status" = 0 ]
		[ "$(head -1 <<<"$output")" = "$node: traffic over $provider with itself" ]
		[ "$(measured | awk '{ print $1, $2, $3, $4, ($6 * 1048576 == $5) }')" = "$device - - emul. 1" ]
		numbers_are_positive
		[ "$(verdict)" = pass ]
	done
	run lab on "$node" ls /dev/shm
	[ "$output" = "" ]
}

@test "EG901 --provider efa-direct where libfabric has none" {
	burst --provider efa-direct
	[ "$status" = 3 ]
	[ "$(findings | sort -u | wc -l)" = 4 ]
	[ "$(findings | sed 's/.*not tried: //' | sort -u)" = "libfabric does not offer it over efa-direct" ]
}

@test "EG403 an unreachable device is named and no other" {
	lab efa fault "$node/$pci" unreachable 500ms
	burst
	[ "$status" = 2 ]
	must "EG403 fail: EFA $pci ($name) reaches none of the node's other devices: Unresponsive receiver"
	[ "$(measured | wc -l)" = 2 ]
	numbers_are_positive
}

@test "EG403 two unreachable devices are both named, also opposite each other" {
	local -a want=()
	local second=$(((place + 1 + $(draw 3 $((BATS_TEST_NUMBER + 200)))) % 4)) i
	lab efa fault "$node/$pci" unreachable 500ms
	lab efa fault "$node/${addresses[second]}" unreachable 500ms
	burst
	[ "$status" = 2 ]
	for i in 0 1 2 3; do
		if [ "$i" = "$place" ] || [ "$i" = "$second" ]; then
			want+=("EG403 fail: EFA ${addresses[i]} (${names[i]}) reaches none of the node's other devices: Unresponsive receiver")
		fi
	done
	must "${want[@]}"
}

@test "EG401 when no device reaches another none is accused" {
	lab efa fault "$node" unreachable 500ms
	burst
	[ "$status" = 2 ]
	must "EG401 fail: no EFA device of the node reaches another: Unresponsive receiver"
}

@test "EG406 a device that damages what it moves is named" {
	lab efa fault "$node/$pci" corrupt
	burst
	[ "$status" = 2 ]
	must "EG406 fail: EFA $pci ($name): what it exchanges with the node's other devices arrives corrupt: byte 1048575 is not what was sent"
}

@test "EG404 a device slow as reader and as target, and no other" {
	local found='' i
	lab efa fault "$node/$pci" slow 200mbit
	# On a busy machine the others may vary so much that it is lost among them.
	for ((i = 0; i < 5 && ${status:-0} != 1; i++)); do
		burst
		found=$(grep ^EG404 <<<"$output" | sed 's/;.*//') || true
	done
	[ "$status" = 1 ]
	grep -qxE "EG404 warn: EFA $pci \($name\) slow: [0-9.]+ Gb/s alone, the node's others [0-9.]+" <<<"$found"
}

@test "a slow device stands out by its numbers" {
	lab efa fault "$node/$pci" slow 20mbit
	burst
	[ "$status" -le 1 ]
	measured | awk -v pci="$pci" -v next_pci="${addresses[next]}" '
		$2 == pci || $3 == pci { slow = $8 > slow ? $8 : slow; next }
		{ good = good && good < $8 ? good : $8 }
		END { print "slow at most", slow, "good at least", good; exit !(slow > 0 && slow * 10 < good) }'
}

@test "a device that left the bus: three read from each other" {
	lab efa fault "$node/$pci" gone
	burst
	[ "$status" = 0 ]
	[ "${lines[0]}" = "$node: traffic between its 3 EFA devices" ]
	[ "$(measured | wc -l)" = 3 ]
	! grep -q "$pci" <<<"$output"
}

@test "EG901 a device that cannot be opened, and those it hides, are not tried" {
	local -a want=()
	local i
	lab efa fault "$node/$pci" noopen EPERM
	burst
	[ "$status" = 3 ]
	for i in 0 1 2 3; do
		if [ "$i" = "$place" ]; then
			want+=("EG901 unknown: EFA ${addresses[i]} (${names[i]}) not tried: cannot be opened: Operation not permitted")
		else
			want+=("EG901 unknown: EFA ${addresses[i]} (${names[i]}) not tried: libfabric does not offer it")
		fi
	done
	must "${want[@]}"
}

@test "EG902 a driver that hangs ends at the deadline" {
	local start=$SECONDS
	lab efa fault "$node/$pci" hang
	burst --timeout 2
	[ "$status" = 3 ]
	must "EG902 unknown: devices not looked at within 2 s"
	[ $((SECONDS - start)) -le 4 ]
	[ -z "$(pgrep -f "^$efagate burst --self --timeout 2")" ]
}

@test "EG901 the process for traffic is killed" {
	run --separate-stderr lab on "$node" sh -c "$efagate burst --self & pid=\$!
		while ! child=\$(pgrep -o -P \$pid); do :; done
		kill -KILL \$child
		wait \$pid"
	echo "$output"
	[ "$status" = 3 ]
	must "EG901 unknown: no traffic: the process for traffic ended: Killed"
}

@test "EG901 a libfabric that is not there" {
	echo "libfabric = /nonexistent.so" >"$BATS_TEST_TMPDIR/conf"
	burst --config "$BATS_TEST_TMPDIR/conf"
	[ "$status" = 3 ]
	must "EG901 unknown: no traffic: /nonexistent.so: cannot open shared object file: No such file or directory"
}

@test "EG901 a node without EFA" {
	lab efa fault "$node" gone
	burst
	[ "$status" = 3 ]
	[ "${lines[0]}" = "$node: no EFA device was seen" ]
	must "EG901 unknown: no traffic: no EFA device"
}

@test "the caller's environment does not steer the traffic" {
	run --separate-stderr lab on "$node" env FI_PROVIDER=tcp FI_EFA_IFACE=none FI_EFA_USE_DEVICE_RDMA=0 \
		FI_EFA_ENABLE_SHM_TRANSFER=1 FI_LOG_LEVEL=info "$efagate" burst --self
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$(measured | grep -c '  device  ')" = 4 ]
}

@test "32 devices of a p5 in bounded time" {
	local start=$SECONDS
	burst_of p5
	[ "$status" = 0 ]
	[ "$(measured | grep -c '  device  ')" = 32 ]
	numbers_are_positive
	[ $((SECONDS - start)) -le 25 ]
}

# where_threads_ran: the processors of the threads of one process at one moment, line by line,
# while efagate burst --self runs on a machine whose two processors are a memory node each.
where_threads_ran() {
	"$softefa" enter "$fabric" twin -- sh -c '
		mount -t tmpfs none /sys/devices/system/node
		for k in 0 1; do mkdir /sys/devices/system/node/node$k; echo $k >/sys/devices/system/node/node$k/cpulist; done
		for name in rdmap144s27 rdmap160s27; do echo 1 >"$(realpath /sys/class/infiniband/$name/device)/numa_node"; done
		exec python3 - "$1"' sh "$efagate" <<-'PYTHON'
		import glob, os, subprocess, sys, time
		burst = subprocess.Popen([sys.argv[1], "burst", "--self", "--json"], stdout=subprocess.DEVNULL)
		seen = set()
		while burst.poll() is None:
		    for child in open(f"/proc/{burst.pid}/task/{burst.pid}/children").read().split():
		        lists = []
		        for status in glob.glob(f"/proc/{child}/task/*/status"):
		            try:
		                text = open(status).read()
		            except OSError:
		                continue
		            lists += [line.split()[1] for line in text.splitlines() if line.startswith("Cpus_allowed_list")]
		        seen.add(" ".join(sorted(set(lists))))
		    time.sleep(0.001)
		print("\n".join(sorted(seen)))
		sys.exit(burst.returncode)
	PYTHON
}

@test "devices of two memory nodes: a thread for each, on the node's processors" {
	"$softefa" node create "$fabric" twin --type p4de.24xlarge
	for _ in {1..10}; do
		run where_threads_ran
		echo "$output"
		# Who looks takes a processor away from one of the two: its devices may well be slower (EG404).
		[ "$status" -le 1 ]
		grep -q '^0 0-1 1$\|^0 1$' <<<"$output" && return
	done
	false
}

@test "devices without RDMA read exchange messages" {
	burst_of dl1
	[ "$status" = 0 ]
	[ "$(measured | grep -c '  emul\.  ')" = 4 ]
	numbers_are_positive
}

@test "a single device reads from itself, by itself or with messages" {
	burst_of hpc6a
	[ "$status" = 0 ]
	[[ ${lines[0]} == *": traffic of its EFA device with itself" ]]
	[ "$(measured | grep -c '  device  ')" = 1 ]
	burst_of c5n
	[ "$status" = 0 ]
	[ "$(measured | grep -c '  emul\.  ')" = 1 ]
}

@test "a wrong command line gets 64 and one line" {
	local -a wrong=(
		"burst|efagate burst: with whom? --self, --listen or a host is missing; efagate burst --help says more"
		"burst --self n1|efagate burst: 'n1' is too much; efagate burst --help says more"
		"burst --fast|efagate burst: unknown option '--fast'; efagate burst --help says more"
		"burst --self --timeout 0|efagate burst: --timeout '0': expected a number from 1 to 3600; efagate burst --help says more"
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
	run --separate-stderr "$efagate" burst --help
	[ "$status" = 0 ]
	[[ $output == "usage: efagate burst --self"* ]]
}

@test "two nodes read from each other, device by device, round after round" {
	pair n1 n2 --rounds 3
	[ "$status" = 0 ]
	[ "$(rails ' ok read ')" = 24 ]
	[ "$(rails ' ok read [1-9][0-9]* [1-9][0-9]* [1-9][0-9]* $')" = 24 ]
}

@test "rounds of function alone measure nothing" {
	pair n1 n2 --depth function --rounds 2
	[ "$status" = 0 ]
	[ "$(rails ' ok read 0 0 0 $')" = 16 ]
}

@test "an unreachable device fails at both ends in the provider's words, the others are measured" {
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
	# What it took is said: of the 500 ms, and more where a processor came late.
	[ "$(rails " $place $place failed emulated 0 0 0 no completion within 0\.[4-9][0-9]* s$")" = 2 ]
	[ "$(rails ' ok read ')" = 6 ]
	[ "$(after own 1)" -le 1000 ]
	[ "$(after other 1)" -le 1000 ]
}

@test "a partner stopped before the round: failed in time, and the next round is good" {
	pair n1 n2 --stop 0 --pause 100 --rounds 2
	[ "$status" = 0 ]
	[ "$(rails '^1 own .* failed emulated 0 0 0 no completion within 1\.1 s$')" = 4 ]
	[ "$(after own 1)" -le 1200 ]
	[ "$(rails '^2 .* ok read [1-9][0-9]* [1-9][0-9]* [1-9][0-9]* $')" = 8 ]
}

@test "a partner stopped in the middle: results in time, and the next round is good" {
	pair n1 n2 --stop $((1 + $(draw 80 $((BATS_TEST_NUMBER + 300))))) --pause 100 --rounds 2
	[ "$status" = 0 ]
	[ "$(after own 1)" -le 1200 ]
	[ "$(rails '^2 .* ok read [1-9][0-9]* [1-9][0-9]* [1-9][0-9]* $')" = 8 ]
}

@test "a partner killed in the middle: failed with a text, in time, and the process lives on" {
	pair n1 n2 --kill $((1 + $(draw 80 $((BATS_TEST_NUMBER + 300))))) --rounds 2
	[ "$status" = 1 ]
	[ "$(rails '^1 own .* failed emulated .*[a-z]')" = 4 ]
	[ "$(after own 1)" -le 1200 ]
	[ "$(rails '^2 own .* failed emulated 0 0 0 .*[a-z]')" = 4 ]
	[ "$(after own 2)" -le 1200 ]
}

@test "a process that aborts is told, and leaves no file behind" {
	cd "$BATS_TEST_TMPDIR" || return 1
	on_node n2 sh -c "cd $PWD && ulimit -c \"\$(ulimit -H -c)\" && exec timeout 40 $traffic_pair serve $PWD/socket" >serve 3>&- &
	run on_node n1 timeout 40 "$traffic_pair" lead "$PWD/socket" --abort 50
	wait
	echo "$output"
	cat serve
	[ "$status" = 1 ]
	[ "$(rails '^1 own .* failed emulated .*[a-z]')" = 4 ]
	[ "$(cat serve)" = "the process for traffic ended: Aborted" ]
	[ "$(ls)" = "serve
socket" ]
}

@test "the same with messages, whose reads never end by themselves" {
	pair dl1 dl2 --rounds 2
	[ "$status" = 0 ]
	[ "$(rails ' ok emulated [1-9][0-9]* [1-9][0-9]* [1-9][0-9]* $')" = 16 ]
	pair dl1 dl2 --kill $((1 + $(draw 80 $((BATS_TEST_NUMBER + 300))))) --rounds 2
	[ "$status" = 1 ]
	[ "$(rails '^[12] own .* failed emulated .*[a-z]')" = 8 ]
	[ "$(after own 1)" -le 1200 ]
	[ "$(after own 2)" -le 1200 ]
	pair dl1 dl2 --stop $((1 + $(draw 80 $((BATS_TEST_NUMBER + 400))))) --pause 100 --rounds 2
	[ "$status" = 0 ]
	[ "$(after own 1)" -le 1200 ]
	[ "$(rails '^2 .* ok emulated ')" = 8 ]
}
