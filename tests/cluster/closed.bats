#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by helpers.bash and run
# What is closed between nodes, TCP or EFA, one way or both, is named as the
# cluster's with the rule to be added; nobody is blamed and nobody drained.

load helpers

setup_file() {
	lab_up_once -n 3
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	lab conf plugstack "optional $O/efagate.so timeout_ms=12000 helper=$O/efagate"
	lab conf efagate 'mode = enforce' 'expected_devices = 4' 'meet_ms = 3000' \
		'session_ms = 7500' 'gate_timeout_ms = 7900'
}

teardown_file() {
	lab_down
}

setup() {
	munged=''
	for other in n1 n2 n3; do lab on "$other" rm -rf /var/lib/efagate /run/efagate; done
}

teardown() {
	[ -z "$munged" ] || kill -CONT "$munged"
	for other in n1 n2 n3; do
		lab efa fault "$other" clear
		lab on "$other" ip route flush type blackhole
	done
	lab wait-idle 20
}

nobody_is_drained() {
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
}

# The gates of all three nodes as slurmd runs them for job 77, at once; n1's words are $output.
gates() {
	local pids=() one
	for one in n2 n3; do
		gate "$one" >"$BATS_TEST_TMPDIR/$one" 2>&1 3>&- &
		pids+=($!)
	done
	run gate n1
	wait "${pids[@]}" || true
	echo "$output"
	cat "$BATS_TEST_TMPDIR/n2" "$BATS_TEST_TMPDIR/n3"
}

gate() {
	lab on "$1" env -i "SLURMD_NODENAME=$1" SLURM_JOB_ID=77 SLURM_JOB_UID=2001 \
		'SLURM_NODELIST=n[1-3]' "$EFAGATE_LAB/prolog"
}

# TCP and all else between n1 and the other nodes goes nowhere; slurmctld reaches all.
close_tcp() {
	local address other
	address=$(lab on n2 getent hosts n1 | cut -d' ' -f1)
	for other in n2 n3; do
		lab on "$other" ip route add blackhole "$address"
		lab on n1 ip route add blackhole "$(lab on n1 getent hosts "$other" | cut -d' ' -f1)"
	done
}

tcp_closed="none of 2 nodes reached n1 on TCP port 2[0-9]{4} within 3\.0 s: firewall, or the security group must allow TCP ports 21000-21511 from itself"

@test "EG410: TCP closed between the nodes of a step: the ports to open, no task, nobody drained" {
	close_tcp
	run timeout 60 "$lab_program" as user1 srun -N3 --efa-verify=burst hostname
	echo "$output"
	[ "$status" -eq 75 ]
	grep -qxE "efagate: EG410: $tcp_closed; no task started" <<<"$output"
	nobody_is_drained
}

@test "EG410: and between the gates of a job: one line, the job runs, nobody drained" {
	close_tcp
	gates
	[ "$status" -eq 0 ]
	grep -qxE "efagate: n1: EG410 unknown: $tcp_closed; job 77 runs" <<<"$output"
	nobody_is_drained
}

@test "EG408: a munged that hangs is no firewall: TCP was reached, and that is said" {
	munged=$(pgrep -f -- "^munged .*--pid-file=$EFAGATE_LAB/space/")
	kill -STOP "$munged"
	gates
	kill -CONT "$munged"
	munged=''
	[ "$status" -eq 0 ]
	grep -qxE 'efagate: job 77: EG408: none of 2 nodes proved itself to n1 within 3\.0 s, though its TCP port 2[0-9]{4} was reached: munge does not answer there, or keys differ; the job runs' <<<"$output"
	[[ $output != *EG410* ]]
	nobody_is_drained
}

# step_is_closed WORD...: EFA of all nodes is closed so; the step says which rule is missing.
step_is_closed() {
	local one
	for one in n1 n2 n3; do lab efa fault "$one" closed "$@"; done
	run timeout 60 "$lab_program" as user1 srun -N3 --efa-verify=burst hostname
	echo "$output"
	[ "$status" -eq 75 ]
	[ "$(grep '^efagate: ' <<<"$output" | sed -z 's/\nefagate: /; /g')" = "efagate: EG401: none of the 12 EFA devices of 3 nodes reaches another node, though TCP does: the security group must allow all traffic from and to itself (or the subnets differ); no task started" ]
	[[ $output != *exclude* ]]
	nobody_is_drained
}

@test "EG401: a security group open for TCP and closed for EFA both ways" {
	step_is_closed
}

@test "EG401: open inbound only: the outbound rule to itself is asked for, nobody is blamed" {
	step_is_closed out
}

@test "EG401: open outbound only: the inbound rule from itself is asked for, nobody is blamed" {
	step_is_closed in
}
