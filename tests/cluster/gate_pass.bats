#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# What the gate remembers: its last pass, the jobs of the node, what sessions
# found before, marks of failed steps, what it could not tell Slurm.

load helpers
load gate

setup_file() {
	lab_up_once -n 4
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	ln -s "$O/efagate" "$EFAGATE_LAB/epilog"
	ln -s "$O/efagate" "$EFAGATE_LAB/healthcheck"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog" PrologFlags=Alloc,DeferBatch "Epilog=$EFAGATE_LAB/epilog"
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
	lab resume
}

site() {
	lab conf efagate 'mode = enforce' 'expected_devices = 4' "${patient[@]}" "$@"
}

# gates NODE...: the gates of one job at once; what they say is in $BATS_TEST_TMPDIR/NODE.
gates() {
	local each pids=()
	for each in "$@"; do
		gate "$each" "$(paste -sd, <<<"$(printf '%s\n' "$@")")" >"$BATS_TEST_TMPDIR/$each" 2>&1 3>&- &
		pids+=($!)
	done
	codes=
	for each in "${pids[@]}"; do
		wait "$each" && codes+=0 || codes+=1
	done
}

# epilogs JOB: its Epilogs; they remove it from the nodes.
epilogs() {
	local each
	partners_gone
	for each in n1 n2 n3 n4; do
		lab on "$each" env -i "SLURMD_NODENAME=$each" "SLURM_JOB_ID=$1" "$EFAGATE_LAB/epilog"
	done
}

said() {
	cat "$BATS_TEST_TMPDIR"/n[1-4]
}

# Field N of a node's pass: 4 checked, 5 traffic, 6 tried.
pass() {
	lab on "$1" cut -d' ' -f"$2" /run/efagate/pass
}

# partners_gone: the processes that good gates leave end by themselves.
partners_gone() {
	for _ in {1..100}; do
		pgrep -f "^$EFAGATE_LAB/prolog" >/dev/null || return 0
		sleep 0.1
	done
	return 1
}

@test "a fresh pass: no libfabric is loaded and no byte read, until the job asks" {
	local before
	gates n1 n2
	[ "$codes $(said)" = "00 " ]
	[ "$(pass n1 5)" -gt 0 ]
	# What hwloc said is kept too.
	[[ "$(lab on n1 head -n 1 /run/efagate/pci)" =~ ^efagate-pci/1\ [0-9a-f-]{36}\ [0-9a-f]{16}\ 4$ ]]
	partners_gone
	# Nothing that loads this library works.
	site 'libfabric = /nonexistent/libfabric.so.1'
	before=$(read_bytes n1)
	gates n1 n2
	[ "$codes $(said)" = "00 " ]
	partners_gone
	[ "$(read_bytes n1)" -eq "$before" ]
	site
	SPANK=SPANK_EFA_VERIFY=burst
	gate n1 n1,n2 $SPANK &
	run gate n2 n1,n2 $SPANK
	wait $!
	[ "$status $output" = "0 " ]
	[ "$(read_bytes n1)" -gt "$before" ]
}

@test "a pass of another boot, of another instance, of a time to come or of a user counts nothing" {
	local good spoil
	gate "$node" "$node"
	good=$(lab on "$node" cat /run/efagate/pass)
	[[ "$good" =~ ^efagate\.pass/1\ [0-9a-f-]{36}\ [^\ ]+\ [1-9][0-9]+\ 0\ 0$ ]]
	site 'libfabric = /nonexistent/libfabric.so.1'
	run gate "$node" "$node"
	[ "$output" = "" ]
	for spoil in 's/ [0-9a-f-]{36} / 00000000-0000-0000-0000-000000000000 /' 's/^([^ ]+ [^ ]+) [^ ]+/\1 i-other/' \
		's/ [0-9]+ 0 0$/ 99999999999 0 0/' 's/.*/nonsense/' 's/.*//'; do
		sed -E "$spoil" <<<"$good" | lab on "$node" sh -c 'cat >/run/efagate/pass'
		run gate "$node" "$node"
		[ "$status" -eq 0 ]
		[[ "$output" == *'/nonexistent/libfabric.so.1: cannot open shared object file'*'job 77 runs' ]]
	done
	# The right content where users could have written it.
	lab on "$node" sh -c "echo '$good' >/run/efagate/pass; chmod 777 /run/efagate"
	run gate "$node" "$node"
	[[ "$output" == *'/nonexistent/libfabric.so.1: cannot open shared object file'*'job 77 runs' ]]
}

@test "pass_ttl_s = 0: every gate looks at everything" {
	site 'pass_ttl_s = 0'
	gate "$node" "$node"
	site 'pass_ttl_s = 0' 'libfabric = /nonexistent/libfabric.so.1'
	run gate "$node" "$node"
	[[ "$output" == *'cannot open shared object file'* ]]
}

@test "a node whose pass is old finds partners though theirs are fresh, and they stay fresh" {
	local each
	gates n1 n2 n3 n4
	[ "$codes $(said)" = "0000 " ]
	partners_gone
	lab on "$node" rm /run/efagate/pass
	gates n1 n2 n3 n4
	[ "$codes $(said)" = "0000 " ]
	[ "$(pass "$node" 5)" -gt 0 ]
	[ "$(pass "$node" 6)" -eq 0 ]
	partners_gone
	for each in n1 n2 n3 n4; do [ "$(pass "$each" 5)" -gt 0 ]; done
}

@test "a user's knock wakes nobody" {
	local before
	gates n1 n2
	partners_gone
	before=$(read_bytes n1)
	# Every port of the range, with a credential of his own.
	gate n1 n1,n2
	lab on-as n2 user1 perl -MIO::Socket::INET -e 'my $c = `printf "efagate.knock/1 77 4294967289" | munge`; chomp $c;
		for my $p (21000 .. 21511) { my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "n1", PeerPort => $p); $s->send($c) if $s; }'
	partners_gone
	[ "$(read_bytes n1)" -eq "$before" ]
	nobody_is_drained
}

@test "beside another job no traffic: the others are told at once, nobody is accused" {
	local before start
	# Another job, with a step.
	lab as user2 srun -w "$node" sleep 30 3>&- &
	running=$!
	for _ in {1..100}; do
		[ -z "$(lab on "$node" sh -c 'ls /run/efagate/jobs' 2>/dev/null)" ] || break
		sleep 0.1
	done
	partners_gone
	lab on "$node" rm -f /run/efagate/pass
	before=$(read_bytes "$node")
	gates n1 n2 n3 n4
	[ "$codes" = 0000 ]
	[ "$(read_bytes "$node")" -eq "$before" ]
	echo "$(said)"
	# The first node leads the others all the same, and has nothing to tell them of itself.
	[ "$(said)" = "$([ "$node" = n1 ] || echo "efagate: job 77: $node: EG901: no traffic beside another job's; the job runs")" ]
	nobody_is_drained
	lab run scancel -u user2
	wait "$running" || true
	for _ in {1..100}; do
		[ "$(lab on "$node" ls /run/efagate/jobs)" != 77 ] || break
		sleep 0.1
	done
	[ "$(lab on "$node" ls /run/efagate/jobs)" = 77 ]
}

@test "a job that no Epilog removed counts only while it has a step" {
	gate "$node" "$node"
	lab on "$node" sh -c 'cd /run/efagate/jobs && touch -d "-2 minutes" 11 12 && touch 13'
	job=78 gate "$node" n1,n2,n3,n4
	# Those without a step are gone; 13 may be starting.
	[ "$(lab on "$node" ls /run/efagate/jobs | grep -c '^1[12]$')" -eq 0 ] ||
		[ "$(lab on "$node" ls /run/efagate/jobs | grep -c '^13$')" -eq 1 ]
	lab on "$node" env -i "SLURMD_NODENAME=$node" SLURM_JOB_ID=77 "$EFAGATE_LAB/epilog"
	[ "$(lab on "$node" ls /run/efagate/jobs | grep -c '^77$')" -eq 0 ]
}

@test "off switches everything off, and the health check says so" {
	lab efa fault "$node/$name" gone
	lab on "$node" touch /etc/efagate/off
	run gate "$node" "$node"
	[ "$status $output" = "0 " ]
	run lab on "$node" env -i "SLURMD_NODENAME=$node" "$EFAGATE_LAB/healthcheck"
	lab on "$node" rm /etc/efagate/off
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: off by /usr/local/etc/efagate/off; nothing was checked" ] ||
		[ "$output" = "efagate: $node: off by /etc/efagate/off; nothing was checked" ]
	nobody_is_drained
}

@test "boot_grace_s: after a boot nothing is drained" {
	site 'boot_grace_s = 604800'
	lab efa fault "$node/$name" gone
	run gate "$node" "$node"
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; not drained, booted within boot_grace_s; job 77 runs" ]
	nobody_is_drained
}

@test "traffic drains when a second job's session a while later finds the same" {
	local text
	site 'strike_gap_s = 2' 'drain_cap = 1'
	text="EFA $pci ($name) unreachable: fails with $(others_text), which are good with others: Unresponsive receiver"
	lab efa fault "$node/$name" unreachable 500ms
	gates n1 n2 n3 n4
	[ "$codes" = 0000 ]
	[ "$(said)" = "efagate: $node: EG403 fail: $text; job 77 runs" ]
	nobody_is_drained
	[ "$(lab on "$node" cut -f2,5- /var/lib/efagate/strikes)" = $'77\tEG403\t'"$pci"$'\t'"$text" ]
	partners_gone
	# The same job again is no second session.
	sleep 2.1
	gates n1 n2 n3 n4
	[ "$codes" = 0000 ]
	nobody_is_drained
	epilogs 77
	job=78 gates n1 n2 n3 n4
	[ "$(tr -d 0 <<<"$codes")" = 1 ]
	[[ "$(said)" == "efagate: $node: EG403: $text; job 77's traffic found the same "*" s before; drained; job 78 does not start here" ]]
	[[ "$(state)" == "drained efagate EG403: EFA $pci ($name) unreachable: "*"... (job 78)" ]]
	partners_gone
}

@test "a sweep of idle nodes tests them again, whatever the age of their passes" {
	local sweep
	site 'strike_gap_s = 1'
	lab conf plugstack "optional $O/efagate.so helper=$O/efagate"
	sweep=$(realpath "$BATS_TEST_DIRNAME/../../etc/sweep.sbatch")
	gates n1 n2 n3 n4
	[ "$codes $(said)" = "0000 " ]
	epilogs 77
	lab efa fault "$node/$name" unreachable 500ms
	lab as user1 timeout 60 sbatch -W --efa-verify=burst --nodes=2-16 --time=1 "$sweep"
	nobody_is_drained
	[ "$(lab on "$node" cut -f5,6 /var/lib/efagate/strikes)" = $'EG403\t'"$pci" ]
	sleep 1
	lab as user1 sbatch --efa-verify=burst --nodes=2-16 --time=1 "$sweep"
	for _ in {1..150}; do
		[[ "$(state)" != "drained efagate EG403: EFA $pci ($name) unreachable: "* ]] || break
		sleep 0.1
	done
	[[ "$(state)" == "drained efagate EG403: EFA $pci ($name) unreachable: "* ]]
	lab run scancel -u user1
	lab conf plugstack
}

@test "two sessions at once agree on nothing yet, and good traffic forgets" {
	site 'strike_gap_s = 3600'
	lab efa fault "$node/$name" unreachable 500ms
	gates n1 n2 n3 n4
	epilogs 77
	job=78 gates n1 n2 n3 n4
	[ "$codes" = 0000 ]
	nobody_is_drained
	[ "$(lab on "$node" cut -f2 /var/lib/efagate/strikes | paste -sd' ')" = "77 78" ]
	epilogs 78
	lab efa fault "$node" clear
	job=79 gates n1 n2 n3 n4
	[ "$codes $(said)" = "0000 " ]
	run lab on "$node" ls /var/lib/efagate/strikes
	[ "$status" -ne 0 ]
}

@test "warn and ignore: a site's own word" {
	# A device that does not open hides all from libfabric (EG110), which is its own finding.
	site '[policy]' 'EG102 = warn' 'EG105 = ignore' 'EG110 = ignore'
	lab efa fault "$node/$name" gone
	run gate "$node" "$node"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG102 fail: 3/4 EFA on PCI, missing $pci; job 77 runs" ]
	nobody_is_drained
	lab efa fault "$node" clear
	lab efa fault "$node/$name" noopen EPERM
	run gate "$node" "$node"
	[ "$status" -eq 0 ]
	echo "$output"
	[[ "$output" != *EG105* && "$output" != *EG110* ]]
	nobody_is_drained
}

@test "a partition has its own mode" {
	site '[partition quiet]' 'mode = observe'
	lab efa fault "$node/$name" gone
	run gate "$node" "$node" SLURM_JOB_PARTITION=quiet
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; would be drained, but mode = observe; job 77 runs" ]
	run gate "$node" "$node" SLURM_JOB_PARTITION=other
	[ "$status" -eq 1 ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
}

@test "unknown = drain and ignore" {
	lab conf efagate 'mode = enforce' 'expected_devices = 4' 'gate_timeout_ms = 1000' 'unknown = ignore'
	lab efa fault "$node/$name" hang
	run gate "$node" "$node"
	[ "$status $output" = "0 " ]
	nobody_is_drained
	lab conf efagate 'mode = enforce' 'expected_devices = 4' 'gate_timeout_ms = 1000' 'unknown = drain'
	run gate "$node" "$node"
	[ "$status" -eq 1 ]
	[ "$output" = "efagate: $node: EG902: devices not looked at within 1 s; drained; job 77 does not start here" ]
	[ "$(state)" = "drained efagate EG902: devices not looked at within 1 s (job 77)" ]
}

@test "drain_reason: the words a cloud acts on, and they count for the cap" {
	local other
	other=$(head -n 1 <<<"$others")
	site 'drain_state = fail' 'drain_reason = Action:Replace' 'drain_cap = 1'
	lab efa fault "$node/$name" gone
	lab efa fault "$other/$name" gone
	run gate "$node" "$node"
	[ "$status" -eq 1 ]
	[ "$(state)" = "fail Action:Replace" ]
	run gate "$other" "$other"
	[ "$status" -eq 0 ]
	[[ "$output" == *"not drained, EG903: drain cap reached (1 of 1 within 86400 s); job 77 runs" ]]
	lab resume
	site 'drain_reason = EFA {id}, {text}{job}' 'drain_cap = 1'
	run gate "$node" "$node"
	[ "$(state)" = "drained EFA EG102, 3/4 EFA on PCI, missing $pci (job 77)" ]
}

# mark TEXT: what the plugin leaves of a failed step.
mark() {
	lab on "$node" sh -c "umask 077; mkdir -p /run/efagate/marks; echo 'efagate.mark/1 $1' >/run/efagate/marks/55.0"
}

@test "a mark of a failed step makes the next check a whole one, once" {
	gate "$node" "$node"
	site 'libfabric = /nonexistent/libfabric.so.1'
	mark "n1: EG403: EFA 0000:10:1b.0 unreachable"
	run gate "$node" "$node"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "efagate: $node: looked at anew, 1 step failed here: 'n1: EG403: EFA 0000:10:1b.0 unreachable'" ]
	[[ "${lines[1]}" == *'cannot open shared object file'* ]]
	[ "$(lab on "$node" ls /run/efagate/marks)" = "" ]
	nobody_is_drained
}

@test "forged marks do nothing" {
	local each
	gate "$node" "$node"
	site 'libfabric = /nonexistent/libfabric.so.1'
	# A folder of the user's.
	lab on "$node" sh -c 'mkdir -m 777 /run/efagate/marks && chown 2001 /run/efagate/marks &&
		echo "efagate.mark/1 x" >/run/efagate/marks/1.0 && chmod 600 /run/efagate/marks/1.0'
	run gate "$node" "$node"
	[ "$status $output" = "0 " ]
	# Root's folder, with a user's file, a link, a second name, another mode, no line, too much.
	lab on "$node" sh -c 'rm -rf /run/efagate/marks && mkdir -m 700 /run/efagate/marks && cd /run/efagate/marks && umask 077 &&
		echo "efagate.mark/1 x" >1.0 && chown 2001 1.0 && ln -s /etc/shadow 2.0 && echo "efagate.mark/1 x" >/run/efagate/other &&
		ln /run/efagate/other 3.0 && echo "efagate.mark/1 x" >4.0 && chmod 644 4.0 && : >5.0 && head -c 100000 /dev/zero >6.0 &&
		printf "efagate.mark/1 a\nefagate.mark/1 b\n" >7.0 && echo "efagate.mark/1 x" >x.0 && mkfifo 8.0 && mkdir 9.0'
	run gate "$node" "$node"
	[ "$status $output" = "0 " ]
	[ "$(lab on "$node" ls /run/efagate/marks)" = 9.0 ]
	lab on "$node" test -s /etc/shadow
	nobody_is_drained
}

# slow_scontrol: the real one, too slow when it is to drain.
slow_scontrol() {
	printf '#!/bin/sh\n[ "$1" != update ] || exec sleep 60\nexec /usr/bin/scontrol "$@"\n' >"$EFAGATE_LAB/slow"
	chmod 755 "$EFAGATE_LAB/slow"
	site "scontrol = $EFAGATE_LAB/slow" 'scontrol_timeout_ms = 1500'
}

# becomes STATE: within 15 s that is what this test's node is.
becomes() {
	for _ in {1..75}; do
		[ "$(state)" != "$1" ] || return 0
		sleep 0.2
	done
	echo "$(state)"
	return 1
}

health() {
	lab on "$node" env -i "SLURMD_NODENAME=$node" "$EFAGATE_LAB/healthcheck"
}

@test "a drain that Slurm did not take: Prolog error gets its reason from the next health check" {
	slow_scontrol
	lab conf slurm Epilog=
	lab efa fault "$node/$name" gone
	run lab as user1 timeout 30 srun -w "$node" hostname
	[ "$status" -ne 0 ]
	becomes "drained Prolog error"
	[ "$(lab on "$node" cut -d' ' -f5- /var/lib/efagate/undelivered | sed 's/job [0-9]*/job N/')" = "efagate EG102: 3/4 EFA on PCI, missing $pci (job N)" ]
	# Still slow: still owed.
	run health
	[[ "$output" == *"out of service already, kept: 'Prolog error'; healthcheck" ]]
	site
	run health
	[ "$status" -eq 1 ]
	[ "$output" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; out of service as 'Prolog error', its reason now told; healthcheck" ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci" ]
	run lab on "$node" ls /var/lib/efagate/undelivered
	[ "$status" -ne 0 ]
	lab conf slurm "Epilog=$EFAGATE_LAB/epilog"
}

@test "the Epilog behind the failed Prolog delivers at once" {
	printf '#!/bin/sh\n[ "$1" != update ] || [ -e %s/answers ] || exec sleep 60\nexec /usr/bin/scontrol "$@"\n' "$EFAGATE_LAB" >"$EFAGATE_LAB/slow"
	chmod 755 "$EFAGATE_LAB/slow"
	site "scontrol = $EFAGATE_LAB/slow" 'scontrol_timeout_ms = 1500'
	lab efa fault "$node/$name" gone
	run gate "$node" "$node"
	[ "$status" -eq 1 ]
	: >"$EFAGATE_LAB/answers"
	lab run scontrol update "nodename=$node" state=drain 'reason=Prolog error'
	run lab on "$node" env -i "SLURMD_NODENAME=$node" SLURM_JOB_ID=77 "$EFAGATE_LAB/epilog"
	[ "$status" -eq 1 ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
	rm "$EFAGATE_LAB/answers"
}

@test "a node that passes by now: the reason is told all the same, the node stays for efagate resume" {
	slow_scontrol
	lab efa fault "$node/$name" gone
	run gate "$node" "$node"
	[ "$status" -eq 1 ]
	lab run scontrol update "nodename=$node" state=drain 'reason=Prolog error'
	lab efa fault "$node" clear
	site
	run health
	[ "$status" -eq 0 ]
	echo "$output"
	[ "$output" = "efagate: $node: out of service as 'Prolog error', its reason now told: 'efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)'" ]
	[ "$(state)" = "drained efagate EG102: 3/4 EFA on PCI, missing $pci (job 77)" ]
	run health
	[ "$status $output" = "0 " ]
}

@test "Prolog error of another program, or of another time, is kept" {
	slow_scontrol
	lab run scontrol update "nodename=$node" state=drain 'reason=Prolog error'
	lab efa fault "$node/$name" gone
	run health
	[ "$(state)" = "drained Prolog error" ]
	# Owed since before that boot.
	lab on "$node" sh -c "umask 077; echo 'efagate.undelivered/1 00000000-0000-0000-0000-000000000000 - $(date +%s) efagate EG102: x' >/var/lib/efagate/undelivered"
	site
	run health
	[ "$(state)" = "drained Prolog error" ]
	# And an administrator's word in between.
	lab efa fault "$node" clear
	lab resume
	lab efa fault "$node/$name" gone
	slow_scontrol
	run gate "$node" "$node"
	lab run scontrol update "nodename=$node" state=drain 'reason=Prolog error, I look at it'
	site
	run health
	[ "$(state)" = "drained Prolog error, I look at it" ]
}
