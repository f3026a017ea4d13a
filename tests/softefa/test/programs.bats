#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# Programs as Debian ships them, in all their modes.

load common

setup() {
	softefa_setup
	for i in 1 2; do
		"$softefa" node create "$fabric" "n$i" --type p4de.24xlarge --no-memlock
	done
}
teardown() { softefa_teardown; }

# serve_and_call SERVER... -- CLIENT...: once the server listens on $port
serve_and_call() {
	local server=()
	while [ "$1" != -- ]; do
		server+=("$1")
		shift
	done
	shift
	start_on n1 "$work/server" "${server[@]}"
	for _ in $(seq 200); do
		ss -Hltn "sport = :$port" | grep -q . && break
		sleep 0.05
	done
	run on n2 "$@"
	echo "$output"
	cat "$work/server"
	[ "$status" -eq 0 ]
	wait "${started[-1]}"
}

@test "fi_pingpong: messages, tagged, every size, data checked" {
	for mode in msg tagged; do
		port=$((port + 1))
		serve_and_call fi_pingpong -p efa -e rdm -c -m $mode -S all -I 3 -B "$port" -- \
			fi_pingpong -p efa -e rdm -c -m $mode -S all -I 3 -P "$port" 127.0.0.1
		[ "$(grep -c '=3 ' <<<"$output")" -ge 20 ]
	done
}

@test "fi_pingpong: datagrams up to the largest" {
	for bytes in 64 1024 4096 8000; do
		port=$((port + 1))
		serve_and_call fi_pingpong -p efa -e dgram -c -S $bytes -B "$port" -- \
			fi_pingpong -p efa -e dgram -c -S $bytes -P "$port" 127.0.0.1
		[ "$(grep -c '=10 ' <<<"$output")" -eq 1 ]
	done
}

@test "fi_pingpong: what such a card has not is not offered" {
	for mode in "-e msg" "-e dgram -m tagged"; do
		# shellcheck disable=SC2086 # several words
		start_on n1 "$work/server" fi_pingpong -p efa $mode -B $((++port))
		for _ in $(seq 200); do
			ss -Hltn "sport = :$port" | grep -q . && break
			sleep 0.05
		done
		# shellcheck disable=SC2086
		run on n2 fi_pingpong -p efa $mode -P "$port" 127.0.0.1
		[ "$status" -ne 0 ]
		wait "${started[-1]}" || true
		[[ "$(cat "$work/server")" == "fi_getinfo(): "*" (No data available)" ]]
	done
}

@test "fi_pingpong: reads by the device's own RDMA in it" {
	export FI_EFA_USE_DEVICE_RDMA=1
	serve_and_call fi_pingpong -p efa -e rdm -c -S 4194304 -I 5 -B "$port" -- \
		fi_pingpong -p efa -e rdm -c -S 4194304 -I 5 -P "$port" 127.0.0.1
	[ "$(json 'sum(d["counters"]["rdma_read_bytes"] for n in s["nodes"] for d in n["devices"]) > 0')" = True ]
}

@test "ibv_ud_pingpong: both sides complete" {
	serve_and_call ibv_ud_pingpong -d rdmap16s27 -g 0 -p "$port" -n 500 -- \
		ibv_ud_pingpong -d rdmap16s27 -g 0 -p "$port" -n 500 127.0.0.1
	[[ "$output" == *"500 iters in "* ]]
	grep -q "500 iters in " "$work/server"
}

@test "ibv_devinfo -v and fi_info -v: what the card can do" {
	run on n1 ibv_devinfo -v -d rdmap16s27
	for line in "vendor_id:.*0x1d0f" "vendor_part_id:.*61344" "max_qp:.*256" "max_cq:.*512" \
		"max_mr:.*4096" "max_sge:.*1" "state:.*PORT_ACTIVE (4)" "max_msg_sz:.*0x22e0" \
		"active_width:.*4X (2)" "active_speed:.*25.0 Gbps (32)" "link_layer:.*Unspecified"; do
		grep -q "$line" <<<"$output"
	done
	run on n1 fi_info -v -p efa -t FI_EP_RDM -d rdmap16s27-rdm
	for line in "prov_name: efa" "name: rdmap16s27-rdm" "protocol: FI_PROTO_EFA" \
		"device_id: 0xefa0" "vendor_id: 0x1d0f" "driver: efa" "mtu: 8" "speed: 100000000000" \
		"state: FI_LINK_UP" "bus_id: 16" "device_id: 27"; do
		grep -q "$line" <<<"$output"
	done
}

@test "Open MPI over mtl ofi: two ranks on two nodes, data checked" {
	cat >"$work/rank" <<-END
		#!/bin/sh
		exec $softefa enter $fabric n\$((OMPI_COMM_WORLD_RANK + 1)) -- $build/test/mpi_pair
	END
	chmod 755 "$work/rank"
	cd "$work" || return 1
	run env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout -k 1 60 mpirun \
		--oversubscribe --bind-to none --mca pml cm --mca mtl ofi \
		--mca mtl_ofi_provider_include efa -n 2 "$work/rank"
	cd / || return 1
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"OK 55924050 bytes, sum 3"* ]]
	[ "$(json 'sum(d["counters"]["send_bytes"] for n in s["nodes"] for d in n["devices"]) > 55000000')" = True ]
}
