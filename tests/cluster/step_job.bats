#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# A verified step judges what its tasks meet, not what slurmd has: their limit
# of locked memory, their environment, the devices they were given.
# shellcheck disable=SC2016,SC2154 # words for the tasks' shells; $stderr is set by run

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	lab_up_once -n 3
	lab conf efagate 'expected_devices = 4' 'meet_ms = 5000' '[policy]' 'EG203 = warn'
	lab conf plugstack "optional $O/efagate.so helper=$O/efagate timeout_ms=12000"
}

teardown_file() {
	lab_down
	find /sys/fs/cgroup/*/slurm_n* -depth -type d -exec rmdir {} + 2>/dev/null || true
}

as_user() {
	run --separate-stderr timeout 60 "$lab_program" as user1 "$@" </dev/null
}

# What the user is told where a task's limit is $1 KiB, or unlimited.
told_of_memlock() {
	local limit
	if [ "$1" = unlimited ] || [ "$1" -ge 16777216 ]; then
		echo "efagate: 2 nodes, 8 EFA devices verified (check)"
	else
		limit="$1 KiB"
		[ $(($1 % 1024)) -ne 0 ] || limit="$(($1 / 1024)) MiB"
		echo "efagate: 2 nodes, 8 EFA devices verified (check), 2 warnings: all nodes EG203 memlock limit is $limit, below 16 GiB"
	fi
}

# same_limit ARGUMENT...: of a step with these, that its tasks have $limit, and the user is told of that.
same_limit() {
	as_user sh -c 'ulimit -Sl 64; exec "$@"' sh srun --efa-verify=check -N2 -w n1,n2 "$@" /bin/sh -c 'ulimit -Sl'
	echo "$output"
	echo "$stderr"
	[ "$status" -eq 0 ]
	limit=$(sort -u <<<"$output")
	[ "$stderr" = "$(told_of_memlock "$limit")" ]
}

@test "EG203 is about the limit the tasks will have" {
	local limit
	same_limit
	[ "$limit" = 64 ]
	same_limit --propagate=MEMLOCK
	[ "$limit" = 64 ]
	same_limit --export=NONE
	[ "$limit" = 64 ]
}

@test "EG203: where the user's limit is not handed on, slurmd's is the tasks'" {
	local limit
	same_limit --propagate=NONE
	[ "$limit" != 64 ]
	lab conf slurm PropagateResourceLimitsExcept=MEMLOCK
	same_limit
	[ "$limit" != 64 ]
	lab conf slurm PropagateResourceLimitsExcept=
}

@test "EG203: a limit above slurmd's is not the tasks'" {
	local limit n
	for n in n1 n2; do
		prlimit --pid "$(lab on $n cat /run/slurmd.pid)" --memlock=32768:32768
	done
	same_limit
	[ "$limit" = 32 ]
	for n in n1 n2; do
		lab stop $n
		lab start $n
	done
	lab wait-idle 20
}

@test "EG203 is nobody's where the tasks are root's" {
	run --separate-stderr lab run sh -c 'ulimit -Sl 64; srun --efa-verify=check -N2 -w n1,n2 true'
	[ "$status" -eq 0 ]
	[ "$stderr" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
}

# job_warns TEXT ARGUMENT...: a step with these is told of one warning alike on all nodes; EG203 apart.
job_warns() {
	local text=$1
	shift
	lab conf efagate 'expected_devices = 4' 'meet_ms = 5000' '[policy]' 'EG203 = ignore'
	as_user env "$@" srun --efa-verify=check -N2 -w n1,n2 /bin/true
	lab conf efagate 'expected_devices = 4' 'meet_ms = 5000' '[policy]' 'EG203 = warn'
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$stderr" = "efagate: 2 nodes, 8 EFA devices verified (check)$text" ]
}

@test "EG206: what the job's environment says keeps it from EFA" {
	local text=", 2 warnings: all nodes EG206"
	job_warns "$text FI_PROVIDER=tcp in the job's environment keeps it from EFA" FI_PROVIDER=tcp
	job_warns "$text FI_PROVIDER=^efa in the job's environment keeps it from EFA" FI_PROVIDER='^efa'
	job_warns "$text NCCL_NET=Socket in the job's environment keeps it from EFA" NCCL_NET=Socket
	job_warns "" FI_PROVIDER=efa
	job_warns "$text FI_PROVIDER=?tcp in the job's environment keeps it from EFA" FI_PROVIDER=$'\ttcp'
}

@test "EG206: the libfabric that the job's LD_LIBRARY_PATH leads to has no EFA" {
	local dir=$EFAGATE_LAB/mpi real
	mkdir -p "$dir/lib" "$dir/good"
	cp "$O/tests/cluster/no_efa_libfabric.so" "$dir/lib/libfabric.so.1"
	chmod -R a+rX "$dir"
	job_warns ", 2 warnings: all nodes EG206 LD_LIBRARY_PATH ($dir/lib/libfabric.so.1) in the job's environment keeps it from EFA" \
		LD_LIBRARY_PATH="/nonexistent:$dir/lib"
	real=$(ldconfig -p | sed -n 's/.*libfabric\.so\.1 .*=> //p' | head -n 1)
	ln -sf "$real" "$dir/good/libfabric.so.1"
	job_warns "" LD_LIBRARY_PATH="$dir/good:$dir/lib"
	job_warns "" LD_LIBRARY_PATH=/nonexistent
	# The note of -v is about the same library.
	as_user env LD_LIBRARY_PATH="$dir/lib" srun -v --efa-verify=check -N1 -w n1 true
	[[ $stderr == *"; libfabric 1.9 of this job is older than 1.19 and does not know it"* ]]
}

# Devices go to those who ask for them, by Slurm's own plugins.
devices_constrained() {
	printf 'Name=nic File=/dev/infiniband/uverbs[0-3]\n' >"$EFAGATE_LAB/slurm/gres.conf"
	cp "$EFAGATE_LAB/slurm/cgroup.conf" "$EFAGATE_LAB/cgroup.conf"
	echo 'ConstrainDevices=yes' >>"$EFAGATE_LAB/slurm/cgroup.conf"
	lab conf efagate 'expected_devices = 4' 'meet_ms = 5000' '[policy]' 'EG203 = ignore'
	lab conf slurm GresTypes=nic TaskPlugin=task/cgroup \
		'NodeName=n[1-3] CPUs=8 Sockets=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=16000 Gres=nic:4'
}

devices_free() {
	lab conf slurm GresTypes= TaskPlugin=task/none \
		'NodeName=n[1-3] CPUs=8 Sockets=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=16000'
	mv "$EFAGATE_LAB/cgroup.conf" "$EFAGATE_LAB/slurm/cgroup.conf"
	rm "$EFAGATE_LAB/slurm/gres.conf"
}

@test "a step that was given no devices is refused, and its nodes are not blamed" {
	devices_constrained
	as_user srun --efa-verify=check -N2 -w n1,n2 hostname
	echo "$stderr"
	[ "$status" -eq 75 ]
	[ "$output" = "" ]
	[ "$(grep ^efagate <<<"$stderr")" = "efagate: n1: EG105: 4 EFA cannot be opened, first 0000:10:1b.0 (rdmap16s27): Operation not permitted, not given to this step (--gres)
efagate: n2: EG105: 4 EFA cannot be opened, first 0000:10:1b.0 (rdmap16s27): Operation not permitted, not given to this step (--gres)
efagate: 2 of 2 nodes unknown; no task started" ]
	for n in n1 n2; do run ! lab on $n test -e /run/efagate/marks; done
	as_user srun --efa-verify=check --gres=nic:4 -N2 -w n1,n2 hostname
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ "$(grep ^efagate <<<"$stderr")" = "efagate: 2 nodes, 8 EFA devices verified (check)" ]
	devices_free
}

# With cgroup v2 the helper is not where the tasks are. Here it is one that does not look.
@test "tasks ask for themselves whether they may open the devices" {
	local fake=$EFAGATE_LAB/fake line="efagate: n1: EG105: tasks may not open 4 EFA, first rdmap16s27: Operation not permitted, not given to this step (--gres)"
	mkdir "$fake"
	chmod 1777 "$fake"
	install -m 755 "$O/tests/cluster/fake_helper" "$fake/efagate"
	echo go silent >"$fake/word"
	devices_constrained
	lab conf plugstack "optional $O/efagate.so helper=$fake/efagate"
	as_user srun --efa-verify=check -N2 -n4 -w n1,n2 hostname
	[ "$status" -eq 75 ]
	[ "$output" = "" ]
	[ "$(grep ^efagate <<<"$stderr")" = "$line; no task started" ]
	lab log n2 | grep -qF "efagate: n2: EG105: tasks may not open 4 EFA, first rdmap16s27: Operation not permitted, not given to this step (--gres); no task started"
	as_user srun --efa-verify=check --efa-on-failure=warn -N2 -n4 -w n1,n2 hostname
	[ "$status" -eq 0 ]
	[ "$(grep -cx 'n[12]' <<<"$output")" -eq 4 ]
	[ "$stderr" = "$line; tasks started all the same" ]
	as_user srun --efa-verify=check --gres=nic:4 -N2 -w n1,n2 hostname
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	devices_free
}
