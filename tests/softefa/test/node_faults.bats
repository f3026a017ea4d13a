#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# Faults of device files, memory and the kernel, and what libfabric makes of them.

load common

setup() {
	softefa_setup
	node n1 p4de.24xlarge
	# where libinfinipath writes a file when a program aborts
	cd "$work" || return 1
}
teardown() {
	cd / || return 1
	softefa_teardown
}

domains() {
	on n1 fi_info -p efa -t FI_EP_RDM | awk '/domain:/ {print $2}' | sort | xargs
}

@test "nofile: in sysfs but not in /dev; the libraries do not list it" {
	fault n1/rdmap32s27 nofile
	[ "$(on n1 ls /dev/infiniband | xargs)" = "uverbs0 uverbs2 uverbs3" ]
	[ "$(on n1 ls /sys/class/infiniband | wc -l)" -eq 4 ]
	run on n1 ibv_devinfo -d rdmap32s27
	[ "$output" = "IB device 'rdmap32s27' wasn't found" ]
	[ "$(domains)" = "rdmap144s27-rdm rdmap160s27-rdm rdmap16s27-rdm" ]
	fault n1/rdmap32s27 clear
	[ "$(domains)" = "rdmap144s27-rdm rdmap160s27-rdm rdmap16s27-rdm rdmap32s27-rdm" ]
}

@test "forbidden: listed, an ordinary user cannot open it, libfabric offers nothing" {
	fault n1/rdmap32s27 forbidden
	run on n1 setpriv --reuid 65534 --clear-groups ibv_devinfo -d rdmap32s27
	[ "$output" = "Failed to open device" ]
	run on n1 setpriv --reuid 65534 --clear-groups fi_info -p efa -t FI_EP_RDM
	[ "$output" = "fi_getinfo: -61" ]
	[ "$(domains)" = "rdmap144s27-rdm rdmap160s27-rdm rdmap16s27-rdm rdmap32s27-rdm" ]
	fault n1/rdmap32s27 clear
	run on n1 setpriv --reuid 65534 --clear-groups ibv_devinfo -d rdmap32s27
	[ "$status" -eq 0 ]
}

@test "regfail: the first registration fails with ENOMEM" {
	fault n1/rdmap16s27 regfail 1
	run on n1 "$build/test/rma" fork rdmap16s27
	echo "$output"
	[ "$output" = "FAIL fi_mr_reg: Cannot allocate memory" ]
	run "$build/../softefa/softefa" status "$fabric"
	[ "$(cat "$fabric/nodes/n1/sys/class/infiniband/rdmap16s27/hw_counters/reg_mr_err")" = 1 ]
}

@test "regfail: one of the provider's own registrations fails, it aborts in its own words" {
	fault n1/rdmap16s27 regfail 3
	run on n1 "$build/test/rma" self rdmap16s27 rdmap32s27 4096 1
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"Libfabric error: (-12) Cannot allocate memory"* ]]
	[[ "$output" == *"EFA internal error: (4112) Failure to post internal receive buffers"* ]]
}

@test "nohugepages: none is free, programs get none, the provider takes normal ones" {
	fault n1 nohugepages
	[ "$(on n1 cat /sys/kernel/mm/hugepages/hugepages-2048kB/{nr,free}_hugepages | xargs)" = \
		"10561 0" ]
	[ "$(on n1 grep -E '^(HugePages_(Total|Free)|Hugetlb):' /proc/meminfo | tr -s ' ' | xargs)" = \
		"HugePages_Total: 10561 HugePages_Free: 0 Hugetlb: 21628928 kB" ]
	[ "$(on n1 awk '/MemTotal/ { print $2 }' /proc/meminfo)" -eq \
		"$(awk '/MemTotal/ { print $2 }' /proc/meminfo)" ]
	[ "$(on n1 sh -c 'cat /sys/devices/system/node/node*/hugepages/hugepages-2048kB/free_hugepages |
		sort -u')" = 0 ]
	run on n1 python3 -c 'import mmap; mmap.mmap(-1, 2 << 20, flags=0x40022)'
	[[ "$output" == *"OSError: [Errno 12] Cannot allocate memory"* ]]
	run on n1 "$build/test/rma" self rdmap16s27 rdmap32s27 4096 1
	[[ "$output" == "OK 1 x 4096"* ]]
	fault n1 clear
	[ "$(on n1 cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)" = 10561 ]
	[ "$(on n1 awk '/HugePages_Free/ { print $2 }' /proc/meminfo)" = 10561 ]
	run fault n1/rdmap16s27 nohugepages
	[ "$output" = "softefa: nohugepages is of a node, not of a device
softefa: 'softefa --help' says more" ]
}

@test "oldkernel: the provider aborts at fork, unless fork support was asked for" {
	run on n1 "$build/test/rma" fork rdmap16s27
	[ "$output" = "OK forked, the child ended with 0" ]
	fault n1 oldkernel
	run on n1 "$build/test/rma" fork rdmap16s27
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"to the fork() system call to create a child process."* ]]
	[[ "$output" == *"Your job will now abort."* ]]
	run on n1 env FI_EFA_FORK_SAFE=1 "$build/test/rma" fork rdmap16s27
	[ "$output" = "OK forked, the child ended with 0" ]
}
