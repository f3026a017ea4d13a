#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# What fork() needs of a process whose huge pages a device has pinned; real pages
# of this kernel, so nothing else that might take some may run beside it.

bats_require_minimum_version 1.5.0

pool=/proc/sys/vm/nr_hugepages

setup() {
	O=$(realpath "${O:-$BATS_TEST_DIRNAME/../../build}")
	pinned=$O/tests/cluster/pinned_fork
	before=$(cat $pool)
	echo $((before + 32)) >$pool
	free=$(free_pages)
}

teardown() {
	echo "$before" >$pool
}

free_pages() {
	awk '$1 == "HugePages_Free:" { print $2 }' /proc/meminfo
}

# pinned ARGUMENT...: the program, once the pages that io_uring of the one before
# held are back: the kernel gives them back some time after the process has ended.
pinned() {
	local i
	for i in {1..100}; do
		[ "$(free_pages)" = "$free" ] && break
		sleep 0.05
	done
	run -0 "$pinned" "$@"
}

@test "fork fails with ENOMEM while fewer huge pages are free than are pinned" {
	pinned 4 0
	[ "$output" = ENOMEM ]
	pinned 4 2
	[ "$output" = ENOMEM ]
	pinned 4 8
	[ "$output" = ok ]
}

@test "vfork works where fork fails for want of huge pages" {
	pinned 4 0 vfork
	[ "$output" = ok ]
}
