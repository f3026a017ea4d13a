#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Nodes of a cloud, powered down until a job wants them: they boot apart, and the
# gates of the job meet all the same.

load helpers

pci=0000:20:1b.0

# A machine that is started has forgotten what was in /run.
boot() {
	lab on "$1" rm -rf /run/efagate
	lab on "$1" slurmd -b
}

# wanted N: the Nth node that Slurm wants booted, in order, within 30 s.
wanted() {
	for _ in {1..300}; do
		[ "$(wc -l <"$EFAGATE_LAB/wanted")" -lt "$1" ] || break
		sleep 0.1
	done
	sed -n "$1p" "$EFAGATE_LAB/wanted"
}

# becomes NODE STATE...: within 40 s: Slurm looks after the power of nodes every ten.
becomes() {
	for _ in {1..400}; do
		[ "$(lab run sinfo -h -N -n "$1" -o '%T %E')" != "${*:2}" ] || return 0
		sleep 0.1
	done
	lab run sinfo -h -N -o '%N %T %E'
	return 1
}

setup_file() {
	local each
	lab_up_once -n 4
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	ln -s "$O/efagate" "$EFAGATE_LAB/healthcheck"
	printf '#!/bin/sh\nscontrol show hostnames "$1" >>%s/wanted\n' "$EFAGATE_LAB" >"$EFAGATE_LAB/power_up"
	printf '#!/bin/sh\nexit 0\n' >"$EFAGATE_LAB/power_down"
	chmod 755 "$EFAGATE_LAB"/power_*
	: >"$EFAGATE_LAB/wanted"
	for each in n1 n2 n3 n4 ctld; do lab stop "$each"; done
	# A new slurmctld takes nodes of a cloud to be powered down.
	lab run sh -c 'rm -rf /var/spool/slurmctld/*'
	lab conf slurm "NodeName=n[1-4] CPUs=8 Sockets=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=16000 State=CLOUD" \
		"ResumeProgram=$EFAGATE_LAB/power_up" "SuspendProgram=$EFAGATE_LAB/power_down" SuspendTime=600 \
		SuspendTimeout=1 ResumeTimeout=60 SlurmctldParameters=cloud_dns,power_save_interval=1,power_save_min_interval=1 PrivateData=cloud \
		"Prolog=$EFAGATE_LAB/prolog" PrologFlags=Alloc,DeferBatch
	lab conf efagate 'mode = enforce' 'expected_devices = 4' 'gate_timeout_ms = 7900' 'meet_ms = 6000' 'session_ms = 7800'
	lab start ctld
	for each in n1 n2 n3 n4; do
		lab run scontrol update "nodename=$each" "weight=${each#n}"
		becomes "$each" idle~ none
	done
}

teardown_file() {
	lab_down
}

@test "nodes that boot apart: their gates start when both are there and exchange traffic, the job runs" {
	lab as user1 timeout 90 srun -N2 hostname >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	job=$!
	[ "$(wanted 1) $(wanted 2)" = "n1 n2" ]
	boot n1
	sleep 3
	# The first one's gate waits for nobody: Slurm has not started it.
	run lab on n1 ls /run/efagate
	[ "$status" -ne 0 ]
	boot n2
	wait "$job"
	cat "$BATS_TEST_TMPDIR/out"
	[ "$(grep -v '^srun: ' "$BATS_TEST_TMPDIR/out" | sort)" = $'n1\nn2' ]
	for each in n1 n2; do
		[ "$(lab on "$each" cut -d' ' -f5 /run/efagate/pass)" -gt 0 ]
		run lab on "$each" ls /var/lib/efagate/reports
		[ "$status" -ne 0 ]
	done
	[ "$(wc -l <"$EFAGATE_LAB/wanted")" -eq 2 ]
}

@test "a node drained for its fault and powered down by hand: its reason is stale, efagate resume clears it" {
	local reason="efagate EG102: 3/4 EFA on PCI, missing $pci"
	becomes n2 idle none
	lab efa fault n2/$pci gone
	run lab on n2 env -i SLURMD_NODENAME=n2 "$EFAGATE_LAB/healthcheck"
	[ "$status" -eq 1 ]
	becomes n2 drained "$reason"
	lab run scontrol update nodename=n2 state=power_down
	becomes n2 idle~ "$reason"
	run lab run "$O/efagate" resume --apply
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "n2: cleared, in service with a stale reason: $reason" ]
	becomes n2 idle~ none
}
