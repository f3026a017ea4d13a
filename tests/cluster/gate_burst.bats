#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The gates of a job of several nodes exchange traffic. What they find is told
# and kept; it drains nobody and holds no job.

load helpers
load gate

setup_file() {
	lab_up_once -n 4
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog" PrologFlags=Alloc,DeferBatch
}

teardown_file() {
	lab_down
}

setup() {
	draw_place
	site
}

teardown() {
	clear_faults
	lab wait-idle 20
}

site() {
	lab conf efagate 'mode = enforce' 'expected_devices = 4' "$@"
}

report() {
	lab on "$1" sh -c 'cat /var/lib/efagate/reports/*.json' | held | jq -r "$2"
}

@test "good nodes exchange traffic in silence: no line, no report, the job runs" {
	local before
	before=$(read_bytes "$node")
	run lab as user1 srun -N4 hostname
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(sort <<<"$output" | paste -sd' ')" = "n1 n2 n3 n4" ]
	[ $(($(read_bytes "$node") - before)) -gt 262144 ]
	run lab on "$node" ls /var/lib/efagate
	[ "$status" -ne 0 ]
	nobody_is_drained
}

@test "a job of one node, and gate_burst = off, cost no traffic" {
	local before
	before=$(read_bytes "$node")
	lab as user1 srun -N1 -w "$node" true
	site 'gate_burst = off'
	lab as user1 srun -N4 true
	[ "$(read_bytes "$node")" -eq "$before" ]
}

@test "EG403: a device that reaches nobody is told and kept, the job runs, nobody is drained" {
	local text
	text="EFA $pci ($name) unreachable: fails with $(others_text), which are good with others: Unresponsive receiver"
	# With floors, so that speeds are measured too.
	site 'speed_floors = p5.48xlarge=80'
	lab efa fault "$node/$name" unreachable 500ms
	run lab as user1 srun -N4 hostname
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(sort <<<"$output" | paste -sd' ')" = "n1 n2 n3 n4" ]
	nobody_is_drained
	[ "$(report "$node" '[.verdict, .findings[0].id, .findings[0].outcome, .findings[0].blame, .findings[0].subject, .findings[0].text, .action.drained] | join("|")')" = \
		"fail|EG403|fail|device|$pci|$text|false" ]
	[ "$(report "$node" '[.devices[] | select(.burst.state == "failed") | .name] | join(" ")')" = "$name" ]
	[ "$(report "$node" '[.devices[] | select(.burst.state == "ok") | .burst.gbps > 0] | map(tostring) | join(" ")')" = "true true true" ]
	for other in $others; do
		run lab on "$other" ls /var/lib/efagate
		[ "$status" -ne 0 ]
	done
}

@test "the gate measures speeds where the site has floors for them, else whether it works" {
	lab efa fault "$node/$name" slow 200mbit
	run lab as user1 srun -N4 hostname
	[ "$status" -eq 0 ]
	# What is good leaves a pass and no report.
	lab on "$node" test -s /run/efagate/pass
	run lab on "$node" ls /var/lib/efagate/reports
	[ "$output" = "" ] || [ "$status" -ne 0 ]
	site 'speed_floors = p4de.24xlarge=1'
	for other in n1 n2 n3 n4; do lab on "$other" rm -rf /run/efagate; done
	run lab as user1 srun -N4 hostname
	[ "$status" -eq 0 ]
	[ "$(report "$node" '[.findings[] | .id + " " + .subject] | join("|")')" = "EG404 $pci" ]
	[ "$(report "$node" ".devices[] | select(.pci == \"$pci\") | .burst.gbps < 1")" = true ]
}

@test "a closed security group is told on every node and drains none" {
	local a b
	for a in n1 n2 n3 n4; do
		for b in n1 n2 n3 n4; do [ "$a" = "$b" ] || lab efa fault "$a" unreachable "$b"; done
	done
	run lab as user1 srun -N4 hostname
	[ "$status" -eq 0 ]
	nobody_is_drained
	for a in n1 n2 n3 n4; do
		[ "$(report "$a" '[.findings[0].id, .findings[0].blame, .action.drained] | join("|")')" = "EG401|cluster|false" ]
	done
}

@test "a node proven bad by itself is drained without traffic, the job runs elsewhere" {
	lab run scontrol update "nodename=$node" weight=1
	for other in $others; do lab run scontrol update "nodename=$other" weight=9; done
	lab efa fault "$node/$name" gone
	printf '#!/bin/sh\nsrun hostname\n' >"$EFAGATE_LAB/home/user1/job"
	job=$(lab as user1 timeout 60 sbatch --parsable -W -N3 -o out job)
	[ "$(sort "$EFAGATE_LAB/home/user1/out")" = "$others" ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job $job)" ]
	[ "$(lab run sinfo -h -N -n "$(paste -sd, <<<"$others")" -o '%T %E' | sort -u)" = "idle none" ]
	lab resume
}

@test "a partner that does not come is told by the first node, in time, and the job runs" {
	local start=${EPOCHREALTIME/./}
	run gate n1 'n[1-2]'
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 4000 ]
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: job 77: n2: EG408: not met within 2.0 s; the job runs" ]
	nobody_is_drained
}

@test "a first node that does not come is told by the others, in time, and the job runs" {
	local start
	# What an earlier gate of n1 left listens for a second.
	sleep 1.5
	start=${EPOCHREALTIME/./}
	run gate n2 'n[1-2]'
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 4000 ]
	echo "$output"
	[ "$status" -eq 0 ]
	echo "$output"
	[ "$output" = "efagate: n2: EG408 unknown: no traffic with the nodes of the job: the leader n1 was not met; job 77 runs" ]
}

@test "those who come exchange traffic without the one who does not" {
	# Half of the session to come, half for the two stages that a proof takes.
	site 'gate_timeout_ms = 7900' 'meet_ms = 4000' 'session_ms = 7800'
	lab efa fault "n3/$name" unreachable 500ms
	gate n1 'n[1-4]' >"$BATS_TEST_TMPDIR/n1" 2>&1 3>&- &
	first=$!
	gate n2 'n[1-4]' >"$BATS_TEST_TMPDIR/n2" 2>&1 3>&- &
	second=$!
	run gate n3 'n[1-4]'
	wait "$first" "$second"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: n3: EG403 fail: EFA $pci ($name) unreachable: fails with n1, n2, which are good with others: Unresponsive receiver; job 77 runs" ]
	[ "$(cat "$BATS_TEST_TMPDIR/n2")" = "" ]
}

@test "a user who plays a partner is not believed" {
	# The same session by an ordinary user's efagate: his credential names his uid.
	lab on-as n2 user1 "$O/efagate" step-member --job 77 --step 4294967289 --uid 2001 \
		--nodes 'n[1-2]' --node n2 --index 1 --count 2 --ranks 1 --verify check \
		--on-failure stop --huge-page keep --timeout-ms 4000 3>/dev/null &
	false_partner=$!
	run gate n1 'n[1-2]'
	wait "$false_partner" || true
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: job 77: n2: EG408: not met within 2.0 s; the job runs" ]
}

@test "a process for traffic that hangs ends with the gate's deadline, and the job runs" {
	local start
	# A fresh look at all layers, so that only traffic loads libfabric.
	gate n1 n1
	mkfifo "$EFAGATE_LAB/fifo"
	site 'traffic = efa' 'gate_timeout_ms = 3000' "libfabric = $EFAGATE_LAB/fifo"
	start=${EPOCHREALTIME/./}
	run gate n1 'n[1-2]'
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 6000 ]
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"EG902 unknown: devices not opened for traffic in time; job 77 runs"* ]]
	nobody_is_drained
	# The same when it is asked what it offers.
	lab on n1 rm -rf /run/efagate
	run gate n1 n1
	rm -f "$EFAGATE_LAB/fifo"
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: n1: EG902 unknown: libfabric: devices not looked at within 3 s; job 77 runs" ]
	nobody_is_drained
}

@test "a libfabric that is not there is told, and the job runs" {
	site 'traffic = efa' 'libfabric = /nonexistent/libfabric.so.1'
	run gate n1 'n[1-2]'
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"efagate: n1: EG901 unknown: "*"/nonexistent/libfabric.so.1: cannot open shared object file: No such file or directory; job 77 runs" ]]
}

@test "a list of nodes that is no list, or without this node, means no traffic" {
	for list in 'n[1-' 'n[3-4]' ''; do
		run gate n1 "$list"
		[ "$status" -eq 0 ]
		[ "$output" = "" ]
	done
}
