#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The plugin in real steps, with a helper that does what a test says
# (fake_helper.c): what the user sees, and that nothing a helper does harms
# slurmstepd, the step's end or the node.
# shellcheck disable=SC2016,SC2154 # words for the tasks' shells; $stderr is set by run

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	lab_up_once -n 3 --no-efa
	export FAKE=$EFAGATE_LAB/fake
	mkdir "$FAKE"
	chmod 1777 "$FAKE"
	install -m 755 "$O/tests/cluster/fake_helper" "$FAKE/efagate"
	install -m 755 "$O/efagate.so" "$EFAGATE_LAB/efagate.so"
}

teardown_file() {
	lab_down
}

setup() {
	rm -f "$FAKE"/word* "$FAKE"/seen*
	plugin_with "helper=$FAKE/efagate" timeout_ms=1000
	show_huge='echo $(hostname) ${FI_EFA_USE_HUGE_PAGE-unset}'
}

# plugin_with ARGUMENT...: the plugin's line in plugstack.conf.
plugin_with() {
	lab conf plugstack "optional $EFAGATE_LAB/efagate.so $*"
}

# helper_does WORD [NODE]
helper_does() {
	echo "$1" >"$FAKE/word${2:+.$2}"
}

as_user() {
	run --separate-stderr lab as user1 "$@" </dev/null
}

# What came out: the tasks' own lines in order, and what efagate said.
tasks() {
	sort <<<"$output" | tr '\n' ' '
}

said() {
	grep '^efagate' <<<"$stderr" || true
}

# seen NODE OPTION: the value the helper was given.
seen() {
	sed -n "/^argument: $2\$/{n;s/^argument: //p}" "$FAKE/seen.$1"
}

last_job() {
	lab run squeue -h -t all -o '%i' | sort -n | tail -n 1
}

nodes_are_well() {
	lab wait-idle 10
	[ "$(lab run sinfo -h -N -o '%T %E' | sort -u)" = "idle none" ]
}

@test "GO: every task runs, one line, exit code 0" {
	helper_does go
	as_user srun -N3 --efa-verify hostname
	[ "$status" -eq 0 ]
	[ "$(tasks)" = "n1 n2 n3 " ]
	[ "$stderr" = "efagate: n1: the verdict is go" ]
}

@test "a silent GO says nothing" {
	helper_does "go silent"
	as_user srun -N3 --efa-verify=check hostname
	[ "$status" -eq 0 ]
	[ "$(tasks)" = "n1 n2 n3 " ]
	[ "$stderr" = "" ]
}

@test "without the option no helper runs" {
	helper_does nogo
	as_user srun -N3 hostname
	[ "$status" -eq 0 ]
	as_user srun -N3 --efa-verify=off hostname
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	[ ! -e "$FAKE/seen.n1" ]
}

@test "no GO: no task runs, one line, exit code 75, the job FAILED 75:0" {
	local job
	helper_does nogo
	as_user srun -N3 -n6 --efa-verify hostname
	[ "$status" -eq 75 ]
	[ "$output" = "" ]
	[ "$(said)" = "efagate: n1: the verdict is nogo" ]
	[ "$(grep -v '^efagate' <<<"$stderr" | grep -vcE '^srun: error: n[1-3]: tasks? [0-9-]+: Exited with exit code 75$')" = 0 ]
	job=$(last_job)
	run lab run scontrol show job "$job"
	[[ $output == *"JobState=FAILED Reason=NonZeroExitCode"* ]]
	[[ $output == *"ExitCode=75:0"* ]]
	nodes_are_well
}

@test "no GO with warn: the tasks run and the line is there" {
	helper_does nogo
	as_user srun -N3 --efa-verify --efa-on-failure=warn hostname
	[ "$status" -eq 0 ]
	[ "$(tasks)" = "n1 n2 n3 " ]
	[ "$stderr" = "efagate: n1: the verdict is nogo" ]
	[ "$(seen n2 --on-failure)" = warn ]
}

@test "a bad word is refused by name, exit code 255, and no job is made" {
	local before option word allowed
	before=$(last_job)
	while read -r option word allowed; do
		echo "# $option $word"
		as_user srun -N2 -w n1,n2 "--$option=$word" hostname
		[ "$status" -eq 255 ]
		[ "$output" = "" ]
		[ "${stderr%%$'\n'*}" = "srun: error: efagate: --$option: '$word' is not one of $allowed" ]
		as_user sbatch "--$option=$word" --wrap hostname
		[ "$status" -ne 0 ]
		[[ $stderr == *"efagate: --$option: '$word' is not one of $allowed"* ]]
		as_user salloc "--$option=$word" true
		[ "$status" -ne 0 ]
	done <<-'EOF'
		efa-verify bad off, check, burst, full
		efa-verify Full off, check, burst, full
		efa-stats maybe off, on
		efa-on-failure drain stop, warn
		efa-huge-page 1 auto, 0, keep
	EOF
	[ "$(last_job)" = "$before" ]
}

@test "whatever a helper does, the step ends in time with one clear line" {
	local word line start
	while IFS='|' read -r word line; do
		echo "# $word"
		rm -f "$FAKE"/seen*
		helper_does "$word"
		start=${EPOCHREALTIME/./}
		as_user srun -N3 --efa-verify hostname
		[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 5000 ]
		[ "$status" -eq 75 ]
		[ "$output" = "" ]
		[ "$(said)" = "efagate: n1: helper $line; no task started (EG901)" ]
	done <<-'EOF'
		nothing|ended with exit code 0 and sent no record
		nothing, exit 3|ended with exit code 3 and sent no record
		crash|ended by signal 11
		hang|was killed at its deadline of 1.0 s
		spin|was killed at its deadline of 1.0 s
		half|sent no valid record
		half, hang|was killed at its deadline of 1.0 s
		flood|sent no valid record
		garbage|sent no valid record
	EOF
	lab log n2 | grep -q 'efagate: n2: helper ended by signal 11; no task started (EG901)'
	helper_does go
	as_user srun -N3 --efa-verify hostname
	[ "$status" -eq 0 ]
	nodes_are_well
}

@test "a helper that hangs or crashes after its verdict takes nothing back" {
	local word
	for word in "go, hang" "go, crash"; do
		helper_does "$word" n2
		helper_does go
		as_user srun -N3 --efa-verify hostname
		[ "$status" -eq 0 ]
		[ "$(tasks)" = "n1 n2 n3 " ]
	done
	lab log n2 | grep -q 'efagate: n2: helper did not exit and was killed after its verdict'
	lab log n2 | grep -q 'efagate: n2: helper ended by signal 11 after its verdict'
}

@test "a helper that is missing or cannot be executed is named" {
	plugin_with "helper=$FAKE/absent"
	as_user srun -N3 --efa-verify hostname
	[ "$status" -eq 75 ]
	[ "$output" = "" ]
	[ "$(said)" = "efagate: n1: helper cannot be started: '$FAKE/absent': No such file or directory; no task started (EG901)" ]
	plugin_with "helper=$FAKE/word"
	helper_does go
	as_user srun -N3 --efa-verify hostname
	[ "$status" -eq 75 ]
	[ "$(said)" = "efagate: n1: helper cannot be started: '$FAKE/word': Permission denied; no task started (EG901)" ]
	as_user srun -N3 --efa-verify --efa-on-failure=warn hostname
	[ "$status" -eq 0 ]
	[ "$(tasks)" = "n1 n2 n3 " ]
	[ "$stderr" = "efagate: n1: helper cannot be started: '$FAKE/word': Permission denied; tasks started unverified (EG901)" ]
	nodes_are_well
}

# Freezer of cgroup v1: SIGKILL waits until it thaws, as in state D. In v2 it ends the process.
freezer_make() {
	if [ -d /sys/fs/cgroup/freezer ]; then
		freezer=$(mktemp -d /sys/fs/cgroup/freezer/efagate-test.XXXXXX)
		frozen_end='cannot be ended and was given up at its deadline of 1.0 s'
	else
		freezer=$(mktemp -d /sys/fs/cgroup/efagate-test.XXXXXX)
		frozen_end='was killed at its deadline of 1.0 s'
	fi
}

freezer_freeze() {
	echo "$1" >"$freezer/cgroup.procs"
	if [ -e "$freezer/freezer.state" ]; then
		echo FROZEN >"$freezer/freezer.state"
	else
		echo 1 >"$freezer/cgroup.freeze"
	fi
}

freezer_remove() {
	if [ -e "$freezer/freezer.state" ]; then
		echo THAWED >"$freezer/freezer.state"
	else
		echo 0 >"$freezer/cgroup.freeze"
	fi
	for _ in {1..50}; do
		rmdir "$freezer" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

wait_for_pid() {
	for _ in {1..200}; do
		[ -e "$FAKE/seen.$1" ] && sed -n 's/^pid: //p' "$FAKE/seen.$1" && return 0
		sleep 0.02
	done
	return 1
}

@test "a helper that cannot be killed holds neither the step nor the node" {
	local freezer frozen_end start freezing
	freezer_make
	helper_does hang n1
	helper_does go
	freezer_freeze_helper() { freezer_freeze "$(wait_for_pid n1)"; }
	freezer_freeze_helper &
	freezing=$!
	start=${EPOCHREALTIME/./}
	as_user timeout 30 srun -N3 --efa-verify hostname
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 5000 ]
	wait "$freezing"
	[ "$status" -eq 75 ]
	[ "$(said)" = "efagate: n1: helper $frozen_end; no task started (EG901)" ]
	rm "$FAKE/word.n1"
	as_user srun -N3 --efa-verify hostname
	[ "$status" -eq 0 ]
	[ "$(tasks)" = "n1 n2 n3 " ]
	nodes_are_well
	freezer_remove
}

@test "the helper is the user, for good, and holds nothing of slurmstepd" {
	helper_does go
	as_user srun -N3 --efa-verify hostname
	[ "$status" -eq 0 ]
	run grep -vE '^(pid|argument|CapBnd|Groups):' "$FAKE/seen.n3"
	echo "$output"
	[ "$output" = "$(
		cat <<-'EOF'
			group: own
			environment: PATH=/usr/bin:/bin
			environment: LANG=C
			Uid:	2001	2001	2001	2001
			Gid:	2001	2001	2001	2001
			SigBlk:	0000000000000000
			SigIgn:	0000000000000000
			CapInh:	0000000000000000
			CapPrm:	0000000000000000
			CapEff:	0000000000000000
			CapAmb:	0000000000000000
			secure: 0
			fd 0: /dev/null
			fd 1: /dev/null
			fd 2: /dev/null
			fd 3: pipe:
			become root: Operation not permitted
			end
		EOF
	)" ]
	[ "$(sed -n 's/^Groups:[[:space:]]*//p' "$FAKE/seen.n3" | tr -d ' ')" = 2001 ]
}

@test "the helper is told the step's facts" {
	local job
	helper_does go
	as_user env FI_PROVIDER=tcp srun -w n2,n3 -n5 --efa-verify=check hostname
	[ "$status" -eq 0 ]
	job=$(last_job)
	run sed -n 's/^argument: //p' "$FAKE/seen.n3"
	[ "${lines[*]}" = "step-member --job $job --step 0 --uid 2001 --nodes n[2-3] --node n3 --index 1 --count 2 --ranks $(seen n3 --ranks) --verify check --on-failure stop --huge-page auto --timeout-ms 1000 --memlock $(seen n3 --memlock) --provider FI_PROVIDER=tcp" ]
	[ $(($(seen n2 --ranks) + $(seen n3 --ranks))) -eq 5 ]
}

@test "the helper is told the limit, the library and the providers that the tasks will have" {
	helper_does go
	as_user env LD_LIBRARY_PATH=/a:/b FI_PROVIDER_PATH=/c sh -c 'ulimit -Sl 64; exec "$@"' sh \
		srun -w n2 -N1 --efa-verify=check sh -c 'echo $(($(ulimit -Sl) * 1024))'
	[ "$status" -eq 0 ]
	[ "$output" = 65536 ]
	[ "$(seen n2 --memlock) $(seen n2 --library-path) $(seen n2 --provider-path)" = "65536 /a:/b /c" ]
	[ "$(seen n2 --provider)" = "" ]
	# Root's tasks have no limit.
	lab run srun -w n2 -N1 --efa-verify=check true
	[ "$(seen n2 --memlock)" = "" ]
}

@test "the ranks are the GPUs of the job where these are more than its tasks" {
	helper_does go
	as_user env SLURM_GPUS_ON_NODE=8 srun -w n2 -N1 -n1 --efa-verify=check hostname
	[ "$(seen n2 --ranks)" = 8 ]
	as_user env SLURM_GPUS_ON_NODE=1 srun -w n2 -N1 -n2 --efa-verify=check hostname
	[ "$(seen n2 --ranks)" = 2 ]
	as_user env SLURM_GPUS_ON_NODE=many srun -w n2 -N1 -n1 --efa-verify=check hostname
	[ "$(seen n2 --ranks)" = 1 ]
}

@test "a step on part of an allocation gets its own nodes" {
	helper_does go
	as_user salloc -N3 srun -N2 -w n1,n3 --efa-verify hostname
	[ "$status" -eq 0 ]
	[ "$(seen n1 --nodes) $(seen n1 --index)" = "n[1,3] 0" ]
	[ "$(seen n3 --nodes) $(seen n3 --index)" = "n[1,3] 1" ]
	[ ! -e "$FAKE/seen.n2" ]
}

@test "each component of a heterogeneous step is its own, also when they lie between each other" {
	helper_does go
	as_user srun -w n1,n3 -N2 --efa-verify hostname : -w n2 -N1 --efa-verify hostname
	[ "$status" -eq 0 ]
	[ "$(tasks)" = "n1 n2 n3 " ]
	[ "$(seen n1 --nodes) $(seen n1 --index) $(seen n1 --count)" = "n1,n3 0 2" ]
	[ "$(seen n3 --nodes) $(seen n3 --index) $(seen n3 --count)" = "n1,n3 1 2" ]
	[ "$(seen n2 --nodes) $(seen n2 --index) $(seen n2 --count)" = "n2 0 1" ]
	[ "$(said | sort | tr '\n' ' ')" = "efagate: n1: the verdict is go efagate: n2: the verdict is go " ]
}

@test "FI_EFA_USE_HUGE_PAGE=0 reaches the tasks when the verdict says so, also with --export=NONE" {
	local kept
	helper_does "go huge"
	for kept in ALL NONE; do
		as_user srun -N2 -w n1,n2 "--export=$kept" --efa-verify /bin/sh -c "$show_huge"
		[ "$status" -eq 0 ]
		[ "$(tasks)" = "n1 0 n2 0 " ]
	done
	helper_does go
	as_user srun -N2 -w n1,n2 --efa-verify sh -c "$show_huge"
	[ "$(tasks)" = "n1 unset n2 unset " ]
}

@test "the user's own FI_EFA_USE_HUGE_PAGE stays and is told to the helper" {
	helper_does "go huge"
	as_user env FI_EFA_USE_HUGE_PAGE=1 srun -N2 -w n1,n2 --efa-verify sh -c "$show_huge"
	[ "$(tasks)" = "n1 1 n2 1 " ]
	[ "$(seen n2 --user-huge-page)" = 1 ]
	as_user env FI_EFA_USE_HUGE_PAGE=1 srun -N2 -w n1,n2 --efa-huge-page=0 sh -c "$show_huge"
	[ "$(tasks)" = "n1 1 n2 1 " ]
}

@test "--efa-huge-page=0 works without a check, in steps and in a batch script" {
	as_user srun -N2 -w n1,n2 --efa-huge-page=0 sh -c "$show_huge"
	[ "$(tasks)" = "n1 0 n2 0 " ]
	printf '#!/bin/sh\n%s\n' "$show_huge" >"$EFAGATE_LAB/home/user1/job"
	as_user sbatch -W -w n1 --efa-huge-page=0 -o out job
	[ "$(cat "$EFAGATE_LAB/home/user1/out")" = "n1 0" ]
	as_user env FI_EFA_USE_HUGE_PAGE=1 sbatch -W -w n1 --efa-huge-page=0 -o out job
	[ "$(cat "$EFAGATE_LAB/home/user1/out")" = $'efagate: FI_EFA_USE_HUGE_PAGE=1 of your environment stays, though huge_page=0 was asked for\nn1 1' ]
	as_user sbatch -W -w n1 --efa-huge-page=auto -o out job
	[ "$(cat "$EFAGATE_LAB/home/user1/out")" = "n1 unset" ]
	[ ! -e "$FAKE/seen.n1" ]
}

@test "salloc's option holds for its sruns, and after a refused step the next one runs" {
	helper_does nogo
	as_user salloc -N2 --efa-verify sh -c "srun hostname; echo first \$?; for n in n1 n2; do echo go >$FAKE/word.\$n; done; srun hostname; echo second \$?"
	[ "$(tasks)" = "first 75 n1 n2 second 0 " ]
}

@test "sbatch's option holds for its sruns; the script itself is not checked" {
	local option
	for option in --efa-verify --efa-verify=check; do
		rm -f "$FAKE"/seen*
		helper_does "nogo"
		printf '#!/bin/sh\necho script\nsrun hostname\necho $?\n' >"$EFAGATE_LAB/home/user1/job"
		as_user sbatch -W -N2 -w n1,n2 $option -o out job
		run grep -v '^srun: error:' "$EFAGATE_LAB/home/user1/out"
		[ "$output" = $'script\nefagate: n1: the verdict is nogo\n75' ]
		[ "$(seen n2 --step)" = 0 ]
	done
	[ "$(seen n2 --verify)" = check ]
}

@test "an inner srun's own option wins over the job's" {
	helper_does nogo
	as_user salloc -N2 --efa-verify srun --efa-verify=off hostname
	[ "$(tasks)" = "n1 n2 " ]
	[ ! -e "$FAKE/seen.n1" ]
}

@test "the Prolog sees the word" {
	printf '#!/bin/sh\necho "$SPANK_EFA_VERIFY" >"%s/prolog.$SLURMD_NODENAME"\n' "$EFAGATE_LAB" >"$EFAGATE_LAB/prolog"
	chmod 755 "$EFAGATE_LAB/prolog"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog"
	helper_does go
	as_user srun -w n2 --efa-verify hostname
	[ "$(cat "$EFAGATE_LAB/prolog.n2")" = burst ]
	as_user salloc -w n2 --efa-verify=check true
	[ "$(cat "$EFAGATE_LAB/prolog.n2")" = check ]
	as_user sbatch -W -w n2 --efa-verify=off -o out --wrap true
	[ "$(cat "$EFAGATE_LAB/prolog.n2")" = off ]
	as_user srun -w n2 hostname
	[ "$(cat "$EFAGATE_LAB/prolog.n2")" = "" ]
	lab conf slurm Prolog=
}

@test "plugstack.conf gives the site's defaults and the user overrides them" {
	plugin_with "helper=$FAKE/efagate" verify=check on_failure=warn huge_page=keep timeout_ms=2000
	helper_does nogo
	as_user srun -N2 -w n1,n2 hostname
	[ "$status" -eq 0 ]
	[ "$(tasks)" = "n1 n2 " ]
	[ "$(seen n1 --verify) $(seen n1 --on-failure) $(seen n1 --huge-page) $(seen n1 --timeout-ms)" = "check warn keep 2000" ]
	as_user srun -N2 -w n1,n2 --efa-on-failure=stop hostname
	[ "$status" -eq 75 ]
	as_user srun -N2 -w n1,n2 --efa-verify=off hostname
	[ "$status" -eq 0 ]
}

@test "a mistake in plugstack.conf is named by srun and slurmd and stops nothing" {
	plugin_with "helper=$FAKE/efagate" colour=blue
	helper_does go
	as_user srun -N2 -w n1,n2 --efa-verify hostname
	[ "$status" -eq 0 ]
	[ "$(tasks)" = "n1 n2 " ]
	[ "$(grep -c colour <<<"$stderr")" = 1 ]
	[[ $stderr == *"srun: error: efagate: plugstack.conf: unknown argument 'colour=blue', known are verify=, on_failure=, huge_page=, stats= (each also with @PARTITION and behind forbid_), force=, helper=, auth=, timeout_ms="* ]]
	lab stop n3
	lab start n3
	lab wait-idle 20
	lab log n3 | grep -q "error: efagate: plugstack.conf: unknown argument 'colour=blue'"
}

@test "the plugin exports Slurm's names and needs libc alone" {
	run bash -c "nm -D --defined-only '$O/efagate.so' | awk '{ print \$3 }' | grep -vE '^(plugin_(name|type|version)|spank_plugin_version|slurm_spank_[a-z_]+)\$'"
	[ "$output" = "" ]
	run bash -c "nm -D --undefined-only '$O/efagate.so' | awk '{ print \$2 }' | grep -vE '@GLIBC|^(slurm|spank)_|^_ITM_|^__gmon_start__'"
	[ "$output" = "" ]
	# No thread, no handler of a signal, nothing that ends slurmstepd.
	run bash -c "nm -D --undefined-only '$O/efagate.so' | grep -wE 'pthread_create|signal|sigaction|exit|abort'"
	[ "$output" = "" ]
	run bash -c "objdump -p '$O/efagate.so' | awk '\$1 == \"NEEDED\" { print \$2 }'"
	[ "$output" = libc.so.6 ]
}
