#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# What unmodified programs list on a healthy node.

load common

setup() { softefa_setup; }
teardown() { softefa_teardown; }

p5_devices() {
	local bus
	for bus in 4f 50 51 52 60 61 62 63 71 72 73 74 82 83 84 85 93 94 95 96 a4 a5 a6 a7 \
		b5 b6 b7 b8 c6 c7 c8 c9; do
		echo "rdmap$((16#$bus))s0"
	done
}

@test "ibv_devinfo lists the four devices of a p4de, all active" {
	node n1 p4de.24xlarge
	run on n1 ibv_devinfo
	[ "$status" -eq 0 ]
	[ "$(grep '^hca_id' <<<"$output" | awk '{print $2}' | sort | xargs)" = \
		"rdmap144s27 rdmap160s27 rdmap16s27 rdmap32s27" ]
	[ "$(grep -c 'PORT_ACTIVE (4)' <<<"$output")" -eq 4 ]
	[ "$(grep -c 'vendor_part_id:.*61344' <<<"$output")" -eq 4 ]
}

@test "ibv_devinfo lists the 32 devices of a p5 under their real names" {
	node n1 p5.48xlarge
	run on n1 ibv_devinfo
	[ "$status" -eq 0 ]
	[ "$(grep '^hca_id' <<<"$output" | awk '{print $2}' | sort)" = "$(p5_devices | sort)" ]
	[ "$(grep -c 'PORT_ACTIVE (4)' <<<"$output")" -eq 32 ]
	[ "$(grep -c 'vendor_part_id:.*61345' <<<"$output")" -eq 32 ]
}

@test "fi_info offers exactly the four domains of a p4de" {
	node n1 p4de.24xlarge
	run on n1 fi_info -p efa -t FI_EP_RDM
	[ "$status" -eq 0 ]
	[ "$(grep domain: <<<"$output" | awk '{print $2}' | sort | xargs)" = \
		"rdmap144s27-rdm rdmap160s27-rdm rdmap16s27-rdm rdmap32s27-rdm" ]
	[ "$(grep -c '^provider: efa$' <<<"$output")" -eq 4 ]
}

@test "fi_info offers exactly the 32 domains of a p5" {
	node n1 p5.48xlarge
	run on n1 fi_info -p efa -t FI_EP_RDM
	[ "$status" -eq 0 ]
	[ "$(grep domain: <<<"$output" | awk '{print $2}' | sort)" = \
		"$(p5_devices | sed 's/$/-rdm/' | sort)" ]
}

@test "lstopo shows the devices with their PCI ids" {
	node n1 p4de.24xlarge
	run on n1 lstopo-no-graphics -v
	[ "$status" -eq 0 ]
	for each in "10:1b.0 rdmap16s27" "20:1b.0 rdmap32s27" "90:1b.0 rdmap144s27" \
		"a0:1b.0 rdmap160s27"; do
		grep -A1 "0000:${each% *}.*1d0f:efa0" <<<"$output" |
			grep -q "OpenFabrics.*\"${each#* }\""
	done
	[ "$(grep -c OpenFabrics <<<"$output")" -eq 4 ]
}

@test "lstopo reads the tree from outside with HWLOC_FSROOT" {
	node n1 p5.48xlarge
	HWLOC_FSROOT=$fabric/nodes/n1 HWLOC_COMPONENTS=linux,stop run lstopo-no-graphics
	[ "$status" -eq 0 ]
	[ "$(grep -c 'OpenFabrics "rdmap' <<<"$output")" -eq 32 ]
}

@test "the node says what machine it is and how many huge pages it has" {
	node n1 p4de.24xlarge
	"$softefa" node create "$fabric" n2 --type p5.48xlarge --huge-pages 7
	run on n1 cat /sys/class/dmi/id/product_name /sys/class/dmi/id/sys_vendor \
		/sys/kernel/mm/hugepages/hugepages-2048kB/{nr,free}_hugepages
	[ "$output" = $'p4de.24xlarge\nAmazon EC2\n10561\n10561' ]
	run on n1 sh -c 'cat /sys/devices/system/node/node*/hugepages/hugepages-2048kB/nr_hugepages |
		paste -sd+ | bc'
	[ "$output" = 10561 ]
	run on n2 cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	[ "$output" = 7 ]
}

@test "what the machine itself has of /sys is still there" {
	node n1 p4de.24xlarge
	[ "$(on n1 nproc)" = "$(nproc)" ]
	[ "$(on n1 cat /sys/devices/system/cpu/online)" = "$(cat /sys/devices/system/cpu/online)" ]
	[ "$(on n1 ls /sys/fs/cgroup)" = "$(ls /sys/fs/cgroup)" ]
	[ "$(on n1 cat /sys/class/net/lo/mtu)" = "$(cat /sys/class/net/lo/mtu)" ]
}

@test "addresses are unique in the whole fabric" {
	for i in 1 2 3; do node "n$i" p5.48xlarge; done
	[ "$(cat "$fabric"/nodes/*/sys/class/infiniband/*/ports/1/gids/0 | sort -u | wc -l)" -eq 96 ]
}

@test "an ordinary user sees and opens the devices" {
	node n1 p4de.24xlarge
	run on n1 setpriv --reuid 65534 --clear-groups fi_info -p efa -t FI_EP_RDM
	[ "$status" -eq 0 ]
	[ "$(grep -c domain: <<<"$output")" -eq 4 ]
}

@test "mode bits of the device file are obeyed" {
	node n1 p4de.24xlarge
	chmod 600 "$fabric/nodes/n1/dev/infiniband/uverbs0"
	run on n1 setpriv --reuid 65534 --clear-groups ibv_devinfo -d rdmap16s27
	[ "$output" = "Failed to open device" ]
	run on n1 setpriv --reuid 65534 --clear-groups ibv_devinfo -d rdmap32s27
	[ "$status" -eq 0 ]
}
