#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate check beside the programs an administrator would run: the same devices,
# the same addresses, on nodes of different instance types.

bats_require_minimum_version 1.5.0

load node

types=(p4de.24xlarge p5.48xlarge p5en.48xlarge p6-b200.48xlarge hpc7a.96xlarge c5n.18xlarge)

setup_file() {
	fabric_up
}

teardown_file() {
	fabric_down
}

# What check says of the devices of node $1 in layer $2: names, places, addresses; sorted.
by_check() {
	jq -r --arg layer "$2" '.devices[] | select(.layers[$layer]) | [.name, .pci, .gid // "-"] | join(" ")' \
		<"$BATS_TEST_TMPDIR/$1.json" | sort
}

names_of_fi_info() {
	"$softefa" enter "$fabric" "$1" -- fi_info -p efa -t FI_EP_RDM 2>/dev/null |
		sed -nE 's/^ *domain: (.*)-rdm$/\1/p' | sort -u
}

# Names and addresses: ibv_devinfo knows no PCI, lstopo no GID of libibverbs.
by_ibv_devinfo() {
	"$softefa" enter "$fabric" "$1" -- ibv_devinfo -v 2>/dev/null | awk '
		/hca_id:/ { name = $2; vendor = "" }
		/vendor_id:/ { vendor = $2 }
		/GID\[ *0\]:/ && vendor == "0x1d0f" { print name, $NF }' | sort
}

by_lstopo() {
	"$softefa" enter "$fabric" "$1" -- lstopo-no-graphics -v --whole-io --of console 2>/dev/null |
		awk '/PCI L#/ { address = /id=1d0f:efa/ ? $0 : ""; sub(/.*busid=/, "", address); sub(/ .*/, "", address) }
			/OpenFabrics L#/ && address { name = $0; sub(/.*"/, "", name)
				split($0, part, "\""); print part[2], address }' | sort
}

# GIDs in one form: fe80::1 as fe80:0000:...
long_form() {
	/usr/bin/python3 -c 'import ipaddress, sys
for line in sys.stdin:
    *front, gid = line.split()
    print(*front, ipaddress.ip_address(gid).exploded)'
}

compare() {
	local node=$1
	"$softefa" enter "$fabric" "$node" -- "$efagate" check --json \
		>"$BATS_TEST_TMPDIR/$node.json" || true
	# Debian 12's rdma-core does not know the cards of P6: nobody can open these there.
	if [ "$(jq -r '.devices[0].device_id' "$BATS_TEST_TMPDIR/$node.json")" = 0xefa3 ]; then
		[ "$(jq -r '.verdict, .findings[].id' "$BATS_TEST_TMPDIR/$node.json" | paste -sd' ')" = "unknown EG901" ]
	else
		[ "$(jq -r .verdict "$BATS_TEST_TMPDIR/$node.json")" = pass ]
	fi
	diff <(by_check "$node" fabric | cut -d' ' -f1) <(names_of_fi_info "$node")
	diff <(by_check "$node" open | cut -d' ' -f1,3 | long_form) <(by_ibv_devinfo "$node" | long_form)
	diff <(by_check "$node" pci | cut -d' ' -f1,2) <(by_lstopo "$node")
}

@test "check, fi_info, ibv_devinfo and lstopo show the same devices and addresses" {
	local type node number=0 table
	for type in "${types[@]}"; do
		node=c$((++number))
		"$softefa" node create "$fabric" "$node" --type "$type"
		echo "$type"
		compare "$node"
		table=$(awk -v type="$type" '$1 == type { print $2 }' \
			"$BATS_TEST_DIRNAME/../../etc/instances.conf")
		[ "$(by_check "$node" pci | wc -l)" = "$table" ]
	done
	[ "$number" = "${#types[@]}" ]
}

@test "they agree about a device that is gone, too" {
	local node=n1
	draw_device
	"$softefa" fault "$fabric" "n1/$name" gone
	"$softefa" enter "$fabric" n1 -- "$efagate" check --json >"$BATS_TEST_TMPDIR/n1.json" || true
	[ "$(by_check n1 pci | wc -l)" = 3 ]
	diff <(by_check $node fabric | cut -d' ' -f1) <(names_of_fi_info $node)
	diff <(by_check $node pci | cut -d' ' -f1,2) <(by_lstopo $node)
	"$softefa" fault "$fabric" n1 clear
}
