#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Everything a user meets beside the verdict itself: words in the environment
# and of the site, the table of `full`, the report, the note of -v, jobs of all
# kinds. The real plugin and helper on a lab of four nodes.
# shellcheck disable=SC2016,SC2154 # words for the tasks' shells; $stderr is set by run

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	lab_up_once -n 4
	lab conf efagate 'expected_devices = 4' 'meet_ms = 5000'
}

teardown_file() {
	lab_down
}

setup() {
	home=$EFAGATE_LAB/home/user1
	rm -f "$home"/*
	plugin
}

teardown() {
	lab efa fault n2 clear
	lab wait-idle 20
}

plugin() {
	lab conf plugstack "optional $O/efagate.so helper=$O/efagate timeout_ms=12000 $*"
}

as_user() {
	run --separate-stderr timeout 100 "$lab_program" as user1 "$@" </dev/null
}

# job LINE...: a batch script in user1's home.
job() {
	printf '%s\n' '#!/bin/sh' "$@" >"$home/job"
}

@test "the environment is a default: validated at submit time, below the option" {
	as_user env EFAGATE_VERIFY=check srun -N2 hostname
	[ "$status" -eq 0 ]
	[ "$stderr" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
	as_user env EFAGATE_VERIFY=check srun --export=NONE -N2 /bin/hostname
	[ "$stderr" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
	as_user env EFAGATE_VERIFY=check srun --efa-verify=off -N2 hostname
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	for command in srun salloc sbatch; do
		as_user env EFAGATE_VERIFY=bad $command -N2 hostname
		[ "$status" -eq 1 ]
		[ "${stderr%%$'\n'*}" = "$command: error: efagate: EFAGATE_VERIFY: 'bad' is not one of off, check, burst, full" ]
		[[ $stderr != *"--efa-verify"* ]]
	done
	as_user env EFAGATE_VERIFY= srun hostname
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
}

@test "what the environment said at sbatch holds in the job" {
	job 'srun -N2 hostname'
	as_user env EFAGATE_VERIFY=check sbatch -W -N2 -w n1,n2 -o out job
	[ "$status" -eq 0 ]
	grep -qx 'efagate: 2 nodes, 8 EFA devices verified (check)' "$home/out"
}

@test "a site's word for a partition, a forced one, forbidden ones" {
	plugin verify=check verify@main=off verify@other=burst
	as_user srun -N2 hostname
	[ "$stderr" = "" ]
	plugin verify=off verify@main=check force=verify
	as_user srun -N2 --efa-verify=off hostname
	[ "$stderr" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
	plugin verify=check force=verify
	as_user srun -N2 --efa-verify=off hostname
	[ "$status" -eq 0 ]
	[ "$stderr" = "srun: efagate: --efa-verify: this cluster holds it at 'check' for everybody
efagate: 2 nodes, 8 EFA devices verified (check)" ]
	plugin verify=check forbid_verify=burst,full forbid_on_failure=warn
	as_user srun -N2 hostname
	[ "$stderr" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
	as_user srun -N2 --efa-verify hostname
	[ "$status" -eq 255 ]
	[ "${stderr%%$'\n'*}" = "srun: error: efagate: --efa-verify: 'burst' is not allowed on this cluster, only off, check" ]
	as_user env EFAGATE_ON_FAILURE=warn sbatch --wrap hostname
	[ "$status" -eq 1 ]
	[ "${stderr%%$'\n'*}" = "sbatch: error: efagate: EFAGATE_ON_FAILURE: 'warn' is not allowed on this cluster, only stop" ]
}

@test "srun --help names the options and their words" {
	for command in srun sbatch salloc; do
		as_user $command --help
		for option in efa-verify='off|check|burst|full' efa-on-failure='stop|warn' \
			efa-huge-page='auto|0|keep' efa-stats='off|on'; do
			[[ $output == *"--$option"* ]]
		done
	done
}

@test "full: the line, then a row for each device of each node" {
	as_user srun --efa-verify=full -N3 hostname
	[ "$status" -eq 0 ]
	echo "$stderr"
	[[ ${stderr%%$'\n'*} == "efagate: 3 nodes, 12 EFA devices verified (burst; slowest n"[1-3]" rdmap"* ]]
	[[ $stderr == *$'\nNODE  DEVICE       PCI             Gb/s  together    p50 us    p99 us  STATE\n'* ]]
	[ "$(grep -cE '^n[1-3]    rdmap[0-9]+s27 +0000:[0-9a-f]0:1b.0 +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+  ok$' <<<"$stderr")" -eq 12 ]
	[ "$(wc -l <<<"$stderr")" -eq 14 ]
	as_user srun --efa-verify=full -N1 hostname
	[ "$(grep -cE '  ok$' <<<"$stderr")" -eq 4 ]
	lab efa fault n2/rdmap144s27 unreachable 500ms
	as_user srun --efa-verify=full -N4 hostname
	[ "$status" -eq 75 ]
	own=$(grep -v '^srun: error: ' <<<"$stderr")
	echo "$own"
	[[ $own == "efagate: n2: EG403: "*$'\nefagate: no task started; try --exclude=n2'"$told"$'\nNODE '* ]]
	# libfabric 2.1 leaves it at silence.
	grep -qE '^n2 +rdmap144s27 +0000:90:1b.0 +- +- +- +-  failed: (Unresponsive receiver|no completion within [0-9.]+ s: .*)$' <<<"$stderr"
}

@test "-v says why FI_EFA_USE_HUGE_PAGE is what it is, with a check and without" {
	local need='set to 0: the ranks and their forks would need 15552 huge pages, 10561 are available'
	local remark='; libfabric 1.17 of this node is older than 1.19 and does not know it, the job may bring its own'
	# make check-trixie
	[ "$(fi_info --version | sed -n 's/^libfabric: //p')" = 1.17.0 ] || remark=
	as_user srun -v -N2 -n16 --efa-huge-page=auto sh -c 'echo "v=$FI_EFA_USE_HUGE_PAGE"'
	[ "$(grep -cx v=0 <<<"$output")" -eq 16 ]
	[ "$(grep ^efagate <<<"$stderr")" = "efagate: n1: FI_EFA_USE_HUGE_PAGE $need" ]
	as_user srun -N2 -n4 --efa-huge-page=auto sh -c 'echo "v=$FI_EFA_USE_HUGE_PAGE"'
	[ "$(grep -cx v= <<<"$output")" -eq 4 ]
	[ "$stderr" = "" ]
	as_user srun -v -N2 -n16 --efa-verify=check hostname
	[ "$(grep ^efagate <<<"$stderr")" = "efagate: 2 nodes, 8 EFA devices verified (check), FI_EFA_USE_HUGE_PAGE=0 set
efagate: n1: FI_EFA_USE_HUGE_PAGE $need$remark" ]
}

@test "the user's FI_EFA_USE_HUGE_PAGE wins, and a conflict is said once" {
	local check
	for check in off check; do
		as_user env FI_EFA_USE_HUGE_PAGE=1 srun -N2 --efa-verify=$check --efa-huge-page=0 sh -c 'echo "v=$FI_EFA_USE_HUGE_PAGE"'
		[ "$(grep -cx v=1 <<<"$output")" -eq 2 ]
		[ "$(grep -c 'FI_EFA_USE_HUGE_PAGE=1 of your environment stays, though huge_page=0 was asked for' <<<"$stderr")" -eq 1 ]
	done
	as_user env FI_EFA_USE_HUGE_PAGE=1 srun -N2 -n16 --efa-huge-page=auto sh -c 'echo "v=$FI_EFA_USE_HUGE_PAGE"'
	[ "$(grep -cx v=1 <<<"$output")" -eq 16 ]
	[ "$stderr" = "" ]
}

@test "EFAGATE_REPORT: each node's report, as the user's own file" {
	as_user env EFAGATE_REPORT="$home/r-%j-%s-%N.json" srun --efa-verify -N2 -w n1,n2 hostname
	[ "$status" -eq 0 ]
	set -- "$home"/r-*-0-n[12].json
	[ $# -eq 2 ]
	[ "$(stat -c '%U %a' "$@" | sort -u)" = "$(stat -c %U "$home") 644" ]
	run "$O/efagate" report "$@"
	[ "$status" -eq 0 ]
	[ "$(jq -r '.trigger, .verdict, (.devices | length), .devices[0].burst.peer' "$1" | paste -sd' ')" = "step pass 4 n2" ]
	lab efa fault n2/0000:90:1b.0 gone
	as_user env EFAGATE_REPORT="$home/bad" srun --efa-verify=check -N2 -w n1,n2 hostname
	[ "$status" -eq 75 ]
	[ "$(jq -r '.verdict, .findings[0].id' "$home/bad.n2" | paste -sd' ')" = "fail EG102" ]
	[ "$(jq -r .verdict "$home/bad.n1")" = pass ]
}

@test "EFAGATE_REPORT: a link is replaced and not followed, what the user may not write is said" {
	echo precious >"$EFAGATE_LAB/precious"
	chmod 666 "$EFAGATE_LAB/precious"
	lab as user1 ln -s "$EFAGATE_LAB/precious" report
	as_user env EFAGATE_REPORT="$home/report" srun --efa-verify=check -N1 hostname
	[ "$status" -eq 0 ]
	[ "$(cat "$EFAGATE_LAB/precious")" = precious ]
	[ ! -L "$home/report" ]
	jq -e '.schema == "efagate.report/1"' "$home/report"
	as_user env EFAGATE_REPORT=/etc/efagate-report srun --efa-verify=check -N1 -w n1 hostname
	[ "$status" -eq 0 ]
	[ "$stderr" = "efagate: 1 node, 4 EFA devices verified (check)
efagate: n1: EFAGATE_REPORT: '/etc/efagate-report': Permission denied" ]
	as_user env EFAGATE_REPORT=here srun --efa-verify=check -N1 hostname
	[ "$status" -eq 0 ]
	[[ $stderr == "srun: error: efagate: EFAGATE_REPORT: 'here' is not an absolute path; no report is written"* ]]
	[ ! -e "$home/here" ]
}

@test "a batch job that never starts a verified step gets one line, any other none" {
	local line='efagate: not verified: the job started no srun step with --efa-verify'
	job 'echo script'
	as_user sbatch -W --efa-verify=check -N2 -w n1,n2 -o out job
	[ "$(cat "$home/out")" = "script"$'\n'"$line" ]
	as_user sbatch -W -N2 -w n1,n2 -o out job
	[ "$(cat "$home/out")" = script ]
	job 'srun --efa-verify=off -N1 hostname'
	as_user sbatch -W --efa-verify=check -N2 -w n1,n2 -o out job
	[ "$(tail -n 1 "$home/out")" = "$line" ]
	# A step that has no task on the script's node.
	job 'srun -N1 -w n2 hostname'
	as_user sbatch -W --efa-verify=check -N2 -w n1,n2 -o out job
	[ "$(cat "$home/out")" = $'efagate: 1 node, 4 EFA devices verified (check)\nn2' ]
	plugin verify=off verify@main=check
	as_user sbatch -W -N2 -w n1,n2 -o out job
	run ! grep -q 'not verified' "$home/out"
	[ "$(lab on n1 ls /run/efagate-batch)" = "" ]
}

@test "array jobs: each task is verified" {
	job 'srun hostname'
	as_user sbatch -W --efa-verify=check --array=1-3 -N1 -o 'out.%a' job
	[ "$status" -eq 0 ]
	for task in 1 2 3; do
		grep -qx 'efagate: 1 node, 4 EFA devices verified (check)' "$home/out.$task"
	done
}

@test "several steps of a job at once, and with --overlap" {
	job 'for n in n1 n2 n3; do srun -N1 -n1 -w $n hostname & done' 'wait' \
		'srun -N3 --overlap hostname & srun -N3 --overlap hostname & wait'
	as_user sbatch -W --efa-verify=check -N3 -n6 -w n1,n2,n3 -o out job
	[ "$status" -eq 0 ]
	[ "$(grep -cx 'efagate: 1 node, 4 EFA devices verified (check)' "$home/out")" -eq 3 ]
	[ "$(grep -cx 'efagate: 3 nodes, 12 EFA devices verified (check)' "$home/out")" -eq 2 ]
}

@test "a multi-program step, --mpi=none and pmi2, root" {
	printf '0 hostname\n1 echo second\n' >"$home/multi"
	as_user srun --efa-verify=check -N2 -n2 --multi-prog multi
	[ "$status" -eq 0 ]
	[ "$stderr" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
	[[ $output == *second* ]]
	lab efa fault n2/0000:90:1b.0 gone
	for mpi in none pmi2; do
		as_user srun --mpi=$mpi --efa-verify=check -N2 -w n1,n3 hostname
		[ "$status" -eq 0 ]
		[ "$stderr" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
		as_user srun --mpi=$mpi --efa-verify=check -N2 -w n1,n2 hostname
		[ "$status" -eq 75 ]
		[ "$(grep ^efagate <<<"$stderr")" = "efagate: n2: EG102: 3/4 EFA on PCI, missing 0000:90:1b.0
efagate: no task started; try --exclude=n2$told" ]
	done
	run --separate-stderr lab run srun --efa-verify=check -N2 -w n1,n3 id -u
	[ "$status" -eq 0 ]
	[ "$output" = $'0\n0' ]
	[ "$stderr" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
}

@test "an interactive step is not checked, the steps in it are" {
	printf '%s\n' '#!/bin/sh' 'echo "shell on $(hostname) in step $SLURM_STEP_ID"' 'exec srun hostname' >"$home/inner"
	chmod 755 "$home/inner"
	lab conf slurm LaunchParameters=use_interactive_step \
		"InteractiveStepOptions=\"--interactive --preserve-env $home/inner\""
	as_user salloc -N2 -w n1,n2 --efa-verify=check
	[ "$status" -eq 0 ]
	# 0xfffffffa
	[ "$(sort <<<"$output")" = $'n1\nn2\nshell on n1 in step 4294967290' ]
	[ "$(grep ^efagate <<<"$stderr")" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
	lab efa fault n2/0000:90:1b.0 gone
	as_user salloc -N2 -w n1,n2 --efa-verify=check
	lab conf slurm LaunchParameters= InteractiveStepOptions=
	[ "$status" -eq 75 ]
	[ "$output" = "shell on n1 in step 4294967290" ]
	[ "$(grep ^efagate <<<"$stderr")" = "efagate: n2: EG102: 3/4 EFA on PCI, missing 0000:90:1b.0
efagate: no task started; try --exclude=n2$told" ]
}

@test "a heterogeneous batch job: its steps over all components are verified" {
	job 'srun --het-group=0,1 hostname'
	as_user sbatch -W --efa-verify=check -o out -N2 -w n1,n2 : -N1 -w n3 job
	cat "$home/out"
	[ "$status" -eq 0 ]
	[ "$(sort "$home/out")" = "efagate: 1 node, 4 EFA devices verified (check)
efagate: 2 nodes, 8 EFA devices verified (check)
n1
n2
n3" ]
}

@test "a heterogeneous job: each component is verified for itself" {
	as_user srun -N2 --efa-verify=check hostname : -N1 --efa-verify=check hostname
	[ "$status" -eq 0 ]
	[ "$(grep ^efagate <<<"$stderr" | sort)" = "efagate: 1 node, 4 EFA devices verified (check)
efagate: 2 nodes, 8 EFA devices verified (check)" ]
}

@test "two bad nodes and a cluster cause: few lines, the last says what to do" {
	local a b
	for a in n1 n2 n3; do
		for b in n1 n2 n3; do
			[ "$a" = "$b" ] || lab efa fault "$a" unreachable "$b"
		done
	done
	as_user srun --efa-verify -N3 -w n1,n2,n3 hostname
	lab efa fault n1 clear
	lab efa fault n3 clear
	[ "$status" -eq 75 ]
	[ "$(grep ^efagate <<<"$stderr")" = "efagate: EG401: none of the 12 EFA devices of 3 nodes reaches another node, though TCP does: the security group must allow all traffic from and to itself (or the subnets differ)
efagate: no task started" ]
}

@test "a failure of its own leaves root a mark on that node, and on no other" {
	local step
	lab on n2 rm -rf /run/efagate/marks
	lab efa fault n2/0000:90:1b.0 gone
	as_user srun --efa-verify=check -N3 -w n1,n2,n3 hostname
	[ "$status" -eq 75 ]
	step=$(lab run squeue -h -t all -o %i | sort -n | tail -n 1).0
	for _ in {1..50}; do
		lab on n2 test -e "/run/efagate/marks/$step" && break
		sleep 0.1
	done
	[ "$(lab on n2 stat -c '%U %a %h' "/run/efagate/marks/$step")" = "root 600 1" ]
	[[ "$(lab on n2 cat "/run/efagate/marks/$step")" =~ ^efagate.mark/1\ [0-9]{10}" 2001 EG102"$ ]]
	run lab on n1 test -e "/run/efagate/marks/$step"
	[ "$status" -ne 0 ]
	run lab run sinfo -h -N -o %E
	[ "$(sort -u <<<"$output")" = none ]
	# Root's next check of the node takes it.
	run lab on n2 env -i SLURMD_NODENAME=n2 SLURM_JOB_ID=99 SLURM_JOB_UID=2001 "$O/efagate" gate
	[ "$status" -eq 0 ]
	[[ "$output" =~ "efagate: n2: looked at anew, 1 step failed here: '"[0-9]{10}" 2001 EG102'" ]]
	[ "$(lab on n2 ls /run/efagate/marks)" = "" ]
}

@test "who was told: where root's gate runs, the mark; else nobody" {
	lab efa fault n2/0000:90:1b.0 gone
	as_user srun --efa-verify=check -N2 -w n1,n2 hostname
	[ "$status" -eq 75 ]
	[ "$(tail -n 1 <<<"$(grep ^efagate <<<"$stderr")")" = "efagate: no task started; try --exclude=n2$told" ]
	for n in n1 n2; do
		lab on $n env -i SLURMD_NODENAME=$n SLURM_JOB_ID=98 SLURM_JOB_UID=2001 "$O/efagate" gate
		lab on $n rm -rf /run/efagate/marks
	done
	as_user srun --efa-verify=check -N2 -w n1,n2 hostname
	[ "$status" -eq 75 ]
	[ "$(grep ^efagate <<<"$stderr")" = "efagate: n2: EG102: 3/4 EFA on PCI, missing 0000:90:1b.0
efagate: no task started; try --exclude=n2; marked for the gate's next look" ]
	for _ in {1..50}; do
		[ "$(lab on n2 find /run/efagate/marks -type f | wc -l)" = 1 ] && break
		sleep 0.1
	done
	[ "$(lab on n2 find /run/efagate/marks -type f | wc -l)" = 1 ]
	run lab on n2 env -i SLURMD_NODENAME=n2 SLURM_JOB_ID=99 SLURM_JOB_UID=2001 "$O/efagate" gate
	[[ "$output" == *"efagate: n2: looked at anew, 1 step failed here: "* ]]
	# A cause in the cluster is nobody's mark.
	lab efa fault n2 clear
	lab efa fault n1 closed
	as_user srun --efa-verify -N1 -w n1 hostname
	lab efa fault n1 clear
	for n in n1 n2; do lab on $n rm -rf /run/efagate; done
	[ "$status" -eq 75 ]
	[ "$(grep ^efagate <<<"$stderr")" = "efagate: EG401: none of the 4 EFA devices of n1 reaches another: the node is bad, or the security group must allow all traffic from and to itself (or the subnets differ)
efagate: no task started" ]
}

@test "--efa-stats: one table of what the step's own traffic counted" {
	printf '%s\n' '#!/bin/sh' 'if [ "$SLURM_NODEID" = 0 ]; then exec fi_pingpong -p efa -e rdm -I 100 -S 4096; fi' \
		'sleep 1' 'exec fi_pingpong -p efa -e rdm -I 100 -S 4096 n1' >"$home/pingpong"
	chmod 755 "$home/pingpong"
	as_user srun --efa-verify --efa-stats -N2 -w n1,n2 "$home/pingpong"
	echo "$output"
	echo "$stderr"
	[ "$status" -eq 0 ]
	[[ ${stderr%%$'\n'*} == "efagate: 2 nodes, 8 EFA devices verified (burst; "* ]]
	[ "$(grep -cE '^n[12] +rdmap[0-9]+s27 ' <<<"$stderr")" -eq 8 ]
	[ "$(sed -n 2p <<<"$stderr")" = "NODE  DEVICE            SENT   RECEIVED      PACKETS   RDMA OPS    RETRANS  TIMEOUTS  ERRORS" ]
	# fi_pingpong uses one device a node; the burst of the check is not in it.
	[ "$(grep -cE '^n[12] +rdmap[0-9]+s27 +4[0-9][0-9].[0-9] kB +4[0-9][0-9].[0-9] kB +[0-9]+ +0 +0 +0 +0$' <<<"$stderr")" -eq 2 ]
	[ "$(grep -cE '^n[12] +rdmap[0-9]+s27 +0 B +0 B +0 +0 +0 +0 +0$' <<<"$stderr")" -eq 6 ]
}

@test "--efa-stats marks what is unusual" {
	printf '%s\n' '#!/bin/sh' 'if [ "$SLURM_NODEID" = 0 ]; then exec fi_pingpong -p efa -e rdm -I 200 -S 4096; fi' \
		'sleep 1' 'exec fi_pingpong -p efa -e rdm -I 200 -S 4096 n1' >"$home/pingpong"
	chmod 755 "$home/pingpong"
	lab efa fault n2 drops 20%
	as_user srun --efa-stats -N2 -w n1,n2 "$home/pingpong"
	echo "$stderr"
	[ "$status" -eq 0 ]
	# fi_pingpong uses the first device; the others, of which none was used, are as usual.
	[ "$(grep -c '^n2 .* ! retransmits$' <<<"$stderr")" -eq 1 ]
	[ "$(grep -c ' ! ' <<<"$stderr")" -le 2 ]
	# A peer that does not answer is an error of the one who asked.
	lab efa fault n2 clear
	lab efa fault n2 unreachable n1
	as_user srun --efa-stats -N2 -w n1,n2 "$home/pingpong"
	echo "$stderr"
	grep -qE '^n[12] .* [1-9][0-9]*  ! errors$' <<<"$stderr"
}

@test "--efa-stats also with --export=NONE, from salloc, in a batch job; a refused step has none" {
	as_user srun --efa-stats --export=NONE -N2 /bin/hostname
	[ "$(grep -cE '^n[12] +rdmap[0-9]+s27 +0 B +0 B +0 +0 +0 +0 +0$' <<<"$stderr")" -eq 8 ]
	[ "$(wc -l <<<"$stderr")" -eq 9 ]
	as_user salloc -N3 -n6 --efa-stats srun -N2 -n4 hostname
	echo "$stderr"
	[ "$(grep -c '^NODE ' <<<"$stderr")" -eq 1 ]
	[ "$(grep -cE '^n[123] +rdmap' <<<"$stderr")" -eq 8 ]
	as_user srun -N2 --efa-stats hostname : -N1 --efa-stats hostname
	echo "$stderr"
	[ "$(grep -c '^NODE ' <<<"$stderr")" -eq 1 ]
	[ "$(grep -cE '^n[1-4] +rdmap' <<<"$stderr")" -eq 12 ]
	job 'srun -N1 hostname' 'srun --efa-stats=off -N1 hostname'
	as_user sbatch -W --efa-stats -N1 -o out job
	[ "$(grep -c '^NODE ' "$home/out")" -eq 1 ]
	lab efa fault n2/0000:90:1b.0 gone
	as_user srun --efa-stats --efa-verify=check -N2 -w n1,n2 hostname
	[ "$status" -eq 75 ]
	[[ $stderr != *"NODE "* ]]
	[[ $stderr == *"efagate: no task started; try --exclude=n2$told"* ]]
}
