#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by helpers.bash and run
# What doc/operations.md says of a job's traffic over time: the lines as they
# stand there, beside a job that moves data on two nodes.

bats_require_minimum_version 1.5.0

load helpers

setup_file() {
	lab_up_once -n 2
}

teardown_file() {
	lab_down
}

@test "a running job's counters, node by node, joined to one trace" {
	local job folder=$EFAGATE_LAB/home/user1 line end=$((SECONDS + 30))
	job=$(lab as user1 sbatch --parsable -N2 -o /dev/null --wrap \
		"srun -N2 --ntasks-per-node=1 --overlap sh -c 'for i in 1 2 3 4 5 6 7 8; do $O/efagate burst --self; done'; sleep 60")
	until [ "$(lab run squeue -h -j "$job" -o %T)" = RUNNING ]; do
		[ "$SECONDS" -lt "$end" ]
		sleep 0.1
	done
	# From the page, with this job's number and fewer looks.
	line=$(sed -n '/^srun --overlap/,/--count/p' "$BATS_TEST_DIRNAME/../../doc/operations.md" |
		sed "s/--jobid=17/--jobid=$job/; s/efagate top/${O//\//\\/}\/efagate top/; s/--count 600/--count 30/")
	[[ $line == *"--trace \$SLURMD_NODENAME.json"* ]]
	echo "$line"
	run lab as user1 bash -c "$line"
	echo "$output"
	lab as user1 scancel "$job"
	[ "$status" = 0 ]
	jq -s add "$folder"/n1.json "$folder"/n2.json >"$BATS_TEST_TMPDIR/job.json"
	"$BATS_TEST_DIRNAME/../validate-report" --trace "$BATS_TEST_TMPDIR/job.json"
	jq -e '[.[] | select(.ph == "M").args.name] | length == 10 and ([.[] | split(" ")[0]] | unique == ["n1", "n2"])' "$BATS_TEST_TMPDIR/job.json"
	jq -e '[.[] | select(.name == "GB/s").args.in] | max > 0' "$BATS_TEST_TMPDIR/job.json"
}
