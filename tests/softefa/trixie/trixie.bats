#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# The libraries of Debian 13 (rdma-core 56, libfabric 2.1) on the software EFA,
# in a tree of their own, TRIXIE: make check-trixie.

load ../test/common

setup() {
	softefa_setup
	for i in 1 2; do
		"$softefa" node create "$fabric" "n$i" --type p5en.48xlarge --no-memlock
	done
	device=rdmap85s0
}
teardown() { softefa_teardown; }

# In the tree, on the node whose namespace this is; the programs under test are Debian 12's builds.
inside='
	for each in /dev /proc /sys "$WORK" "$BUILD"; do
		mkdir -p "$TRIXIE$each" && mount --rbind "$each" "$TRIXIE$each" || exit 99
	done
	exec chroot "$TRIXIE" env LD_PRELOAD="$BUILD/libsoftefa.so" "$@"'

on() {
	local name=$1
	shift
	TRIXIE=$TRIXIE WORK=$work BUILD=$build FI_EFA_ENABLE_SHM_TRANSFER=0 timeout -k 1 60 \
		"$softefa" enter "$fabric" "$name" -- sh -c "$inside" sh "$@"
}

start_on() {
	local name=$1 file=$2
	shift 2
	TRIXIE=$TRIXIE WORK=$work BUILD=$build FI_EFA_ENABLE_SHM_TRANSFER=0 \
		"$softefa" enter "$fabric" "$name" -- sh -c "$inside" sh "$@" >"$file" 2>&1 3>&- &
	started+=($!)
}

# The server listens at $port; its libraries may be read from disk for the first time.
listens() {
	for _ in $(seq 400); do
		ss -Hltn "sport = :$port" | grep -q . && return
		sleep 0.05
	done
	return 1
}

@test "efa-direct is offered first, on all devices; generation 4 is known" {
	run on n1 fi_info -p efa
	echo "$output"
	[ "$(grep -m1 fabric: <<<"$output")" = "    fabric: efa-direct" ]
	[ "$(grep -c 'fabric: efa-direct' <<<"$output")" -eq 16 ]
	"$softefa" node create "$fabric" n3 --type p6-b200.48xlarge
	run on n3 ibv_devices
	[ "$(grep -c rdmap <<<"$output")" -eq 8 ]
}

@test "fi_pingpong completes with its data checked" {
	start_on n1 "$work/server" fi_pingpong -p efa -e rdm -c -B "$port"
	listens
	run on n2 fi_pingpong -p efa -e rdm -c -P "$port" 127.0.0.1
	echo "$output"
	[ "$status" -eq 0 ]
	# efa-direct, which it takes, sends nothing longer than a packet
	[ "$(grep -c '=10 ' <<<"$output")" -eq 4 ]
	port=$((port + 1))
	start_on n1 "$work/server" fi_pingpong -p efa -f efa -e rdm -c -S 1048576 -B "$port"
	listens
	run on n2 fi_pingpong -p efa -f efa -e rdm -c -S 1048576 -P "$port" 127.0.0.1
	echo "$output"
	[ "$(grep -c '=10 ' <<<"$output")" -eq 1 ]
}

@test "reads by the device's own RDMA" {
	start_on n1 "$work/server" "$build/test/rma" serve "$port" $device 1048576
	listens
	run on n2 "$build/test/rma" read "$port" $device 1048576 16
	echo "$output"
	[ "$output" = "OK 16 x 1048576, device read 16777216 bytes in 16 requests" ]
}

# receiver [HOW]
receiver() {
	rm -f "$work/address"
	start_on n1 "$work/receiver" "$build/test/verbs_pair" "${1:-receive}" $device "$work/address"
	wait_for "$work/receiver" ready
}

@test "RDMA write, and with immediate data, which takes a receive" {
	receiver
	run on n2 "$build/test/verbs_pair" write $device "$work/address"
	[ "$output" = "status 0" ]
	[ "$(cat "$work/receiver")" = ready ]
	run on n2 "$build/test/verbs_pair" writeimm $device "$work/address"
	[ "$output" = "status 0" ]
	wait_for "$work/receiver" "received 's' by RDMA write, 4096 bytes, imm 4711"
	[ "$(counter n2 $device rdma_write_bytes)" = 8192 ]
	[ "$(counter n1 $device rdma_write_recv_bytes)" = 8192 ]
	# its only receive is taken
	run on n2 "$build/test/verbs_pair" writeimm $device "$work/address"
	[ "$output" = "status 10" ]
}

@test "immediate data takes no receive where the queue pair is made for that" {
	receiver unsolicited
	run on n2 "$build/test/verbs_pair" writeimm $device "$work/address"
	[ "$output" = "status 0" ]
	run on n2 unshare --pid --fork --kill-child "$build/test/verbs_pair" writeimm $device \
		"$work/address"
	[ "$output" = "status 0" ]
	for _ in $(seq 100); do
		[ "$(grep -c received "$work/receiver")" = 2 ] && break
		sleep 0.05
	done
	[ "$(grep -cx "received 's' by RDMA write, 4096 bytes, imm 4711" "$work/receiver")" = 2 ]
}

@test "RDMA write from another PID namespace" {
	receiver
	run on n2 unshare --pid --fork --kill-child "$build/test/verbs_pair" writeimm $device \
		"$work/address"
	[ "$output" = "status 0" ]
	wait_for "$work/receiver" "received 's' by RDMA write, 4096 bytes, imm 4711"
}

@test "an old driver knows no RDMA write" {
	"$softefa" node create "$fabric" n3 --type p5en.48xlarge --driver 2.3.0 --no-memlock
	receiver
	run on n3 "$build/test/verbs_pair" write $device "$work/address"
	[ "$output" = "no RDMA write" ]
}

@test "closed: status 15, which says that the peer never answered" {
	receiver
	fault n1 closed 300ms
	run on n2 "$build/test/verbs_pair" send $device "$work/address"
	[ "$output" = "status 15" ]
	start_on n1 "$work/server" "$build/test/rma" serve "$port" $device 4096
	listens
	run on n2 "$build/test/rma" read "$port" $device 4096 4
	echo "$output"
	[[ "$output" == *"Libfabric error: (113) No route to host"* ]]
	[[ "$output" == *"EFA internal error: (15) Unreachable remote (never received a response)"* ]]
}
