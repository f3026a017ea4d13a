#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by common.bash, which bats loads
# What fork() finds in a process whose endpoint holds the machine's huge pages:
# real pages of this kernel, so nothing that takes some may run beside it.

load common

pool=/proc/sys/vm/nr_hugepages

setup() {
	softefa_setup
	before=$(cat $pool)
	node n1 p4de.24xlarge
}

teardown() {
	echo "$before" >$pool
	softefa_teardown
}

# with_pages NUMBER: libfabric opens a device and forks while the machine has so many free.
# The kernel gives back what io_uring of a process pinned some time after that has ended.
with_pages() {
	echo "$1" >$pool
	for _ in $(seq 100); do
		[ "$(awk '$1 == "HugePages_Free:" { print $2 }' /proc/meminfo)" = "$1" ] && break
		sleep 0.05
	done
	run on n1 "$build/test/rma" pages rdmap16s27
}

@test "fork fails with ENOMEM where fewer huge pages are left than the endpoint holds" {
	with_pages 16
	[[ "$output" == *" huge pages
OK forked, the child ended with 0" ]]
	held=${output%% *}
	[ "$held" -ge 1 ]
	with_pages $((2 * held - 1))
	[ "$status" -eq 1 ]
	[ "$output" = "$held huge pages
FAIL fork: Cannot allocate memory" ]
	with_pages $((2 * held))
	[ "$output" = "$held huge pages
OK forked, the child ended with 0" ]
}

@test "an endpoint that finds too few huge pages takes none, and fork works" {
	with_pages 1
	[ "$output" = "0 huge pages
OK forked, the child ended with 0" ]
}
