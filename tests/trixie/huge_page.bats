#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# FI_EFA_USE_HUGE_PAGE with a libfabric that knows it (make check-trixie): a job
# whose endpoint holds the machine's huge pages cannot fork; with the variable
# as --efa-huge-page sets it, it can. Huge pages are the kernel's, so the test
# gives the machine four for its time.

bats_require_minimum_version 1.5.0
load ../cluster/helpers

pages=/proc/sys/vm/nr_hugepages

setup_file() {
	pages_before=$(cat $pages)
	export pages_before
	lab_up_once -n 2
	lab conf plugstack "optional $O/efagate.so helper=$O/efagate timeout_ms=12000"
	echo 4 >$pages
}

teardown_file() {
	echo "$pages_before" >$pages
	lab_down
}

# holder ARGUMENT...: one task of the step is the program; it is the first of eight on its node.
# Root's, whose locked memory has no limit: the machine need not let users lock that much.
holder() {
	run lab run srun -N1 -w n1 "$@" sh -c "[ \$SLURM_LOCALID = 0 ] || exit 0; exec $O/tests/trixie/fork_holder"
	echo "$output"
}

@test "without the variable fork() fails with ENOMEM, with it it works" {
	[ "$(cat $pages)" -eq 4 ]
	holder -n8
	[ "$status" -ne 0 ]
	[[ $output == *"huge pages 3"* ]]
	[[ $output == *"fork: Cannot allocate memory"* ]]
	holder -n8 --efa-huge-page=0
	[ "$status" -eq 0 ]
	[[ $output == *"huge pages 0"*"fork: done"* ]]
}

@test "auto sets it where the ranks' forks would starve, and the job can fork" {
	# 8 ranks on 4 devices ask for more than the node's tree says there are.
	holder -v -n8 --efa-huge-page=auto
	[ "$status" -eq 0 ]
	[[ $output == *"FI_EFA_USE_HUGE_PAGE set to 0: the ranks and their forks would need 15552 huge pages, 10561 are available"* ]]
	[[ $output == *"huge pages 0"*"fork: done"* ]]
	holder -v -n8 --efa-verify=check
	[ "$status" -eq 0 ]
	[[ $output == *"huge pages 0"*"fork: done"* ]]
	# libfabric 2.1 knows the variable: nothing is said of it.
	[[ $output != *"older than 1.19"* ]]
}
