#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# Unmodified libfabric moves data between nodes.

load common

setup() {
	softefa_setup
	node n1 p4de.24xlarge
	node n2 p4de.24xlarge
}
teardown() { softefa_teardown; }

# pingpong OPTIONS...: a server on n1, the client on n2; all sizes, data checked
pingpong() {
	start_on "${pair[0]}" "$work/server" "${as[@]}" fi_pingpong -B "$port" "$@"
	for _ in $(seq 100); do
		ss -Hltn "sport = :$port" | grep -q . && break
		sleep 0.05
	done
	run on "${pair[1]}" "${as[@]}" fi_pingpong -P "$port" "$@" 127.0.0.1
	echo "$output"
	cat "$work/server"
	[ "$status" -eq 0 ]
	wait "${started[0]}"
}

as=()
pair=(n1 n2)

@test "fi_pingpong rdm completes with its data checked" {
	pingpong -p efa -e rdm -c
	[ "$(grep -c '=10 ' <<<"$output")" -eq 6 ]
}

@test "fi_pingpong rdm tagged completes with its data checked" {
	pingpong -p efa -e rdm -c -m tagged
	[ "$(grep -c '=10 ' <<<"$output")" -eq 6 ]
}

@test "fi_pingpong dgram completes with its data checked" {
	pingpong -p efa -e dgram -c -S 1024
	[ "$(grep -c '=10 ' <<<"$output")" -eq 1 ]
}

@test "fi_pingpong works for an ordinary user" {
	# whose limit cannot be raised on every machine
	"$softefa" node create "$fabric" n3 --type p4de.24xlarge --no-memlock
	"$softefa" node create "$fabric" n4 --type p4de.24xlarge --no-memlock
	as=(setpriv --reuid 65534 --clear-groups)
	pair=(n3 n4)
	pingpong -p efa -e rdm -c
	[ "$(grep -c '=10 ' <<<"$output")" -eq 6 ]
}

@test "what one device sent the other one received" {
	pingpong -p efa -e rdm -c
	sent=$(json 'sum(d["counters"]["send_bytes"] for n in s["nodes"] for d in n["devices"])')
	received=$(json 'sum(d["counters"]["recv_bytes"] for n in s["nodes"] for d in n["devices"])')
	[ "$sent" -gt 1000000 ]
	[ "$sent" = "$received" ]
}

@test "device RDMA READ between two nodes moves the counters by exactly its bytes" {
	start_on n1 "$work/server" env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" serve "$port" \
		rdmap144s27 1048576
	run on n2 env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" read "$port" rdmap144s27 1048576 64
	echo "$output"
	[ "$output" = "OK 64 x 1048576, device read 67108864 bytes in 64 requests" ]
	wait "${started[0]}"
	read_bytes=$(counter n2 rdmap144s27 rdma_read_bytes)
	[ "$read_bytes" -ge 67108864 ]
	[ "$(counter n1 rdmap144s27 rdma_read_resp_bytes)" = "$read_bytes" ]
	[ "$(counter n2 rdmap144s27 rdma_read_wr_err)" = 0 ]
	[ "$(counter n2 rdmap16s27 rdma_read_bytes)" = 0 ]
}

@test "without device RDMA the same read goes by messages" {
	start_on n1 "$work/server" env FI_EFA_USE_DEVICE_RDMA=0 "$build/test/rma" serve "$port" \
		rdmap16s27 65536
	run on n2 env FI_EFA_USE_DEVICE_RDMA=0 "$build/test/rma" read "$port" rdmap16s27 65536 20
	[ "$output" = "OK 20 x 65536, device read 0 bytes in 0 requests" ]
	[ "$(json 's["nodes"][1]["devices"][0]["counters"]["recv_bytes"] > 20 * 65536')" = True ]
}

@test "two devices of a node talk to each other in one process" {
	run on n1 env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" self rdmap16s27 rdmap160s27 \
		1048576 16
	[ "$output" = "OK 16 x 1048576, device read 16777216 bytes in 16 requests" ]
}

@test "a p5 reads with its own RDMA too" {
	node n3 p5.48xlarge
	run on n3 env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" self rdmap79s0 rdmap201s0 65536 16
	[ "$output" = "OK 16 x 65536, device read 1048576 bytes in 16 requests" ]
}

@test "peers in other network, UTS and mount namespaces reach each other" {
	start_on n1 "$work/server" unshare --net --uts "$build/test/post" serve rdmap16s27 \
		"$work/address"
	wait_for "$work/server" ready
	run on n2 unshare --net --uts "$build/test/post" read rdmap32s27 "$work/address"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == "posted after "* ]]
}

@test "two pairs at once get their own data" {
	for pair in 16 32; do
		start_on n1 "$work/server$pair" env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" serve \
			$((port + pair)) rdmap${pair}s27 262144
		start_on n2 "$work/reader$pair" env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" read \
			$((port + pair)) rdmap${pair}s27 262144 50
	done
	wait_for "$work/reader16" "OK 50 x 262144"
	wait_for "$work/reader32" "OK 50 x 262144"
}

@test "an idle endpoint uses no processor time: nothing wakes, nothing runs" {
	run on n1 "$build/test/idle" rdmap16s27 3
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "awake 1 times, 0 threads running" ]
}

@test "a child after fork opens the device for itself" {
	run on n1 "$build/test/idle" rdmap16s27 0 fork
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "child ok" ]
}

@test "a program that another takes the place of: nothing of the device is left, it opens again" {
	run on n1 "$build/test/idle" rdmap16s27 0 exec sh -c \
		'ls -l /proc/self/fd | grep -c "'"$fabric"'"; exec "$@"' sh "$build/test/idle" rdmap16s27 0
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "open "* ]]
	[ "${lines[1]}" = 0 ]
	[[ "${lines[2]}" == "open "* ]]
	[ "$(json 's["processes"]')" = "[]" ]
	[ "$(find "$fabric/contexts" -type f | wc -l)" -eq 0 ]
}
