#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate as the Prolog of a real Slurm: bad nodes are drained with their
# reason before a job runs there, everything else lets the job run.

load helpers

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	lab_up_once -n 4
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	ln -s "$O/efagate" "$EFAGATE_LAB/healthcheck"
	ln -s "$O/efagate" "$EFAGATE_LAB/epilog"
	# The real scontrol, with its calls noted.
	mkdir "$EFAGATE_LAB/calls"
	printf '#!/bin/sh\necho "$*" >>"%s/calls/$(uname -n)"\nexec /usr/bin/scontrol "$@"\n' \
		"$EFAGATE_LAB" >"$EFAGATE_LAB/scontrol"
	chmod 755 "$EFAGATE_LAB/scontrol"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog"
	printf '#!/bin/sh\nsrun hostname\n' >"$EFAGATE_LAB/home/user1/job"
}

teardown_file() {
	lab_down
}

# A node and a device for this test; the node is the first that Slurm takes.
setup() {
	local other
	node=n$(($(draw 4 "$BATS_TEST_NUMBER") + 1))
	index=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	name=${names[index]}
	pci=${addresses[index]}
	echo "# $node/$pci, seed $EG_TEST_SEED"
	valid_reports
	site mode=enforce
	for other in n1 n2 n3 n4; do
		lab run scontrol update "nodename=$other" "weight=$([ "$other" = "$node" ] && echo 1 || echo 9)"
		lab on "$other" rm -rf /var/lib/efagate /run/efagate
	done
	rm -f "$EFAGATE_LAB"/calls/* "$EFAGATE_LAB/home/user1/out"
}

teardown() {
	local other
	for other in n1 n2 n3 n4; do lab efa fault "$other" clear; done
	lab resume
}

# site LINE...: the configuration, besides what all tests here want.
site() {
	lab conf efagate 'expected_devices = 4' "scontrol = $EFAGATE_LAB/scontrol" "$@"
}

# The gate as slurmd runs it, on this test's node.
gate() {
	lab on "$node" env -i "SLURMD_NODENAME=$node" SLURM_JOB_ID=77 SLURM_JOB_UID=2001 "$@" \
		"$EFAGATE_LAB/prolog"
}

states() {
	lab run sinfo -h -N -o '%N %T %E' | sort -u
}

calls() {
	cat "$EFAGATE_LAB/calls/"* 2>/dev/null | grep -c "${1:-.}"
}

report() {
	lab on "$node" sh -c 'cat /var/lib/efagate/reports/*.json' | held | jq -r "$1"
}

# A batch job on three nodes, the bad one among those it gets first.
run_around() {
	local reason=$1 job others
	job=$(lab as user1 timeout 60 sbatch --parsable -W -N3 -o out job)
	others=$(for other in n1 n2 n3 n4; do [ "$other" = "$node" ] || echo "$other"; done)
	[ "$(sort "$EFAGATE_LAB/home/user1/out")" = "$others" ]
	[ "$(states)" = "$(for other in n1 n2 n3 n4; do
		[ "$other" = "$node" ] && echo "$other drained $reason (job $job)" || echo "$other idle none"
	done)" ]
	[ "$(calls)" -le 3 ]
	[ "$(report '[.job.id, .trigger, .verdict, .action.mode, .action.drained, .action.reason] | join("|")')" = \
		"$job|prolog|fail|enforce|true|$reason (job $job)" ]
}

@test "a good node costs nothing: no call, no line, no report, the job runs" {
	local updates
	updates=$(lab log ctld | grep -c 'update_node' || true)
	run lab as user1 srun -N4 hostname
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
	[ "$(calls)" -eq 0 ]
	[ "$(lab log ctld | grep -c 'update_node' || true)" -eq "$updates" ]
	run gate
	[ "$status" -eq 0 ]
	[ "$output" = "" ]
	run lab on "$node" ls /var/lib/efagate
	[ "$status" -ne 0 ]
}

@test "EG102: a device gone: the node is drained with the reason, the job runs elsewhere" {
	lab efa fault "$node/$name" gone
	run_around "efagate EG102: 3/4 EFA on PCI, missing $pci"
}

@test "slurmd's log has the line, srun ends" {
	lab efa fault "$node/$name" noopen EPERM
	run lab as user1 timeout 30 srun -w "$node" hostname
	[ "$status" -ne 0 ]
	lab log "$node" | grep -qF "efagate: $node: EG105: EFA $pci ($name) cannot be opened: Operation not permitted; drained; job "
	[[ "$(state)" == "drained efagate EG105: EFA $pci ($name) cannot be opened: Operation not permitted (job "*")" ]]
}

@test "a device that is used up, as a job can do it, drains nothing" {
	lab efa fault "$node/$name" noopen ENOMEM
	run gate
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG105 unknown: EFA $pci ($name) cannot be opened now: Cannot allocate memory; job 77 runs" ]
	[ "$(calls)" -eq 0 ]
	[ "$(state)" = "idle none" ]
}

@test "observe: nothing is drained, the job runs, the log says what would be done" {
	site
	lab efa fault "$node/$name" gone
	run lab as user1 srun -w "$node" hostname
	[ "$status" -eq 0 ]
	[ "$output" = "$node" ]
	run gate
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; would be drained, but mode = observe; job 77 runs" ]
	[ "$(calls)" -eq 0 ]
	[ "$(state)" = "idle none" ]
	[ "$(report '[.verdict, .action.mode, .action.drained] | join("|")' | sort -u)" = "fail|observe|false" ]
}

@test "somebody else's reason is kept" {
	lab run scontrol update "nodename=$node" state=drain 'reason=disk [2] State=IDLE'
	lab efa fault "$node/$name" gone
	run gate
	[ "$status" -eq 1 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; out of service already, kept: 'disk [2] State=IDLE'; job 77 does not start here" ]
	[ "$(state)" = "drained disk [2] State=IDLE" ]
	[ "$(calls)" -eq 1 ]
}

@test "many bad nodes at once: no more are drained than the cap allows" {
	local other
	site mode=enforce 'drain_cap = 1'
	for other in n1 n2 n3 n4; do lab efa fault "$other/$name" gone; done
	run lab as user1 timeout 30 srun -N4 hostname
	[ "$status" -ne 0 ]
	[ "$(states | grep -c ' efagate EG102: 3/4 EFA on PCI')" -eq 1 ]
	[ "$(states | grep -c ' none$')" -eq 3 ]
	# Read, drain, read, and of the three that had drained too, back.
	for other in n1 n2 n3 n4; do [ "$(wc -l <"$EFAGATE_LAB/calls/$other")" -le 4 ]; done
}

@test "EG903: over the cap the job runs" {
	local other=n1
	[ "$node" != n1 ] || other=n2
	lab run scontrol update "nodename=$other" state=drain 'reason=efagate EG105: found before'
	lab efa fault "$node/$name" gone
	run lab as user1 srun -w "$node" hostname
	[ "$status" -eq 0 ]
	run gate
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; not drained, EG903: drain cap reached (1 of 1 within 86400 s); job 77 runs" ]
	[ "$(state)" = "idle none" ]
	[ "$(calls update)" -eq 0 ]
	site mode=enforce 'drain_cap = 2'
	run gate
	[ "$status" -eq 1 ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
}

@test "two gates on one node at the same time drain it once" {
	local first second=0
	lab efa fault "$node/$name" gone
	gate >"$BATS_TEST_TMPDIR/first" 2>&1 &
	first=$!
	gate >"$BATS_TEST_TMPDIR/second" 2>&1 || second=$?
	wait "$first" || first=$?
	[ "$first $second" = "1 1" ]
	[ "$(calls update)" -eq 1 ]
	grep -qF '; drained; ' "$BATS_TEST_TMPDIR"/first "$BATS_TEST_TMPDIR"/second
	grep -qF "kept: 'efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)'" "$BATS_TEST_TMPDIR"/first "$BATS_TEST_TMPDIR"/second
}

@test "without slurmctld nobody knows the cap: the gate ends in time, keeps the record, the job runs" {
	local start
	site mode=enforce 'scontrol_timeout_ms = 1000'
	lab efa fault "$node/$name" gone
	lab stop ctld
	start=${EPOCHREALTIME/./}
	run gate
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 2500 ]
	lab start ctld
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; not drained, the cap is not known: '$EFAGATE_LAB/scontrol' did not end in time; job 77 runs" ]
	[ "$(report '[.findings[0].id, .action.mode, .action.drained] | join("|")')" = "EG102|enforce|false" ]
	lab wait-idle 20
}

@test "a cluster with a wrong path of scontrol is not drained by its Prologs" {
	lab conf efagate 'expected_devices = 4' 'mode = enforce' "scontrol = $EFAGATE_LAB/absent"
	lab efa fault "$node/$name" gone
	run lab as user1 srun -w "$node" hostname
	[ "$status" -eq 0 ]
	run gate
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; not drained, the cap is not known: '$EFAGATE_LAB/absent' cannot be started: No such file or directory; job 77 runs" ]
	[ "$(state)" = "idle none" ]
}

@test "a drain that the cap allows and Slurm does not do keeps the job away" {
	# The real scontrol, too slow when it is to drain.
	printf '#!/bin/sh\n[ "$1" != update ] || exec sleep 60\nexec /usr/bin/scontrol "$@"\n' >"$EFAGATE_LAB/slow"
	chmod 755 "$EFAGATE_LAB/slow"
	lab conf efagate 'expected_devices = 4' 'mode = enforce' "scontrol = $EFAGATE_LAB/slow" 'scontrol_timeout_ms = 1000'
	lab efa fault "$node/$name" gone
	run gate
	[ "$status" -eq 1 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; not drained by efagate: '$EFAGATE_LAB/slow' did not end in time; job 77 does not start here" ]
	[ "$(report .action.drained)" = false ]
	run lab as user1 timeout 30 srun -w "$node" hostname
	[ "$status" -ne 0 ]
	[ "$(state)" = "drained Prolog error" ]
}

@test "a drain that the cap allows and Slurm refuses keeps the job away" {
	printf '#!/bin/sh\n[ "$1" != update ] || { echo "slurm_update error: Invalid user id"; exit 1; }\nexec /usr/bin/scontrol "$@"\n' >"$EFAGATE_LAB/refuses"
	chmod 755 "$EFAGATE_LAB/refuses"
	lab conf efagate 'expected_devices = 4' 'mode = enforce' "scontrol = $EFAGATE_LAB/refuses"
	lab efa fault "$node/$name" gone
	run gate
	[ "$status" -eq 1 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; not drained by efagate: '$EFAGATE_LAB/refuses' ended with 1: 'slurm_update error: Invalid user id'; job 77 does not start here" ]
	[ "$(report .action.drained)" = false ]
	lab on "$node" test -s /var/lib/efagate/undelivered
}

@test "a user who runs the gate drains nothing" {
	lab efa fault "$node/$name" gone
	run lab on-as "$node" user1 "$O/efagate" gate
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: gate: only root can look at a node for this; nothing was checked" ]
	[ "$(state)" = "idle none" ]
}

@test "nobody left to read the lines does not stop the drain" {
	site mode=enforce "report_dir = $EFAGATE_LAB/absent"
	lab efa fault "$node/$name" gone
	lab on "$node" env -i "SLURMD_NODENAME=$node" SLURM_JOB_ID=77 sh -c "'$EFAGATE_LAB/prolog' 2>&1 | (exec <&-; sleep 4)"
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
}

# Lines that reach /dev/log of this test's node go to syslog.
listen() {
	lab on "$node" perl -MIO::Socket::UNIX -e 'unlink "/dev/log";
		my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "/dev/log") or die $!;
		$| = 1; print "ready\n"; alarm 20; print "$_\n" while defined($s->recv($_, 8192));' \
		>"$BATS_TEST_TMPDIR/syslog" 3>&- &
	listener=$!
	for _ in {1..200}; do
		grep -q ready "$BATS_TEST_TMPDIR/syslog" && return 0
		sleep 0.02
	done
	return 1
}

@test "a broken configuration lets the job run; syslog names file and line" {
	site mode=enforce 'drain_cap = 900'
	lab efa fault "$node/$name" gone
	listen
	run lab as user1 srun -w "$node" hostname
	kill "$listener"
	[ "$status" -eq 0 ]
	[ "$(state)" = "idle none" ]
	grep -qE "^<27>.* efagate\[[0-9]+\]: /etc/efagate/efagate.conf:4: drain_cap = 900: above the limit 60; nothing was checked on $node\$" \
		"$BATS_TEST_TMPDIR/syslog"
}

@test "EG902: a driver that hangs ends at the deadline, the job runs" {
	local start
	site mode=enforce 'gate_timeout_ms = 1000'
	lab efa fault "$node/$name" hang
	start=${EPOCHREALTIME/./}
	run gate
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 2000 ]
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG902 unknown: devices not looked at within 1 s; job 77 runs" ]
	run lab as user1 srun -w "$node" hostname
	[ "$status" -eq 0 ]
	[ "$(state)" = "idle none" ]
	[ "$(calls)" -eq 0 ]
}

@test "fewer devices than DMI lets expect is a warning" {
	lab conf efagate 'mode = enforce'
	lab efa fault "$node/$name" gone
	run gate
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG102 warn: 3/4 EFA on PCI, missing $pci; job 77 runs" ]
	[ "$(state)" = "idle none" ]
}

@test "the caller's environment does not steer what is seen" {
	mkdir -p "$EFAGATE_LAB/empty"
	run gate "SYSFS_PATH=$EFAGATE_LAB/empty" "HWLOC_FSROOT=$EFAGATE_LAB/empty" HWLOC_COMPONENTS=synthetic FI_PROVIDER=tcp
	[ "$status" -eq 0 ]
	[ "$output" = "" ]
}

@test "reports reach the shared folder before the drain, and a repair is told once" {
	mkdir "$EFAGATE_LAB/shared"
	site mode=enforce "report_dir = $EFAGATE_LAB/shared"
	lab efa fault "$node/$name" gone
	run gate
	[ "$status" -eq 1 ]
	[ "$(jq -r '[.node, .verdict, .action.drained] | join("|")' "$EFAGATE_LAB/shared/"*.json)" = "$node|fail|true" ]
	lab efa fault "$node" clear
	sleep 1.1
	for _ in 1 2; do
		run gate
		[ "$status" -eq 0 ]
		[ "$output" = "" ]
	done
	[ "$(jq -r .verdict "$EFAGATE_LAB/shared/"*.json)" = $'fail\npass' ]
	rm -r "$EFAGATE_LAB/shared"
}

@test "a shared folder that is not there costs a line, not the drain" {
	site mode=enforce "report_dir = $EFAGATE_LAB/absent"
	lab efa fault "$node/$name" gone
	run gate
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ "${lines[0]}" =~ ^"efagate: report not saved: '$EFAGATE_LAB/absent/$node-"[0-9]{8}T[0-9]{6}Z"-77.json': No such file or directory"$ ]]
	[ "${lines[1]}" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; drained; job 77 does not start here" ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
}

@test "a state folder that users can write to is not used" {
	lab on "$node" mkdir -m 777 /var/lib/efagate
	lab efa fault "$node/$name" gone
	run gate
	[ "$status" -eq 1 ]
	[ "$output" = "efagate: report not saved: '/var/lib/efagate': others than root can write to it
efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; drained; job 77 does not start here" ]
	[ "$(lab on "$node" ls -A /var/lib/efagate)" = "" ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
}

@test "the state folder is root's and keeps a bounded number of reports" {
	site
	lab efa fault "$node/$name" gone
	lab on "$node" sh -c "mkdir -m 700 /var/lib/efagate /var/lib/efagate/reports &&
		for i in \$(seq 100 199); do echo >/var/lib/efagate/reports/$node-20200101T000\$i-1.json; done"
	run gate
	[ "$status" -eq 0 ]
	[ "$(lab on "$node" stat -c %a:%u /var/lib/efagate)" = 700:0 ]
	[ "$(lab on "$node" ls /var/lib/efagate/reports | wc -l)" -eq 64 ]
	[ "$(lab on "$node" sh -c 'cat /var/lib/efagate/reports/*-77.json' | jq -r .node)" = "$node" ]
	# Nor more than 16 MiB of them, of which the oldest go first.
	lab on "$node" sh -c "rm /var/lib/efagate/reports/*
		for i in \$(seq 10 30); do truncate -s 1M /var/lib/efagate/reports/$node-20200101T0000\${i}Z-1.json; done"
	run gate
	[ "$(lab on "$node" ls /var/lib/efagate/reports | grep -c '^.*-1\.json$')" -eq 15 ]
	[ "$(lab on "$node" ls /var/lib/efagate/reports | head -n 1)" = "$node-20200101T000016Z-1.json" ]
	[ "$(lab on "$node" sh -c 'cat /var/lib/efagate/reports/*-77.json' | jq -r .node)" = "$node" ]
}

@test "HealthCheckProgram drains without a job" {
	lab efa fault "$node/$name" gone
	run lab on "$node" env -i "SLURMD_NODENAME=$node" "$EFAGATE_LAB/healthcheck"
	[ "$status" -eq 1 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; drained; healthcheck" ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci" ]
	[ "$(report .trigger)" = healthcheck ]
	sleep 1.1
	run lab on "$node" env -i "SLURMD_NODENAME=$node" "$EFAGATE_LAB/healthcheck"
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; out of service already, kept: 'efagate EG102: 3/4 EFA on PCI, missing $pci'; healthcheck" ]
	# However often it runs, it is one file.
	[ "$(lab on "$node" ls /var/lib/efagate/reports)" = "$node-healthcheck.json" ]
}

# drained REASON: within 15 s this test's node is, and no other.
drained() {
	for _ in {1..75}; do
		[ "$(state)" != "drained $1" ] || break
		sleep 0.2
	done
	[ "$(states)" = "$(for other in n1 n2 n3 n4; do
		[ "$other" = "$node" ] && echo "$other drained $1" || echo "$other idle none"
	done)" ]
}

@test "slurmd's own HealthCheckProgram drains an idle node" {
	lab efa fault "$node/$name" gone
	lab conf slurm "HealthCheckProgram=$EFAGATE_LAB/healthcheck" HealthCheckInterval=1
	drained "efagate EG102: 3/4 EFA on PCI, missing $pci"
	lab conf slurm HealthCheckProgram= HealthCheckInterval=
}

@test "Epilog: a device lost while the job ran, the job is not harmed" {
	local job
	lab conf slurm "Epilog=$EFAGATE_LAB/epilog"
	lab as user1 srun -w "$node" sh -c 'echo $SLURM_JOB_ID; sleep 3' >"$BATS_TEST_TMPDIR/job" 3>&- &
	job=$!
	for _ in {1..100}; do
		[ ! -s "$BATS_TEST_TMPDIR/job" ] || break
		sleep 0.05
	done
	lab efa fault "$node/$name" gone
	wait "$job"
	drained "efagate EG102: 3/4 EFA on PCI, missing $pci (job $(cat "$BATS_TEST_TMPDIR/job"))"
	[ "$(report .trigger)" = epilog ]
	lab conf slurm Epilog=
}

@test "drain_state = fail is obeyed" {
	site mode=enforce 'drain_state = fail'
	lab efa fault "$node/$name" gone
	run gate
	[ "$status" -eq 1 ]
	[ "$(state)" = "fail efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
}

@test "a name that means other nodes, and a wrong command line, drain nothing" {
	lab efa fault "$node/$name" gone
	run lab on "$node" env -i 'SLURMD_NODENAME=n[1-4]' "$EFAGATE_LAB/prolog"
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: gate: 'n[1-4]' is not the name of one node; nothing was checked" ]
	run lab on "$node" "$O/efagate" gate --frobnicate
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: gate: '--frobnicate' is not understood; nothing was checked" ]
	[ "$(calls)" -eq 0 ]
	[ "$(states | grep -c ' idle none')" -eq 4 ]
}
