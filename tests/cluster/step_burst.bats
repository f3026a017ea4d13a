#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# srun --efa-verify=burst: real traffic between all nodes of a step before its
# tasks start. Nodes and devices are drawn from the printed seed.

load helpers

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	lab_up_once -n 4
	site
	plugin "helper=$O/efagate"
}

teardown_file() {
	lab_down
}

setup() {
	local index
	node=n$(($(draw 4 "$BATS_TEST_NUMBER") + 1))
	index=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	name=${names[index]}
	pci=${addresses[index]}
	others=$(for other in n1 n2 n3 n4; do [ "$other" = "$node" ] || echo "$other"; done)
	echo "# $node/$pci, seed $EG_TEST_SEED"
}

teardown() {
	local other
	for other in n1 n2 n3 n4; do lab efa fault "$other" clear; done
	lab wait-idle 20
}

# On a machine of two cores four nodes open their devices in 0.5 s, and now and then in more.
site() {
	lab conf efagate 'expected_devices = 4' "meet_ms = ${meet:-5000}" "$@"
}

plugin() {
	lab conf plugstack "optional $O/efagate.so timeout_ms=12000 $*"
}

burst() {
	run timeout 60 "$lab_program" as user1 srun --efa-verify=burst "$@" hostname
}

# What srun printed beside its own lines about exit codes; what to do, which is
# a line of its own, is put behind what was found.
own_lines() {
	grep -v '^srun: error: n[0-9]*: task' <<<"$output" |
		sed -z 's/\nefagate: \(no task started\|tasks started\)/; \1/g'
}

# "n1, n2, n4": the others in one line.
others_text() {
	paste -sd, <<<"$others" | sed 's/,/, /g'
}

nobody_is_drained() {
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
}

# stopped LINE: no task ran, exit 75, this one line, no node drained.
stopped() {
	[ "$status" -eq 75 ]
	echo "own: $(own_lines)"
	[ "$(own_lines)" = "$1" ]
	nobody_is_drained
}

@test "on four good nodes the four names and one line, exit 0" {
	burst -N4
	[ "$status" -eq 0 ]
	[ "$(grep -x 'n[1-4]' <<<"$output" | sort | paste -sd' ')" = "n1 n2 n3 n4" ]
	[ "${#lines[@]}" -eq 5 ]
	grep -qxE 'efagate: 4 nodes, 16 EFA devices verified \(burst; slowest n[1-4] rdmap[0-9]+s27 [0-9]+\.[0-9] Gb/s\)' <<<"$output"
}

@test "the traffic is the device's own RDMA: its counters say so" {
	local before after
	before=$(lab on n2 cat "/sys/class/infiniband/$name/ports/1/hw_counters/rdma_read_bytes")
	burst -N4
	[ "$status" -eq 0 ]
	after=$(lab on n2 cat "/sys/class/infiniband/$name/ports/1/hw_counters/rdma_read_bytes")
	[ $((after - before)) -gt 1048576 ]
}

@test "salloc, sbatch, --export=NONE and one word less reach the same burst" {
	run lab as user1 salloc -N4 srun --efa-verify=burst hostname
	[ "$status" -eq 0 ]
	[[ $output == *"efagate: 4 nodes, 16 EFA devices verified (burst; slowest n"* ]]
	run lab as user2 srun --efa-verify --export=NONE -N2 /bin/hostname
	[ "$status" -eq 0 ]
	[[ $output == *"efagate: 2 nodes, 8 EFA devices verified (burst; slowest n"* ]]
	printf '#!/bin/sh\nsrun --efa-verify=burst hostname\n' >"$EFAGATE_LAB/home/user1/job"
	lab as user1 sbatch -W -N3 -o out job
	run cat "$EFAGATE_LAB/home/user1/out"
	[[ $output == *"efagate: 3 nodes, 12 EFA devices verified (burst; slowest n"* ]]
}

@test "one node exchanges traffic between its own devices" {
	burst -N1 -w "$node"
	[ "$status" -eq 0 ]
	[[ $output == *"efagate: 1 node, 4 EFA devices verified (burst; slowest $node rdmap"* ]]
	lab efa fault "$node/$name" unreachable 500ms
	burst -N1 -w "$node"
	stopped "efagate: $node: EG403: EFA $pci ($name) unreachable: fails with its own node's devices: Unresponsive receiver; no task started; try --exclude=$node$told"
}

@test "EG403: a device that reaches nobody is named with its node, and no other" {
	lab efa fault "$node/$name" unreachable 500ms
	burst -N4
	stopped "efagate: $node: EG403: EFA $pci ($name) unreachable: fails with $(others_text), which are good with others: Unresponsive receiver; no task started; try --exclude=$node$told"
	burst -N3 --exclude="$node"
	[ "$status" -eq 0 ]
}

@test "EG403 among three nodes and among two" {
	local partner third
	partner=$(sed -n 1p <<<"$others")
	third=$(sed -n 2p <<<"$others")
	lab efa fault "$node/$name" unreachable 500ms
	burst -N3 -w "$node,$partner,$third"
	stopped "efagate: $node: EG403: EFA $pci ($name) unreachable: fails with $partner, $third, which are good with others: Unresponsive receiver; no task started; try --exclude=$node$told"
	burst -N2 -w "$node,$partner"
	stopped "efagate: $node: EG403: EFA $pci ($name) unreachable: fails with $partner and on its own node: Unresponsive receiver; no task started; try --exclude=$node$told"
}

@test "EG402: a node that reaches nobody is named, and no other" {
	lab efa fault "$node" unreachable 500ms
	burst -N4
	stopped "efagate: $node: EG402: EFA unreachable: no device works with $(others_text), which are good with others: Unresponsive receiver; no task started; try --exclude=$node$told"
}

@test "EG402 among two nodes: at home it fails too, its partner does not" {
	local partner
	partner=$(sed -n 3p <<<"$others")
	lab efa fault "$node" unreachable 500ms
	burst -N2 -w "$node,$partner"
	stopped "efagate: $node: EG402: EFA unreachable: no device works with $partner and on its own node: Unresponsive receiver; no task started; try --exclude=$node$told"
}

@test "EG401: a closed security group is the cluster's, nobody is blamed" {
	local a b
	for a in n1 n2 n3 n4; do
		for b in n1 n2 n3 n4; do
			[ "$a" = "$b" ] || lab efa fault "$a" unreachable "$b"
		done
	done
	burst -N4
	stopped "efagate: EG401: none of the 16 EFA devices of 4 nodes reaches another node, though TCP does: the security group must allow all traffic from and to itself (or the subnets differ); no task started"
	burst -N2
	stopped "efagate: EG401: none of the 8 EFA devices of 2 nodes reaches another node, though TCP does: the security group must allow all traffic from and to itself (or the subnets differ); no task started"
}

@test "EG407: two nodes that only fail with each other are a pair" {
	local partner
	partner=$(sed -n 2p <<<"$others")
	lab efa fault "$node" unreachable "$partner"
	# Whether they meet in a ring of four is up to the job's number.
	for _ in 1 2 3 4 5 6; do
		burst -N4
		[ "$status" -eq 0 ] || break
	done
	[ "$status" -eq 75 ]
	[[ "$(own_lines)" == "efagate: EG407: n"[1-4]" and n"[1-4]" fail with each other, neither proven bad: EFA "*"; no task started; try again, or on other nodes" ]]
	[ "$(own_lines | wc -l)" -eq 1 ]
	nobody_is_drained
}

@test "EG409: two islands are the cluster's, nobody is blamed" {
	local a b
	for a in n1 n2; do
		for b in n3 n4; do
			lab efa fault "$a" unreachable "$b"
			lab efa fault "$b" unreachable "$a"
		done
	done
	burst -N4
	[ "$status" -eq 75 ]
	[[ "$(own_lines)" == "efagate: EG409: groups of nodes pass inside and fail across, such as n"[1-4]" with n"[1-4]": zone, subnet or security group; no task started" ]]
	nobody_is_drained
}

@test "EG406: a device that damages data is named" {
	lab efa fault "$node/$name" corrupt
	burst -N4
	[ "$status" -eq 75 ]
	[[ "$(own_lines)" == "efagate: $node: EG406: EFA $pci ($name) corrupts data with $(others_text), which are good with others: "*"; no task started; try --exclude=$node$told" ]]
	nobody_is_drained
}

@test "a device that is slow works, and is the slowest of the line" {
	lab efa fault "$node/$name" slow 300mbit
	burst -N4
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"efagate: 4 nodes, 16 EFA devices verified (burst; slowest n"[1-4]" $name "* ]]
}

@test "what is known to be bad needs no traffic" {
	lab efa fault "$node/$name" gone
	burst -N4
	stopped "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; no task started; try --exclude=$node$told"
	lab efa fault "$node" clear
	lab efa fault "$node/$name" unbound
	burst -N4
	stopped "efagate: $node: EG103: EFA $pci on PCI without driver; no task started; try --exclude=$node$told"
}

@test "with --efa-on-failure=warn the tasks start all the same and it is said" {
	lab efa fault "$node/$name" unreachable 500ms
	burst -N4 --efa-on-failure=warn
	[ "$status" -eq 0 ]
	[[ "$(own_lines)" == *"efagate: $node: EG403: "*"; tasks started all the same; try --exclude=$node$told"* ]]
	[ "$(grep -cx 'n[1-4]' <<<"$output")" -eq 4 ]
}

@test "a libfabric that is not there is unknown, and named" {
	site 'traffic = efa' 'libfabric = /nonexistent/libfabric.so.1'
	burst -N4
	site
	[ "$status" -eq 75 ]
	[[ "$(own_lines)" == "efagate: n1: EG901: "*"/nonexistent/libfabric.so.1: cannot open shared object file: No such file or directory
efagate: n2: EG901: "*"
efagate: 4 of 4 nodes unknown; no task started" ]]
	nobody_is_drained
}

# The efagate processes of a node of this lab: the helper, its leader, its traffic.
processes_of() {
	local space pid
	space=$(lab on "$1" readlink /proc/self/ns/mnt)
	for pid in $(pgrep -u 2001 -f ' step-member '); do
		[ "$(readlink "/proc/$pid/ns/mnt")" != "$space" ] || echo "$pid"
	done
}

# start_long_burst NODE N: a burst that lasts, in the background: what reads from n2 ends with
# no round. $found: the processes of NODE once there are N, the helper first.
start_long_burst() {
	lab efa fault n2 unreachable 20s
	"$lab_program" as user1 srun --efa-verify=burst -N4 hostname >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	srun=$!
	for _ in {1..100}; do
		found=$(processes_of "$1")
		[ "$(wc -l <<<"$found")" -ge "$2" ] && break
		sleep 0.05
	done
	sleep 0.4
}

# end_long_burst: no task ran, and efagate said so once, behind a few lines at most.
end_long_burst() {
	status=0
	wait "$srun" || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/out")
	echo "$output"
	[ "$status" -eq 75 ]
	[ "$(grep -c 'no task started' <<<"$output")" -eq 1 ]
	[ "$(grep -c ^efagate <<<"$output")" -le 5 ]
	nobody_is_drained
}

@test "a leader that dies in the middle: no task starts, one line" {
	start_long_burst n1 3
	# The helper is the one whose parent is none of them; its first child leads.
	helper=$(head -n 1 <<<"$found")
	kill -KILL "$(pgrep -o -P "$helper")"
	end_long_burst
	[ "$(own_lines)" = "efagate: n1: the session's leader ended unexpectedly; no task started (EG901)" ]
}

@test "a helper of the leader's node that dies: no task starts, one line" {
	start_long_burst n1 3
	kill -KILL "$(head -n 1 <<<"$found")"
	end_long_burst
	[ "$(own_lines)" = "efagate: n1: helper ended by signal 9; no task started (EG901)" ]
}

@test "a member that dies in the middle is unknown, not bad" {
	start_long_burst n4 2
	kill -KILL "$(head -n 1 <<<"$found")"
	end_long_burst
	[[ "$(own_lines)" == "efagate: "*"n4"*"no task started"* ]]
	[[ "$(own_lines)" != *"n4"*"EG40"[23]* ]]
}

@test "a member that is frozen in the middle: the others end in time, one line, the node lives" {
	local start
	start_long_burst n4 2
	start=${EPOCHREALTIME/./}
	frozen=$found
	[ -n "$frozen" ]
	# Who ended meanwhile needs none.
	for each in $frozen; do kill -STOP "$each" 2>/dev/null || [ ! -e "/proc/$each" ]; done
	end_long_burst
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 13000 ]
	[[ "$(own_lines)" == *"n4"* ]]
	lab efa fault n2 clear
	lab wait-idle 20
	burst -N4
	[ "$status" -eq 0 ]
}

@test "a process for traffic that dies is unknown, not bad" {
	start_long_burst n3 2
	helper=$(head -n 1 <<<"$found")
	kill -KILL "$(pgrep -n -P "$helper")"
	end_long_burst
	# Whether n2's fault is proven by then, and stands beside it, is chance.
	[[ "$(own_lines)" =~ n3:?\ EG901:\ the\ process\ for\ traffic\ ended:\ Killed ]]
	[[ "$(own_lines)" != *"n3 EG4"* && "$(own_lines)" != *"n3: EG4"* ]]
	[[ "$(own_lines)" != *"--exclude="*n3* ]]
}

@test "a member that never comes: no task starts, and it is named" {
	printf '#!/bin/sh\n[ "$(uname -n)" != n3 ] || sleep 30\nexec %s/efagate "$@"\n' "$O" >"$EFAGATE_LAB/late"
	chmod 755 "$EFAGATE_LAB/late"
	meet=2000 site
	plugin "helper=$EFAGATE_LAB/late"
	burst -N4
	site
	plugin "helper=$O/efagate"
	[ "$status" -eq 75 ]
	echo "$output"
	[ "$(own_lines)" = "efagate: n3: EG408: not met within 2.0 s; no task started" ]
	nobody_is_drained
}

@test "two steps of different users at once have sessions of their own" {
	lab as user2 srun --efa-verify=burst -N4 --overlap hostname >"$BATS_TEST_TMPDIR/two" 2>&1 3>&- &
	second=$!
	burst -N4
	wait "$second"
	[ "$status" -eq 0 ]
	[ "$(grep -c 'verified (burst' "$BATS_TEST_TMPDIR/two")" -eq 1 ]
	[ "$(grep -c 'verified (burst' <<<"$output")" -eq 1 ]
}
