#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# A step that is cancelled, interrupted or frozen in the middle of its burst,
# many steps in a row, a plugin file that is missing or of another Slurm: what
# ends when, and that nothing is left behind.
# shellcheck disable=SC2016,SC2154 # words for the tasks' shells; $stderr is set by run

bats_require_minimum_version 1.5.0
load helpers

limit_ms=7000 # timeout_ms and one second more

setup_file() {
	lab_up_once -n 4
	lab conf efagate 'expected_devices = 4' 'meet_ms = 5000'
	# Slurm's own default: so long, and 2 s more, srun waits for its step. When it has gone
	# before, slurmstepd tries twice for 2.3 s to tell it of the end.
	lab conf slurm KillWait=30
	for n in n1 n2 n3 n4; do
		declare -gx "space_$n=$(lab on $n readlink /proc/self/ns/mnt)"
	done
	space_ctld=$(lab run readlink /proc/self/ns/mnt)
	export space_ctld
}

teardown_file() {
	lab_down
}

setup() {
	plugin optional
}

teardown() {
	lab efa fault n2 clear
	lab wait-idle 20
}

# plugin optional|required [PATH]
plugin() {
	lab conf plugstack "$1 ${2:-$O/efagate.so} helper=$O/efagate timeout_ms=6000"
}

now_ms() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# processes_in NODE PATTERN...: pids of pgrep in the namespaces of this lab's NODE (or ctld).
processes_in() {
	local pid space=space_$1
	shift
	for pid in $(pgrep "$@"); do
		[ "$(readlink "/proc/$pid/ns/mnt" 2>/dev/null)" != "${!space}" ] || echo "$pid"
	done
}

# What a step must not leave behind: processes of efagate's, files in /dev/shm.
left_behind() {
	local n
	for n in n1 n2 n3 n4; do
		processes_in $n -f ' step-member ' | sed "s/^/$n: process /"
		lab on "$n" find /dev/shm -mindepth 1 -printf "$n: %f\n"
	done
}

nothing_left() {
	for _ in {1..20}; do
		[ "$(left_behind)" = "" ] && return 0
		sleep 0.1
	done
	left_behind
	return 1
}

# A burst that lasts some 4 s, in the background: n2 reaches nobody.
start_long_burst() {
	lab efa fault n2 unreachable
	"$lab_program" as user1 srun --efa-verify -N4 sh -c 'echo a task has run' >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	srun=$!
	for _ in {1..200}; do
		[ "$(processes_in n4 -f ' step-member ' | wc -l)" -ge 2 ] && break
		sleep 0.05
	done
	sleep 0.3
	begin=$(now_ms)
}

# Until nothing of the step is left on any node: efagate's processes and Slurm's own of it.
wait_for_end() {
	local n left
	for _ in {1..300}; do
		left=
		for n in n1 n2 n3 n4; do
			left+=$(processes_in $n -f ' step-member ')$(processes_in $n -f '^slurmstepd: ')
		done
		[ "$left" != "" ] || return 0
		sleep 0.05
	done
	return 1
}

# The step is over on every node within the limit, no task has run, nothing is left.
end_long_burst() {
	wait_for_end
	[ $(($(now_ms) - begin)) -lt $limit_ms ]
	wait "$srun" || true
	cat "$BATS_TEST_TMPDIR/out"
	lab wait-idle 20
	run ! grep -q 'a task has run' "$BATS_TEST_TMPDIR/out"
	nothing_left
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
}

last_job() {
	lab run squeue -h -t all -o '%i' | sort -n | tail -n 1
}

@test "scancel in the middle of a burst: the step ends in time and leaves nothing" {
	start_long_burst
	lab as user1 scancel "$(last_job)"
	end_long_burst
}

@test "Ctrl-C in the middle of a burst: likewise" {
	local pid
	start_long_burst
	pid=$(processes_in ctld -u 2001 -x srun | tail -n 1)
	kill -INT "$pid"
	sleep 0.2
	kill -INT "$pid"
	end_long_burst
}

@test "srun killed in the middle of a burst: no task starts, nothing is left" {
	start_long_burst
	kill -KILL "$(processes_in ctld -u 2001 -x srun | head -n 1)"
	wait "$srun" || true
	while [ "$(left_behind)" != "" ]; do
		[ $(($(now_ms) - begin)) -lt $limit_ms ]
		sleep 0.1
	done
	run ! grep -q 'a task has run' "$BATS_TEST_TMPDIR/out"
	# Slurm itself keeps the allocation of an srun that is gone.
	lab as user1 scancel "$(last_job)"
}

@test "a helper frozen by the freezer in the middle of a burst: the others end in time, the node lives" {
	local freezer state pid
	freezer=$(mktemp -d "/sys/fs/cgroup/$([ -d /sys/fs/cgroup/freezer ] && echo freezer/)efagate-test.XXXXXX")
	start_long_burst
	for pid in $(left_behind | sed -n 's/^n4: process //p'); do
		echo "$pid" >"$freezer/cgroup.procs"
	done
	state=$freezer/freezer.state
	if [ -e "$state" ]; then echo FROZEN >"$state"; else echo 1 >"$freezer/cgroup.freeze"; fi
	wait "$srun" || status=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ $(($(now_ms) - begin)) -lt $limit_ms ]
	[ "$status" -eq 75 ]
	grep -q '^efagate: .*n4' "$BATS_TEST_TMPDIR/out"
	run ! grep -q 'a task has run' "$BATS_TEST_TMPDIR/out"
	if [ -e "$state" ]; then echo THAWED >"$state"; else echo 0 >"$freezer/cgroup.freeze"; fi
	lab efa fault n2 clear
	lab wait-idle 20
	run lab as user1 srun --efa-verify -N4 hostname
	[ "$status" -eq 0 ]
	nothing_left
	for _ in {1..50}; do
		rmdir "$freezer" 2>/dev/null && break
		sleep 0.1
	done
	[ ! -e "$freezer" ]
}

# "FDS RSS-KIB CHILDREN" of the slurmd of n1.
slurmd_of_n1() {
	local pid
	pid=$(lab on n1 cat /run/slurmd.pid)
	echo "$(find "/proc/$pid/fd" -mindepth 1 | wc -l) $(awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status") $(pgrep -c -P "$pid" || true)"
}

@test "a hundred steps in a row leave nothing in slurmd" {
	local before after
	printf '%s\n' '#!/bin/sh' 'for i in $(seq "$1"); do srun --efa-verify=check --efa-stats -N1 true 2>&1 || exit; done' \
		>"$EFAGATE_LAB/home/user1/steps"
	chmod 755 "$EFAGATE_LAB/home/user1/steps"
	# The first ones fill slurmd's own caches.
	lab as user1 salloc -w n1 -N1 ./steps 10 >/dev/null
	lab wait-idle 20
	read -r -a before < <(slurmd_of_n1)
	run lab as user1 salloc -w n1 -N1 ./steps 100
	[ "$status" -eq 0 ]
	[ "$(grep -c 'efagate: 1 node, 4 EFA devices verified (check)' <<<"$output")" -eq 100 ]
	lab wait-idle 20
	read -r -a after < <(slurmd_of_n1)
	echo "fds, KiB, children before ${before[*]}, after ${after[*]}"
	[ "${after[0]}" -le $((before[0] + 2)) ]
	[ "${after[1]}" -le $((before[1] + 4096)) ]
	[ "${after[2]}" -le "${before[2]}" ]
	nothing_left
	[ "$(lab on n1 find /run/efagate-batch -mindepth 1 2>/dev/null)" = "" ]
}

# other_slurm: a plugin of this name, built for a Slurm that is none of ours.
other_slurm() {
	cat >"$BATS_TEST_TMPDIR/other.c" <<-'END'
		#include <stdint.h>
		#include <sys/types.h>
		#include <slurm/spank.h>
		#undef SLURM_VERSION_NUMBER
		#define SLURM_VERSION_NUMBER 0x150800
		SPANK_PLUGIN(efagate, 1)
		int slurm_spank_init(spank_t spank, int ac, char *argv[]) { (void)spank; (void)ac; (void)argv; return 0; }
	END
	gcc -shared -fPIC -o "$EFAGATE_LAB/other.so" "$BATS_TEST_TMPDIR/other.c"
}

@test "a plugin that is missing or of another Slurm changes nothing when it is optional" {
	local file
	other_slurm
	for file in "$EFAGATE_LAB/missing.so" "$EFAGATE_LAB/other.so"; do
		plugin optional "$file"
		run lab as user1 srun -N4 hostname
		[ "$status" -eq 0 ]
		[ "$(grep -cx 'n[1-4]' <<<"$output")" -eq 4 ]
		lab stop n3
		lab start n3
		lab wait-idle 20
	done
	# The option is then unknown: nothing runs unverified without a word.
	run lab as user1 srun --efa-verify -N4 hostname
	[ "$status" -ne 0 ]
	[[ $output == *"unrecognized option '--efa-verify'"* ]]
}

@test "a plugin that is missing or of another Slurm stops srun and slurmd when it is required" {
	local file
	other_slurm
	for file in "$EFAGATE_LAB/missing.so" "$EFAGATE_LAB/other.so"; do
		lab stop n3
		# Not by lab conf, which waits for daemons that do start.
		echo "required $file" >"$EFAGATE_LAB/slurm/plugstack.conf"
		run lab as user1 srun -N2 hostname
		[ "$status" -ne 0 ]
		echo "$output"
		[[ $output == *"Plug-in initialization failed"* ]]
		run lab start n3
		[ "$status" -ne 0 ]
		plugin optional
		lab start n3
		lab resume
	done
}
