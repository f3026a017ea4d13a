#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate check as a task of a job: what it judges is what the tasks meet, their
# limit of memory, their environment, the devices they were given.
# shellcheck disable=SC2154 # $stderr is set by run

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	lab_up_once -n 1
	lab conf efagate 'expected_devices = 4'
}

teardown_file() {
	lab_down
	find /sys/fs/cgroup/*/slurm_n* -depth -type d -exec rmdir {} + 2>/dev/null || true
}

# in_job COMMAND: a shell command of user1's; $output without the device table.
in_job() {
	run --separate-stderr timeout 60 "$lab_program" as user1 sh -c "$1" </dev/null
	echo "exit $status"
	echo "$output"
	echo "$stderr"
}

findings() {
	grep -E '^EG[0-9]{3} ' <<<"$output" | sed 's/;.*//'
}

@test "EG203 and EG206: the limit and the environment of the task" {
	in_job "ulimit -Sl 64; FI_PROVIDER=tcp srun '$O/efagate' check"
	[ "$status" -eq 1 ]
	[ "$(findings)" = "EG203 warn: memlock limit is 64 KiB, below 16 GiB
EG206 warn: FI_PROVIDER=tcp in the job's environment keeps it from EFA" ]
	[ "$(grep -c ' yes  *yes  *yes ' <<<"$output")" -eq 4 ]
	in_job "ulimit -Sl 64; srun '$O/efagate' check --json"
	held <<<"$output" >"$BATS_TEST_TMPDIR/report.json"
	[ "$(jq -c '[.node, .in_job, .limits.memlock_bytes, (.findings | map(.id))]' "$BATS_TEST_TMPDIR/report.json")" = \
		'["n1",true,65536,["EG203"]]' ]
}

@test "EG205: the libfabric that the task's library path leads to has no EFA" {
	mkdir -p "$EFAGATE_LAB/lib"
	cp "$O/tests/cluster/no_efa_libfabric.so" "$EFAGATE_LAB/lib/libfabric.so.1"
	chmod -R a+rX "$EFAGATE_LAB/lib"
	in_job "LD_LIBRARY_PATH='$EFAGATE_LAB/lib' srun '$O/efagate' check --json"
	[ "$(jq -r '.findings[] | select(.id == "EG205") | "\(.outcome): \(.text)"' <<<"$output")" = \
		"warn: libfabric 1.9 offers none of 4 EFA that open" ]
}

@test "EG105: devices that the job was not given are its own affair, nobody is blamed" {
	printf 'Name=nic File=/dev/infiniband/uverbs[0-3]\n' >"$EFAGATE_LAB/slurm/gres.conf"
	echo 'ConstrainDevices=yes' >>"$EFAGATE_LAB/slurm/cgroup.conf"
	lab conf slurm GresTypes=nic TaskPlugin=task/cgroup \
		'NodeName=n[1-1] CPUs=8 Sockets=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=16000 Gres=nic:4'
	in_job "srun --gres=nic:2 '$O/efagate' check --json"
	[ "$status" -eq 2 ]
	[ "$(jq -r '.findings[] | select(.id != "EG203") | "\(.id) \(.outcome) \(.blame): \(.text)"' <<<"$output")" = \
		"EG105 fail none: 2 EFA not given to this job, first 0000:90:1b.0 (rdmap144s27): Operation not permitted
EG110 fail none: EFA 0000:90:1b.0 (rdmap144s27) hides 2 others from libfabric" ]
	in_job "srun --gres=nic:4 '$O/efagate' check --json"
	[ "$(jq -r '.findings[] | select(.id != "EG203") | .id' <<<"$output")" = "" ]
	[ "$(jq '[.devices[] | select(.layers | to_entries | all(.value))] | length' <<<"$output")" -eq 4 ]
}
