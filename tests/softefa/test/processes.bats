#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# Peers that may not reach into each other's memory, and many processes at once.

load common

setup() {
	softefa_setup
	# RLIMIT_MEMLOCK cannot be raised on every machine
	"$softefa" node create "$fabric" n1 --type p4de.24xlarge --no-memlock
	"$softefa" node create "$fabric" n2 --type p4de.24xlarge --no-memlock
	one=(setpriv --reuid 65533 --clear-groups)
	two=(setpriv --reuid 65534 --clear-groups)
	inside=(unshare --pid --fork --kill-child)
	export FI_EFA_USE_DEVICE_RDMA=1
}
teardown() { softefa_teardown; }

# reads COUNT BYTES: n2 as in `reader` from n1 as in `server`
reads() {
	port=$((port + 1))
	start_on n1 "$work/server" "${server[@]}" "$build/test/rma" serve "$port" rdmap16s27 "$2"
	run on n2 "${reader[@]}" "$build/test/rma" read "$port" rdmap16s27 "$2" "$1"
	echo "$output"
}

@test "different users: reads and messages arrive" {
	server=("${one[@]}")
	reader=("${two[@]}")
	reads 20 1048576
	[ "$output" = "OK 20 x 1048576, device read 20971520 bytes in 20 requests" ]
	FI_EFA_USE_DEVICE_RDMA=0 reads 20 65536
	[ "$output" = "OK 20 x 65536, device read 0 bytes in 0 requests" ]
}

@test "root and an ordinary user, either way" {
	server=()
	reader=("${two[@]}")
	reads 4 65536
	[ "$output" = "OK 4 x 65536, device read 262144 bytes in 4 requests" ]
	server=("${two[@]}")
	reader=()
	reads 4 65536
	[ "$output" = "OK 4 x 65536, device read 262144 bytes in 4 requests" ]
}

@test "peers in PID namespaces of their own, where process ids are the same" {
	server=("${inside[@]}")
	reader=("${inside[@]}")
	reads 20 65536
	[ "$output" = "OK 20 x 65536, device read 1310720 bytes in 20 requests" ]
	FI_EFA_USE_DEVICE_RDMA=0 reads 20 65536
	[ "$output" = "OK 20 x 65536, device read 0 bytes in 0 requests" ]
	[ "$(json 'len(s["processes"]) <= 2')" = True ]
}

@test "fi_pingpong between different users in different PID namespaces, data checked" {
	start_on n1 "$work/server" "${inside[@]}" "${one[@]}" fi_pingpong -p efa -e rdm -c -B "$port"
	for _ in $(seq 100); do
		ss -Hltn "sport = :$port" | grep -q . && break
		sleep 0.05
	done
	run on n2 "${inside[@]}" "${two[@]}" fi_pingpong -p efa -e rdm -c -P "$port" 127.0.0.1
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c '=10 ' <<<"$output")" -eq 6 ]
}

# request WORD: by n2 as another user, to the receiver started by `offer`
request() {
	run on n2 "${two[@]}" "$build/test/verbs_pair" "$1" rdmap16s27 "$work/address"
	echo "$output"
}

offer() {
	start_on n1 "$work/receiver" "${one[@]}" "$build/test/verbs_pair" receive rdmap16s27 \
		"$work/address"
	wait_for "$work/receiver" ready
	chmod 644 "$work/address"
}

@test "by mail: keys and bounds are checked, a stopped peer is unresponsive, a killed one gone" {
	mkdir -m 1777 "$work/open"
	work=$work/open
	offer
	request read
	[ "$output" = "status 0" ]
	request send
	[ "$output" = "status 0" ]
	wait_for "$work/receiver" "received 's'"
	request send
	[ "$output" = "status 10" ]
	kill -STOP "${started[-1]}"
	request read
	[ "$output" = "status 13" ]
	kill -CONT "${started[-1]}"
	request read
	[ "$output" = "status 0" ]
	kill -KILL "${started[-1]}"
	wait "${started[-1]}" || true
	request read
	[ "$output" = "status 9" ]
	work=${work%/open}
}

@test "a stopped peer: its card answers reads and takes messages" {
	start_on n1 "$work/receiver" "$build/test/verbs_pair" twice rdmap16s27 "$work/address"
	wait_for "$work/receiver" ready
	pair() { on n2 "$build/test/verbs_pair" "$1" rdmap16s27 "$work/address"; }
	[ "$(pair send)" = "status 0" ]
	wait_for "$work/receiver" posted
	kill -STOP "${started[-1]}"
	[ "$(pair read)" = "status 0" ]
	[ "$(pair many)" = "sent 12" ]
	[ "$(pair send)" = "status 10" ]
	[ "$(cat "$work/receiver")" = "ready
posted" ]
	kill -CONT "${started[-1]}"
	wait_for "$work/receiver" "received 12"
	wait_for "$work/receiver" "one more"
	# what has come is in the memory, whether it was polled or not
	[ "$(pair send)" = "status 0" ]
	rm "$work/address"
	wait_for "$work/receiver" "memory 's' before it is polled, status 0"
}

@test "4 nodes with 32 devices: every device reads from the one across" {
	for i in 1 2 3 4; do
		"$softefa" node create "$fabric" "p$i" --type p5.48xlarge --no-memlock
	done
	for i in 1 2 3 4; do
		start_on "p$i" "$work/out$i" "$build/test/verbs_many" "$work/meet" $((i - 1)) 4
	done
	for i in 1 2 3 4; do
		wait_for "$work/out$i" "devices: 32, reads: 256, bad: 0"
	done
}

@test "64 nodes with 4 devices: every device reads from the one across" {
	for i in $(seq 3 64); do
		"$softefa" node create "$fabric" "n$i" --type p4de.24xlarge --no-memlock
	done
	for i in $(seq 64); do
		start_on "n$i" "$work/out$i" "$build/test/verbs_many" "$work/meet" $((i - 1)) 64
	done
	for i in $(seq 64); do
		wait_for "$work/out$i" "devices: 4, reads: 32, bad: 0"
	done
}
