#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# Nodes of every kind: where their devices are, and what is awkward about them.

load common

setup() { softefa_setup; }
teardown() { softefa_teardown; }

# make NODE TYPE OPTION...
make() {
	"$softefa" node create "$fabric" "$1" --type "$2" "${@:3}"
}

# addresses NODE: of the functions on the bus that are EFAs, in bus order
addresses() {
	grep -l 0xefa "$fabric/nodes/$1"/sys/bus/pci/devices/*/device |
		sed 's#.*/devices/0000:##; s#/device##' | xargs
}

@test "types: all instance types with EFA, each can be built" {
	[ "$("$softefa" types | wc -l)" -eq 300 ]
	"$softefa" types | awk '{print $1}' | shuf -n 20 --random-source=/dev/zero >"$work/types"
	while read -r type; do
		make "n-$type" "$type"
		[ "$(find "$fabric/nodes/n-$type/sys/class/infiniband" -type l | wc -l)" -ge 1 ]
	done <"$work/types"
}

@test "real addresses where they are known" {
	make p5en p5en.48xlarge
	[ "$(addresses p5en)" = "55:00.0 56:00.0 57:00.0 58:00.0 6e:00.0 6f:00.0 70:00.0 71:00.0 \
87:00.0 88:00.0 89:00.0 8a:00.0 a0:00.0 a1:00.0 a2:00.0 a3:00.0" ]
	make b300 p6-b300.48xlarge
	[ "$(addresses b300)" = "56:00.0 57:00.0 65:00.0 66:00.0 74:00.0 75:00.0 83:00.0 84:00.0 \
92:00.0 93:00.0 a1:00.0 a2:00.0 b0:00.0 b1:00.0 bf:00.0 c0:00.0" ]
	make gb200 p6e-gb200.36xlarge
	[ "$(addresses gb200 | wc -w)" -eq 16 ]
	make trn1n trn1n.32xlarge
	[ "$(addresses trn1n | wc -w)" -eq 16 ]
	make hpc7a hpc7a.96xlarge --devices 1
	[ "$(addresses hpc7a)" = "10:1b.0" ]
}

@test "the rate is rounded down as the driver does, 100 before 2.13.0" {
	make n1 p5en.48xlarge
	make n2 p5en.48xlarge --driver 2.12.0
	make n3 hpc7a.96xlarge
	make n4 g5.8xlarge
	rate() { cat "$fabric/nodes/$1"/sys/class/infiniband/*/ports/1/rate | sort -u; }
	[ "$(rate n1)" = "200 Gb/sec (4X HDR)" ]
	[ "$(rate n2)" = "100 Gb/sec (4X EDR)" ]
	[ "$(rate n3)" = "120 Gb/sec (12X FDR10)" ]
	[ "$(rate n4)" = "25 Gb/sec (1X EDR)" ]
	run on n1 ibv_devinfo -v -d rdmap85s0
	[[ "$output" == *"active_speed:"*"50.0 Gbps (64)"* ]]
	# libfabric 1.17 does not know that speed
	run on n1 fi_info -v -p efa -t FI_EP_RDM -d rdmap85s0-rdm
	[[ "$output" == *"device_id: 0xefa2"* ]]
	[ "$(grep -c 'speed: 0' <<<"$output")" -eq 1 ]
}

@test "a P6 lists two devices of another driver first; Debian 12 has no driver for its EFAs" {
	make n1 p6-b200.48xlarge
	[ "$(on n1 cat /sys/class/infiniband_verbs/uverbs{0,1,2}/ibdev | xargs)" = \
		"ibp115s0f0 ibp116s0f0 rdmap79s0" ]
	[ "$(on n1 ls /dev/infiniband | wc -l)" -eq 10 ]
	[ "$(on n1 lstopo-no-graphics | grep -c 'OpenFabrics "ibp')" -eq 2 ]
	[ "$(on n1 lstopo-no-graphics | grep -c 'OpenFabrics "rdmap')" -eq 8 ]
	run on n1 ibv_devices
	[ "$(grep -c ibp <<<"$output")" -eq 2 ]
	[ "$(grep -c rdmap <<<"$output")" -eq 0 ]
	run on n1 fi_info -p efa -t FI_EP_RDM
	[ "$output" = "fi_getinfo: -61" ]
}

@test "names as the kernel gives them, and fewer devices than the type can have" {
	make n1 p4d.24xlarge --kernel-names --devices 3
	run on n1 fi_info -p efa -t FI_EP_RDM
	[ "$(awk '/domain:/ {print $2}' <<<"$output" | sort | xargs)" = "efa_0-rdm efa_1-rdm efa_2-rdm" ]
	run on n1 env FI_EFA_USE_DEVICE_RDMA=1 "$build/test/rma" self efa_0 efa_2 65536 4
	[ "$output" = "OK 4 x 65536, device read 262144 bytes in 4 requests" ]
}

@test "a device that appears late" {
	make n1 p4d.24xlarge
	fault n1/rdmap144s27 gone --for 2s
	[ "$(on n1 ls /sys/class/infiniband | wc -l)" -eq 3 ]
	for _ in $(seq 200); do
		[ "$(on n1 ls /sys/class/infiniband | wc -l)" -eq 4 ] && break
		sleep 0.05
	done
	[ "$(on n1 fi_info -p efa -t FI_EP_RDM | grep -c domain)" -eq 4 ]
	[ "$(json 's["nodes"][0]["devices"][2]["faults"]')" = "[]" ]
}

@test "generation 1 without RDMA read: forcing it aborts in the provider's words" {
	make n1 dl1.24xlarge
	cd "$work" || return 1
	run on n1 env FI_EFA_USE_DEVICE_RDMA=1 fi_info -p efa
	cd / || return 1
	echo "$output"
	[[ "$output" == *"FI_EFA_USE_DEVICE_RDMA=1 was set by users, but EFA device has no rdma-read capability"* ]]
	run on n1 "$build/test/rma" self rdmap16s27 rdmap32s27 65536 4
	[ "$output" = "OK 4 x 65536, device read 0 bytes in 0 requests" ]
}

counters() {
	find "$fabric/nodes/$1/sys/class/infiniband/rdmap16s27/$2" -type f -printf '%f\n' | sort | xargs
}

@test "counters by version of the driver, in the folders it has them in" {
	make new p4d.24xlarge
	make mid p4d.24xlarge --driver 1.14.0
	make old p4d.24xlarge --driver 1.9.0
	[ "$(cat "$fabric/nodes/old/sys/module/efa/version")" = 1.9.0 ]
	[ ! -e "$fabric/nodes/old/sys/class/infiniband/rdmap16s27/ports/1/hw_counters" ]
	[ "$(counters old hw_counters/)" = "alloc_pd_err alloc_ucontext_err cmds_err completed_cmds \
create_ah_err create_cq_err create_qp_err keep_alive_rcvd lifespan mmap_err no_completion_cmds \
reg_mr_err rx_bytes rx_drops rx_pkts submitted_cmds tx_bytes tx_pkts" ]
	[ "$(counters mid ports/1/hw_counters/)" = "lifespan rdma_read_bytes rdma_read_resp_bytes \
rdma_read_wr_err rdma_read_wrs recv_bytes recv_wrs rx_bytes rx_drops rx_pkts send_bytes send_wrs \
tx_bytes tx_pkts" ]
	[ "$(counters new ports/1/hw_counters/ | wc -w)" -eq 23 ]
	[ "$(cat "$fabric/nodes/mid/sys/class/infiniband/rdmap16s27/node_guid")" = 0000:0000:0000:0000 ]
	run on old env FI_EFA_USE_DEVICE_RDMA=1 fi_info -p efa
	[ "$status" -eq 0 ]
	on old "$build/test/rma" fork rdmap16s27
	[ "$(on old cat /sys/class/infiniband/rdmap16s27/hw_counters/submitted_cmds)" -gt 5 ]
}

@test "what the driver says of GPUs' memory, by its version: no GPU driver is there" {
	make new p5.48xlarge
	make mid p5.48xlarge --driver 2.5.0
	make old p5.48xlarge --driver 1.8.0
	below() { (cd "$fabric/nodes/$1/sys/class/infiniband/rdmap79s0/device" && head -- "$2" 2>&1); }
	[ "$(below new p2p)" = "" ]
	[[ "$(below new gdr)" == *"No such file"* ]]
	[ "$(below mid gdr)" = 0 ]
	[[ "$(below mid p2p)" == *"No such file"* ]]
	[[ "$(below old p2p)$(below old gdr)" == *"No such file"*"No such file"* ]]
	fault new/rdmap79s0 unbound
	[ ! -e "$fabric/nodes/new/sys/bus/pci/devices/0000:4f:00.0/p2p" ]
}

@test "network cards are on the bus too: same vendor and class, another device and driver" {
	make p5 p5.48xlarge
	run on p5 lstopo-no-graphics --of console --no-caches -v --whole-io
	[ "$(grep -c 1d0f:ec20 <<<"$output")" -eq 33 ]
	[ "$(grep -c 1d0f:efa1 <<<"$output")" -eq 32 ]
	[ "$(cat "$fabric/nodes/p5/sys/bus/pci/devices/0000:47:00.0/class")" = 0x020000 ]
	[ "$(basename "$(readlink "$fabric/nodes/p5/sys/bus/pci/devices/0000:47:00.0/driver")")" = ena ]
	make p4d p4d.24xlarge
	[ "$(on p4d lstopo-no-graphics --of console -v --whole-io | grep -c 1d0f:ec20)" -eq 1 ]
	[ -e "$fabric/nodes/p4d/sys/bus/pci/devices/0000:00:05.0" ]
}

@test "a card's keep-alive counter grows" {
	make n1 p4d.24xlarge
	keep_alive() { on n1 cat /sys/class/infiniband/rdmap16s27/hw_counters/keep_alive_rcvd; }
	first=$(keep_alive)
	sleep 2.1
	[ "$(keep_alive)" -ge $((first + 2)) ]
}
