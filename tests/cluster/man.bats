#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The manual pages: their form, and that every example in efagate.1 runs.

load helpers

setup_file() {
	lab_up_once -n 4
	lab conf efagate 'expected_devices = 4' 'meet_ms = 5000'
	lab conf plugstack "optional $O/efagate.so helper=$O/efagate timeout_ms=12000"
}

teardown_file() {
	lab_down
}

# The pages that tools/man-pages makes are looked at in manual.bats.
@test "efagate.1 is well-formed" {
	# Pages of other packages need not be installed here.
	run bash -c "mandoc -T lint '$BATS_TEST_DIRNAME/../../man/efagate.1' 2>&1 | grep -vE 'outdated mandoc.db|referenced manual not found'"
	echo "$output"
	[ "$output" = "" ]
}

@test "every example of efagate.1 runs" {
	local count=0 command
	while IFS= read -r command; do
		echo "$command"
		# shellcheck disable=SC2016 # for the user's shell
		run lab as user1 sh -c 'HOME=$PWD; export HOME; eval "$1"' sh "$command" </dev/null
		echo "$output"
		[ "$status" -eq 0 ]
		[[ $command == *sbatch* || $output == *n2* || $output == *n1* ]]
		count=$((count + 1))
	done < <(sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./d;p}' "$BATS_TEST_DIRNAME/../../man/efagate.1")
	[ "$count" -eq 6 ]
	set -- "$EFAGATE_LAB"/home/user1/efa-*-n[12].json
	[ $# -eq 2 ]
	grep -qx 'efagate: 2 nodes, 8 EFA devices verified (check)' "$EFAGATE_LAB"/home/user1/slurm-*.out
}

@test "the options and words of efagate.1 are those of --help" {
	local page=$BATS_TEST_DIRNAME/../../man/efagate.1 option word
	run lab as user1 srun --help
	while read -r option; do
		grep -q "Fl -${option#--}" "$page"
	done < <(grep -oE -- '--efa-[a-z-]+' <<<"$output")
	for word in off check burst full stop warn auto 0 keep on; do
		grep -q "Cm $word" "$page"
	done
}
