#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# What the kernel's driver and the card refuse is refused here, with the same
# errno and the same completion status.

load common

setup() {
	softefa_setup
	node n1 p4de.24xlarge
}
teardown() { softefa_teardown; }

ordinary=(setpriv --reuid 65534 --clear-groups --inh-caps=-all)

# says LINE...: what `verbs` printed
says() {
	echo "$output"
	[ "$output" = "$(printf '%s\n' "$@")" ]
}

@test "registered memory counts against RLIMIT_MEMLOCK" {
	run on n1 "${ordinary[@]}" "$build/test/verbs" memlock rdmap16s27
	says "half of it: ok" "the other half: ok" "one byte more: ENOMEM" \
		"half after half is free: ok" "one byte more: ENOMEM" "limit 0: EPERM"
}

@test "libfabric under a small RLIMIT_MEMLOCK gives up with the provider's own words" {
	run on n1 "${ordinary[@]}" sh -c "ulimit -l 1024; exec $build/test/rma self rdmap16s27 \
		rdmap32s27 4096 1"
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"Cannot allocate memory"* ]]
}

@test "registered memory is pinned for real, and a child has its own copy" {
	run on n1 "$build/test/verbs" pinned rdmap16s27
	says "registered: 4096 KiB more" "in a child: 0 KiB" "given back: 0 KiB more"
}

@test "root is not bound by RLIMIT_MEMLOCK" {
	run on n1 sh -c "ulimit -l 0; exec $build/test/rma self rdmap16s27 rdmap32s27 4096 1"
	[[ "$output" == "OK 1 x 4096"* ]]
}

@test "what is in use is not destroyed, wrong states and attributes are refused" {
	run on n1 "$build/test/verbs" objects rdmap16s27
	says "pd in use: EBUSY" "cq in use: EBUSY" "from rts to rtr: EINVAL" \
		"a timeout: EOPNOTSUPP" "255 pds more, then ENOMEM"
}

@test "registrations: rights, ranges, what is mapped" {
	run on n1 "$build/test/verbs" access rdmap16s27
	says "remote read: ok" "remote write: EOPNOTSUPP" "remote write without local: EINVAL" \
		"relaxed ordering: ok" "nothing: EINVAL" "unmapped: EFAULT"
	node n2 dl1.24xlarge
	run on n2 "$build/test/verbs" access rdmap16s27
	[ "${lines[0]}" = "remote read: EOPNOTSUPP" ]
}

@test "keys and bounds of remote memory" {
	run on n1 "$build/test/verbs" bounds rdmap16s27
	says "all of it: status 0" "a byte past the end: status 7" \
		"a byte before the start: status 7" "a wrong key: status 7" \
		"memory not offered: status 7" "memory of another domain: status 7" \
		"by a queue pair of that domain: status 0" "after it was taken back: status 7" \
		"a wrong local key: status 5" "nobody's queue pair: status 9"
}

@test "a receiver without a buffer, with a short one, with a fitting one" {
	run on n1 "$build/test/verbs" receiver rdmap16s27
	says "no buffer: status 10" "a short buffer: status 11" "one that fits: status 0" \
		"its sender: status 0"
}

@test "a queue pair in error: what is outstanding is flushed, a reset starts anew" {
	run on n1 "$build/test/verbs" flush rdmap16s27
	[ "$output" = "5 with status 1 (Work Request Flushed Error)
post a receive: EINVAL
a message to it: status 9
a buffer for what was flushed: status -1
after a reset, a message to it: status 0
its sender: status 0
one from it: status 0
its receiver: status 0
posted while it is drained: status -1
when it runs again: status 9" ]
}

@test "memory of devices: what is no dma-buf is refused as the kernel does" {
	run on n1 "$build/test/verbs" dmabuf rdmap16s27
	[ "$output" = "no descriptor: EBADF
a descriptor of something else: EINVAL" ]
	[ "$(on n1 cat /sys/class/infiniband/rdmap16s27/hw_counters/reg_mr_err)" -eq 2 ]
}

@test "completion channels: an armed queue says once when something is in it" {
	run on n1 "$build/test/verbs_events" own rdmap16s27
	says "not armed: none" "armed with one unread: event" "it says: 9" \
		"armed with none: none" "two come: event" "then: none" \
		"destroyed with an event unread"
}

@test "completion channels: another process's message wakes the receiver, by mail too" {
	start_on n1 "$work/receiver" "$build/test/verbs_events" receive rdmap16s27 "$work/address"
	wait_for "$work/receiver" ready
	run on n1 "$build/test/verbs_pair" send rdmap32s27 "$work/address"
	[ "$output" = "status 0" ]
	wait_for "$work/receiver" "event, status 0"
	start_on n1 "$work/receiver2" unshare --pid --fork --kill-child "$build/test/verbs_events" \
		receive rdmap16s27 "$work/address2"
	wait_for "$work/receiver2" ready
	run on n1 "$build/test/verbs_pair" send rdmap32s27 "$work/address2"
	wait_for "$work/receiver2" "event, status 0"
	[ -z "$(find "$fabric/contexts" -type p)" ]
}

@test "asynchronous events: who has a device open is told that it is gone" {
	start_on n1 "$work/out" "$build/test/verbs_events" fatal rdmap16s27
	wait_for "$work/out" ready
	fault n1/rdmap32s27 gone
	fault n1/rdmap16s27 unbound
	wait_for "$work/out" "local catastrophic error"
}

@test "a completion queue that is full is written over, and nobody says so" {
	run on n1 "$build/test/verbs" overflow rdmap16s27
	says "0 of 20 seen"
}
