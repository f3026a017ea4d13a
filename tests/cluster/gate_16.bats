#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The gate on sixteen nodes: what a mistake or a closed network does to a cluster.

load helpers

name=rdmap144s27
pci=0000:90:1b.0

setup_file() {
	lab_up_once -n 16 --type c6in.32xlarge
	two_devices_a_node
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog" PrologFlags=Alloc,DeferBatch
	printf '#!/bin/sh\nsrun hostname\n' >"$EFAGATE_LAB/home/user1/job"
}

teardown_file() {
	lab_down
}

setup() {
	nodes=$(lab nodes)
	node=n$(($(draw 16 "$BATS_TEST_NUMBER") + 1))
	echo "# $node/$pci, seed $EG_TEST_SEED"
	for each in $nodes; do lab on "$each" rm -rf /var/lib/efagate /run/efagate; done
	rm -f "$EFAGATE_LAB/home/user1/out"
}

teardown() {
	local each
	for each in $nodes; do lab efa fault "$each" clear; done
	lab resume
}

# Sixteen nodes on two cores need longer to open their devices and to meet.
site() {
	lab conf efagate 'mode = enforce' 'expected_devices = 2' "instances = $EFAGATE_LAB/instances" 'gate_timeout_ms = 7900' 'meet_ms = 6000' \
		'session_ms = 7800' 'scontrol_timeout_ms = 15000' "$@"
}

ours() {
	lab run sinfo -h -N -o '%N %T %E' | sort -u | grep -c ' efagate EG'
}

idle() {
	lab run sinfo -h -N -o '%N %T %E' | sort -u | grep -cE ' (idle|idle\*) none$'
}

reports() {
	local each
	for each in $nodes; do lab on "$each" sh -c 'cat /var/lib/efagate/reports/*.json 2>/dev/null' || true; done
}

# Lines that reach /dev/log of any node.
listen() {
	local each
	listeners=()
	for each in $nodes; do
		lab on "$each" perl -MIO::Socket::UNIX -e 'unlink "/dev/log";
			my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "/dev/log") or die $!;
			$| = 1; alarm 90; print "ready\n"; print "$_\n" while defined($s->recv($_, 8192));' \
			>"$BATS_TEST_TMPDIR/syslog.$each" 3>&- &
		listeners+=($!)
	done
	for _ in {1..200}; do
		[ "$(cat "$BATS_TEST_TMPDIR"/syslog.* | grep -c ready)" -lt 16 ] || return 0
		sleep 0.05
	done
	return 1
}

@test "a closed security group on sixteen nodes: nobody is drained, one alarm, the job runs" {
	local a b
	site
	for a in $nodes; do
		for b in $nodes; do [ "$a" = "$b" ] || echo "$a $b"; done
	done | while read -r a b; do lab efa fault "$a" unreachable "$b"; done
	listen
	run lab as user1 timeout 60 srun -N16 hostname
	kill "${listeners[@]}"
	[ "$status" -eq 0 ]
	[ "$(wc -l <<<"$output")" -eq 16 ]
	[ "$(ours)" -eq 0 ]
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
	reports | jq -r '[.findings[] | select(.id != "EG408") | .id + " " + .blame] | join(",")' | sort | uniq -c
	[ "$(reports | jq -r .action.drained | sort -u)" = false ]
	grep -h efagate "$BATS_TEST_TMPDIR"/syslog.* || true
	# Facility daemon, severity alert: <25>.
	[ "$(cat "$BATS_TEST_TMPDIR"/syslog.* | grep -c '^<25>')" -eq 1 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/syslog.* | grep -cE 'efagate\[.*: n1: EG401 fail: ')" -eq 1 ]
}

@test "a wrong expected number on sixteen nodes: within 10 s at most the cap remains drained" {
	site 'expected_devices = 3'
	lab conf efagate 'mode = enforce' 'expected_devices = 3' "instances = $EFAGATE_LAB/instances" 'gate_burst = off' 'drain_cap = 2'
	# A batch job: slurmd of 22.05 reports an interactive one's failed Prolog again and again.
	lab as user1 sbatch --parsable -N16 -o out job
	sleep 10
	lab run sinfo -h -N -o '%N %T %E' | sort -u
	[ "$(ours)" -le 2 ]
	[ "$(lab run sinfo -h -N -o %E | grep -c 'Prolog error')" -eq 0 ]
	lab run scancel -u user1
	# And jobs after it run on the others.
	run lab as user1 timeout 60 srun -N10 hostname
	[ "$status" -eq 0 ]
	[ "$(ours)" -le 2 ]
}

# Within 15 s all nodes are idle.
all_back() {
	for _ in {1..75}; do
		[ "$(idle)" -ne 16 ] || return 0
		sleep 0.2
	done
	return 1
}

@test "repair and resume: the node is back, its next job runs there" {
	local job
	site
	ln -sf "$O/efagate" "$EFAGATE_LAB/healthcheck"
	lab efa fault "$node/$name" gone
	job=$(lab as user1 sbatch --parsable -w "$node" -o out job)
	for _ in {1..100}; do
		[ "$(ours)" -eq 0 ] || break
		sleep 0.2
	done
	lab run scancel -u user1
	lab efa fault "$node" clear
	sleep 1.1
	lab on "$node" env -i "SLURMD_NODENAME=$node" "$EFAGATE_LAB/healthcheck"
	run lab on "$node" "$O/efagate" resume --apply
	echo "$output"
	[[ "$output" == "$node: resumed, passes now, "*": efagate EG102: 1/2 EFA on PCI, missing $pci (job $job)" ]]
	all_back
	# Slurm may take a moment to see the node back, and srun says that it waits.
	run lab as user1 timeout 60 srun -w "$node" hostname
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -v '^srun: ' <<<"$output")" = "$node" ]
}

@test "one bad device among sixteen nodes: that node, that reason, the job runs on the others" {
	local job
	site
	lab efa fault "$node/$name" gone
	# The first that Slurm takes, whichever it is.
	lab run scontrol update "nodename=$(lab nodes | xargs | tr " " ,)" weight=5
	lab run scontrol update "nodename=$node" weight=1
	job=$(lab as user1 timeout 60 sbatch --parsable -W -N15 -o out job)
	lab run scontrol update "nodename=$node" weight=9
	[ "$(sort -V "$EFAGATE_LAB/home/user1/out")" = "$(grep -vx "$node" <<<"$(tr ' ' '\n' <<<"$nodes")")" ]
	run lab run sinfo -h -N -n "$node" -o '%T %E'
	echo "$output"
	[ "$output" = "drained efagate EG102: 1/2 EFA on PCI, missing $pci (job $job)" ]
	[ "$(idle)" -eq 15 ]
}
