#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# Each fault word, and what unmodified programs make of it.

load common

setup() {
	softefa_setup
	node n1 p4de.24xlarge
	node n2 p4de.24xlarge
}
teardown() { softefa_teardown; }

domains() {
	on "$1" fi_info -p efa -t FI_EP_RDM | awk '/domain:/ {print $2}' | sort | xargs
}

all_domains="rdmap144s27-rdm rdmap160s27-rdm rdmap16s27-rdm rdmap32s27-rdm"

# reads COUNT BYTES [NODE_OF_READER]: from n1, by the device's own RDMA
reads() {
	start_on n1 "$work/server" env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" serve "$port" \
		rdmap16s27 "$2"
	run on "${3:-n2}" env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" read "$port" rdmap16s27 \
		"$2" "$1"
	echo "$output"
}

unresponsive="FAIL completion: err 5 (Input/output error), prov_errno 13"

@test "gone: the device is nowhere, the others stay, back brings it back" {
	fault n1/rdmap32s27 gone
	[ "$(domains n1)" = "rdmap144s27-rdm rdmap160s27-rdm rdmap16s27-rdm" ]
	run on n1 ibv_devinfo -d rdmap32s27
	[ "$output" = "IB device 'rdmap32s27' wasn't found" ]
	# the first is the network card
	[ "$(on n1 ls /sys/bus/pci/devices | xargs)" = \
		"0000:00:05.0 0000:10:1b.0 0000:90:1b.0 0000:a0:1b.0" ]
	[ "$(on n1 ls /dev/infiniband | xargs)" = "uverbs0 uverbs2 uverbs3" ]
	[ "$(on n1 lstopo-no-graphics | grep -c OpenFabrics)" -eq 3 ]
	fault n1/rdmap32s27 back
	[ "$(domains n1)" = "$all_domains" ]
	[ "$(on n1 lstopo-no-graphics | grep -c OpenFabrics)" -eq 4 ]
}

@test "gone shows in a namespace that was made before" {
	start_on n1 "$work/out" sh -c "ls /sys/class/infiniband | wc -l; read x <$work/go
		ls /sys/class/infiniband /dev/infiniband | xargs"
	mkfifo "$work/go"
	wait_for "$work/out" 4
	fault n1 gone
	[ -p "$work/go" ]
	timeout 5 sh -c "echo >$work/go"
	wait_for "$work/out" '^/sys/class/infiniband: /dev/infiniband:$\|^/dev/infiniband: /sys/class/infiniband:$'
}

@test "unbound: PCI shows it, without driver and verbs, bound brings it back" {
	fault n1/0000:20:1b.0 unbound
	[ "$(domains n1)" = "rdmap144s27-rdm rdmap160s27-rdm rdmap16s27-rdm" ]
	[ "$(on n1 cat /sys/bus/pci/devices/0000:20:1b.0/device)" = 0xefa0 ]
	run on n1 ls /sys/bus/pci/devices/0000:20:1b.0/driver
	[ "$status" -ne 0 ]
	[ "$(on n1 lstopo-no-graphics -v | grep -c '1d0f:efa0')" -eq 4 ]
	[ "$(on n1 lstopo-no-graphics | grep -c OpenFabrics)" -eq 3 ]
	fault n1/0000:20:1b.0 bound
	[ "$(domains n1)" = "$all_domains" ]
}

@test "gone and unbound together: each word undoes only its own" {
	fault n1/rdmap32s27 unbound
	fault n1/rdmap32s27 gone
	fault n1/rdmap32s27 back
	[ "$(on n1 ls /sys/bus/pci/devices | grep -c 1b.0)" -eq 4 ]
	[ "$(on n1 ls /sys/class/infiniband | wc -l)" -eq 3 ]
	fault n1/rdmap32s27 bound
	[ "$(on n1 ls /sys/class/infiniband | wc -l)" -eq 4 ]
}

@test "noopen: listed, but nobody opens it, and libfabric offers nothing at all" {
	fault n1/rdmap32s27 noopen EACCES
	run on n1 ibv_devinfo -d rdmap32s27
	[ "$output" = "Failed to open device" ]
	[ "$(on n1 ibv_devices | grep -c rdmap)" -eq 4 ]
	run on n1 fi_info -p efa -t FI_EP_RDM
	[ "$output" = "fi_getinfo: -61" ]
	run on n1 sh -c '</dev/infiniband/uverbs1'
	[[ "$output" == *"Permission denied"* ]]
	fault n1 clear
	[ "$(domains n1)" = "$all_domains" ]
}

@test "unreachable: reads fail with status 13 after a second" {
	fault n1/rdmap16s27 unreachable
	SECONDS=0
	reads 4 4096
	[ "$output" = "$unresponsive" ]
	[ "$SECONDS" -ge 1 ]
	[ "$(json 's["nodes"][1]["devices"][0]["counters"]["unresponsive_remote_events"] > 0')" = True ]
}

@test "unreachable with a time of its own fails sooner" {
	local start short long
	fault n1/rdmap16s27 unreachable 5s
	start=$(date +%s%N)
	reads 4 4096
	long=$((($(date +%s%N) - start) / 1000000))
	[ "$output" = "$unresponsive" ]
	fault n1/rdmap16s27 unreachable 100ms
	port=$((port + 1))
	start=$(date +%s%N)
	reads 4 4096
	short=$((($(date +%s%N) - start) / 1000000))
	[ "$output" = "$unresponsive" ]
	echo "$short ms, $long ms"
	[ "$long" -ge 5000 ]
	[ "$short" -lt "$long" ]
}

@test "unreachable for one peer leaves the others alone" {
	node n3 p4de.24xlarge
	fault n1/rdmap16s27 unreachable n3
	reads 4 4096
	[ "$output" = "OK 4 x 4096, device read 16384 bytes in 4 requests" ]
	port=$((port + 1))
	reads 4 4096 n3
	[ "$output" = "$unresponsive" ]
	fault n1/rdmap16s27 reachable
	port=$((port + 1))
	reads 4 4096 n3
	[ "$output" = "OK 4 x 4096, device read 16384 bytes in 4 requests" ]
}

@test "a fault for one peer alone" {
	node n3 p4de.24xlarge
	fault n1/rdmap16s27 corrupt --peer n3
	reads 4 4096
	[ "$output" = "OK 4 x 4096, device read 16384 bytes in 4 requests" ]
	port=$((port + 1))
	reads 4 4096 n3
	[ "$output" = "FAIL data: byte 4095 of 4096 is wrong" ]
}

@test "unreachable for less than the retry time goes unnoticed" {
	fault n1/rdmap16s27 unreachable 20s --for 3s
	reads 4 4096
	[ "$output" = "OK 4 x 4096, device read 16384 bytes in 4 requests" ]
	[ "$(counter n2 rdmap16s27 impaired_remote_conn_events)" -ge 1 ]
	[ "$(counter n2 rdmap16s27 retrans_timeout_events)" -ge 5 ]
	[ "$(counter n2 rdmap16s27 unresponsive_remote_events)" -eq 0 ]
}

@test "slow by a latency: each request takes that long" {
	fault n1/rdmap16s27 slow 20ms
	start=$(date +%s%N)
	reads 80 4096
	[ "$output" = "OK 80 x 4096, device read 327680 bytes in 80 requests" ]
	# 80 requests, 8 at a time
	[ $((($(date +%s%N) - start) / 1000000)) -ge 200 ]
}

@test "slow to a rate: all traffic shares it" {
	fault n1/rdmap16s27 slow 200mbit
	start=$(date +%s%N)
	reads 25 1048576
	[ "$output" = "OK 25 x 1048576, device read 26214400 bytes in 25 requests" ]
	[ $((($(date +%s%N) - start) / 1000000)) -ge 1000 ]
}

@test "slow does not hold up the caller" {
	fault n1/rdmap16s27 slow 300ms
	start_on n1 "$work/server" "$build/test/post" serve rdmap16s27 "$work/address"
	wait_for "$work/server" ready
	run on n2 "$build/test/post" read rdmap16s27 "$work/address"
	echo "$output"
	[[ "$output" =~ ^posted\ after\ ([0-9]+)\ us,\ completed\ after\ ([0-9]+)\ us$ ]]
	[ "${BASH_REMATCH[1]}" -lt 50000 ]
	[ "${BASH_REMATCH[2]}" -ge 300000 ]
}

@test "hang: opening the device does not return until cleared" {
	fault n1/rdmap32s27 hang
	start_on n1 "$work/out" ibv_devinfo -d rdmap32s27
	run timeout 1 "$softefa" enter "$fabric" n1 ibv_devinfo -d rdmap32s27
	[ "$status" -eq 124 ]
	# a library of another provider catches SIGTERM and waits for libfabric's lock
	run timeout -k 1 1 "$softefa" enter "$fabric" n1 fi_info -p efa
	[ "$status" -eq 137 ]
	[ ! -s "$work/out" ]
	fault n1/rdmap32s27 clear
	wait_for "$work/out" PORT_ACTIVE
}

@test "hang: one call of all, the others are answered" {
	fault n1/rdmap16s27 hang create_qp
	[[ "$("$softefa" status "$fabric")" == *" hang:create_qp"* ]]
	[ "$(json "s['nodes'][0]['devices'][0]['faults'][0]['verb']")" = create_qp ]
	on n1 ibv_devinfo -d rdmap16s27 | grep -q PORT_ACTIVE
	[[ "$(on n1 fi_info -p efa -t FI_EP_RDM)" == *rdmap16s27-rdm* ]]
	start_on n1 "$work/out" "$build/test/verbs" dmabuf rdmap16s27
	run timeout 2 "$softefa" enter "$fabric" n1 "$build/test/rma" self rdmap16s27 rdmap32s27 64 1
	[ "$status" -eq 124 ]
	[ ! -s "$work/out" ]
	fault n1/rdmap16s27 clear
	wait_for "$work/out" "no descriptor: EBADF"
}

@test "corrupt: data arrives with one byte damaged" {
	fault n1/rdmap16s27 corrupt
	reads 4 4096
	[ "$output" = "FAIL data: byte 4095 of 4096 is wrong" ]
}

@test "zero-gid: the address is zero in sysfs and for verbs" {
	fault n1/rdmap16s27 zero-gid
	zero=0000:0000:0000:0000:0000:0000:0000:0000
	[ "$(on n1 cat /sys/class/infiniband/rdmap16s27/ports/1/gids/0)" = $zero ]
	# ibv_devinfo prints no empty entry
	[ "$(on n1 ibv_devinfo -v -d rdmap16s27 | grep -c 'GID\[')" -eq 0 ]
	[ "$(on n1 ibv_devinfo -v -d rdmap32s27 | grep -c 'GID\[')" -eq 1 ]
	[ "$(on n1 cat /sys/class/infiniband/rdmap32s27/ports/1/gids/0)" != $zero ]
	# libfabric still offers it, and no peer takes its address
	[ "$(domains n1)" = "$all_domains" ]
	run on n1 "$build/test/rma" self rdmap32s27 rdmap16s27 64 1
	[ "$output" = "FAIL fi_av_insert: " ]
	fault n1/rdmap16s27 clear
	[ "$(on n1 cat /sys/class/infiniband/rdmap16s27/ports/1/gids/0)" != $zero ]
}

@test "a device that goes while it is read: the peer gets status 13, no crash" {
	start_on n1 "$work/server" env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" serve "$port" \
		rdmap16s27 1048576
	start_on n2 "$work/reader" env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" read "$port" \
		rdmap16s27 1048576 100000
	for _ in $(seq 100); do
		[ "$(json 's["nodes"][1]["devices"][0]["counters"]["rdma_read_wrs"] > 50')" = True ] && break
		sleep 0.05
	done
	fault n1/rdmap16s27 gone
	wait_for "$work/reader" "FAIL"
	[ "$(cat "$work/reader")" = "$unresponsive" ]
}

@test "a killed peer ends outstanding reads with status 9" {
	start_on n1 "$work/server" env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" serve "$port" \
		rdmap16s27 1048576
	start_on n2 "$work/reader" env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" read "$port" \
		rdmap16s27 1048576 100000
	for _ in $(seq 100); do
		[ "$(json 's["nodes"][1]["devices"][0]["counters"]["rdma_read_wrs"] > 50')" = True ] && break
		sleep 0.05
	done
	kill -KILL "${started[0]}"
	wait_for "$work/reader" "FAIL"
	[ "$(cat "$work/reader")" = "FAIL completion: err 5 (Input/output error), prov_errno 9" ]
}

@test "a word without a device concerns all of the node and nothing else" {
	fault n1 gone
	run on n1 ibv_devices
	[ "$(grep -c rdmap <<<"$output")" -eq 0 ]
	[ "$(domains n2)" = "$all_domains" ]
	fault n1 clear
	[ "$(domains n1)" = "$all_domains" ]
}

@test "status lists the faults that are set" {
	fault n1/rdmap16s27 unreachable n2 250ms
	fault n1/rdmap16s27 slow 10gbit
	[ "$(json '[(f["word"], f.get("peer")) for f in s["nodes"][0]["devices"][0]["faults"]]')" = \
		"[('unreachable', 'n2'), ('slow', None)]" ]
	[ "$(json 's["nodes"][0]["devices"][0]["faults"][0]["retry_us"]')" = 250000 ]
	"$softefa" status "$fabric" | grep rdmap16s27 | head -1 | grep -q 'unreachable:n2,slow$'
	fault n1 clear
	[ "$(json 's["nodes"][0]["devices"][0]["faults"]')" = "[]" ]
}
