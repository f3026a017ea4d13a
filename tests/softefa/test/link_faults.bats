#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# Faults of the way between two devices, and what libfabric makes of them.

load common

setup() {
	softefa_setup
	node n1 p4de.24xlarge
	node n2 p4de.24xlarge
	# where libinfinipath writes a file when a program aborts
	cd "$work" || return 1
}
teardown() {
	cd / || return 1
	softefa_teardown
}

# reads COUNT BYTES [RDMA]: n2 reads from n1, by the device's own RDMA or by messages (0)
reads() {
	port=$((port + 1))
	start_on n1 "$work/server" env FI_EFA_USE_DEVICE_RDMA="${3:-1}" "$build/test/rma" serve \
		"$port" rdmap16s27 "$2"
	run on n2 env FI_EFA_USE_DEVICE_RDMA="${3:-1}" "$build/test/rma" read "$port" rdmap16s27 \
		"$2" "$1"
	echo "$output"
}

all_read="OK 4 x 4096, device read 16384 bytes in 4 requests"
unresponsive="FAIL completion: err 5 (Input/output error), prov_errno 13"

@test "closed: with rdma-core 44 status 13, for every peer" {
	fault n1 closed 300ms
	reads 4 4096
	[ "$output" = "$unresponsive" ]
	fault n1 clear
	reads 4 4096
	[ "$output" = "$all_read" ]
}

@test "closed out: what the node sends is lost, what comes in arrives" {
	fault n1 closed out 300ms
	start_on n1 "$work/receiver" "$build/test/verbs_pair" receive rdmap16s27 "$work/address"
	wait_for "$work/receiver" ready
	run on n2 "$build/test/verbs_pair" send rdmap16s27 "$work/address"
	[ "$output" = "status 0" ]
	wait_for "$work/receiver" "received"
	start_on n2 "$work/receiver2" "$build/test/verbs_pair" receive rdmap16s27 "$work/address2"
	wait_for "$work/receiver2" ready
	run on n1 "$build/test/verbs_pair" send rdmap16s27 "$work/address2"
	[ "$output" = "status 13" ]
}

@test "unreachable in: what is sent to the node is lost, a read needs both ways" {
	fault n1/rdmap16s27 unreachable in 300ms
	start_on n2 "$work/receiver" "$build/test/verbs_pair" receive rdmap16s27 "$work/address"
	wait_for "$work/receiver" ready
	run on n1 "$build/test/verbs_pair" send rdmap16s27 "$work/address"
	[ "$output" = "status 0" ]
	run on n1 "$build/test/verbs_pair" read rdmap16s27 "$work/address"
	[ "$output" = "status 13" ]
	start_on n1 "$work/receiver2" "$build/test/verbs_pair" receive rdmap16s27 "$work/address2"
	wait_for "$work/receiver2" ready
	run on n2 "$build/test/verbs_pair" send rdmap16s27 "$work/address2"
	[ "$output" = "status 13" ]
	reads 4 4096
	[ "$output" = "$unresponsive" ]
}

@test "silent: so many messages pass, then none" {
	fault n1/rdmap16s27 silent 40 300ms
	reads 4 4096
	[ "$output" = "$all_read" ]
	reads 100 4096
	[ "$output" = "$unresponsive" ]
	[ "$(json 's["nodes"][0]["devices"][0]["faults"][0]["word"]')" = silent ]
}

@test "silent counts messages, not how often each is tried" {
	fault n1/rdmap16s27 silent 40 300ms
	fault n1/rdmap16s27 drops 90%
	reads 16 4096
	[ "$output" = "OK 16 x 4096, device read 65536 bytes in 16 requests" ]
}

@test "drops: data is right, and what was sent again is counted" {
	fault n1/rdmap16s27 drops 20%
	reads 200 4096
	[ "$output" = "OK 200 x 4096, device read 819200 bytes in 200 requests" ]
	[ "$(counter n2 rdmap16s27 retrans_pkts)" -gt 10 ]
	[ "$(counter n2 rdmap16s27 retrans_bytes)" -gt 40960 ]
	[ "$(counter n1 rdmap32s27 retrans_pkts)" = 0 ]
	reads 20 65536 0
	[ "$output" = "OK 20 x 65536, device read 0 bytes in 0 requests" ]
}

@test "status: requests end with it and are not done" {
	fault n2/rdmap16s27 status 8 --percent 5
	# where it hits one of the provider's own requests first, that aborts in its own words
	for _ in 1 2 3 4 5 6 7 8; do
		reads 400 4096
		[[ "$output" == *"EFA internal error: (8) Receiver connection aborted"* ]] || break
	done
	[ "$output" = "FAIL completion: err 5 (Input/output error), prov_errno 8" ]
	fault n2/rdmap16s27 clear
	start_on n1 "$work/receiver" "$build/test/verbs_pair" receive rdmap16s27 "$work/address"
	wait_for "$work/receiver" ready
	fault n2/rdmap16s27 status 2
	run on n2 "$build/test/verbs_pair" send rdmap16s27 "$work/address"
	[ "$output" = "status 2" ]
	[ "$(cat "$work/receiver")" = ready ]
}

# refused MESSAGE WORD...: exit code 64 and this first line
refused() {
	local message=$1
	shift
	run fault n1 "$@"
	echo "$output"
	[ "$status" -eq 64 ]
	[ "${lines[0]}" = "softefa: $message" ]
}

@test "wrong values are named" {
	refused "closed 'up': neither in, nor out, nor a time" closed up
	refused "silent '-1': neither a number of messages nor a time" silent -1
	refused "drops '5': not a share like 1%" drops 5
	refused "drops needs a value" drops
	refused "status '0': not a number from 1 to 255" status 0
	refused "regfail '0': not the number of a call" regfail 0
	refused "hang 'poll_cq': not something that a device is asked for" hang poll_cq
	refused "nofile takes no --percent or --peer" nofile --peer n2
}
