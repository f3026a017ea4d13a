#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate check on nodes of the lab: each layer a device can be lost in, with
# Debian's own hwloc, libibverbs, libefa and libfabric looking.

load helpers

addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)
names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)

setup_file() {
	lab_up_once -n 2
	lab conf efagate 'expected_devices = 4'
}

teardown_file() {
	lab_down
}

# A node and a device for this test, other ones with another seed.
setup() {
	salt=$BATS_TEST_NUMBER
	node=n$(($(draw 2 "$salt") + 1))
	index=$(draw 4 $((salt + 100)))
	pci=${addresses[index]}
	name=${names[index]}
	echo "# $node/$pci, seed $EG_TEST_SEED"
}

teardown() {
	lab efa fault "$node" clear
}

check() {
	lab on "$node" "$O/efagate" check "$@"
}

# The lines of the findings, and the verdict.
findings() {
	grep -E '^(EG|verdict)' <<<"$output"
}

@test "a good node passes, with the same devices that fi_info names" {
	run check --json
	[ "$status" -eq 0 ]
	[ "$(jq -r .verdict <<<"$output")" = pass ]
	[ "$(jq -r '[.findings[].id] | join(" ")' <<<"$output")" = "" ]
	local seen
	seen=$(jq -r '.devices[] | select(.layers | all) | .name + "-rdm"' <<<"$output" | sort)
	[ "$seen" = "$(lab on "$node" fi_info -p efa -t FI_EP_RDM | sed -n 's/ *domain: //p' | sort)" ]
	[ "$(wc -l <<<"$seen")" -eq 4 ]
	[ "$(jq -r .schema <<<"$output")" = efagate.report/1 ]
	[ "$(jq -r '.instance.type, .instance.expected_devices, .instance.expected_gbps' <<<"$output" | xargs)" = \
		"p4de.24xlarge 4 400" ]
	[ "$(jq -r '.huge_pages.total' <<<"$output")" = 10561 ]
	[ "$(jq -r '.devices[].capabilities | contains(["rdma_read"])' <<<"$output" | sort -u)" = true ]
	[ "$(jq -r '.devices[].capabilities | contains(["rdma_write"])' <<<"$output" | sort -u)" = false ]
}

@test "EG102: a device gone is named by its address" {
	lab efa fault "$node/$name" gone
	run check
	[ "$status" -eq 2 ]
	[[ "$(findings)" == "EG102 fail: 3/4 EFA on PCI, missing $pci; "*$'\n'"verdict     fail" ]]
	run check --json
	[ "$status" -eq 2 ]
	[ "$(jq -r '.findings[] | [.id, .outcome, .blame, .seen, .expected, .text] | join("|")' <<<"$output")" = \
		"EG102|fail|node|3 devices|4 devices|3/4 EFA on PCI, missing $pci" ]
}

@test "EG102 is a warning where only DMI says how many there should be" {
	printf '' >"$EFAGATE_LAB/empty.conf"
	lab efa fault "$node/$name" gone
	run check --config "$EFAGATE_LAB/empty.conf"
	[ "$status" -eq 1 ]
	[[ "$(findings)" == "EG102 warn: 3/4 EFA on PCI, missing $pci; "*$'\n'"verdict     warn" ]]
}

@test "EG101: all devices gone" {
	lab efa fault "$node" gone
	run check
	[ "$status" -eq 2 ]
	[[ "$(findings)" == "EG101 fail: "*$'\n'"verdict     fail" ]]
}

@test "EG103: a device without its driver" {
	lab efa fault "$node/$name" unbound
	run check
	[ "$status" -eq 2 ]
	[[ "$(findings)" == "EG103 fail: EFA $pci on PCI without driver; "*$'\n'"verdict     fail" ]]
}

@test "EG105 and EG110: a device nobody may open, which hides the others from libfabric" {
	lab efa fault "$node/$name" noopen EPERM
	run check
	[ "$status" -eq 2 ]
	[[ "$(findings)" == "EG105 fail: EFA $pci ($name) cannot be opened: Operation not permitted; "*$'\n'"EG110 fail: EFA $pci ($name) hides 3 others from libfabric; "*$'\n'"verdict     fail" ]]
}

@test "EG107: a device whose address is zero" {
	lab efa fault "$node/$name" zero-gid
	run check --no-fabric
	[ "$status" -eq 2 ]
	[[ "$(findings)" == "EG107 fail: EFA $pci ($name) has an all-zero GID; "*$'\n'"verdict     fail" ]]
}

@test "EG109: more devices than expected is a warning" {
	run check --expect-devices 3
	[ "$status" -eq 1 ]
	[[ "$(findings)" == "EG109 warn: "*$'\n'"verdict     warn" ]]
}

@test "EG902: a driver that hangs does not hang the check" {
	lab efa fault "$node/$name" hang
	run check --timeout 2
	[ "$status" -eq 3 ]
	[[ "$(findings)" == "EG902 unknown: devices not looked at within 2 s; "*$'\n'"verdict     unknown" ]]
}

@test "EG203: an ordinary user's memlock limit is judged, root's binds nobody" {
	run lab on-as "$node" user1 prlimit --memlock=65536 "$O/efagate" check
	[ "$status" -eq 1 ]
	[[ "$(findings)" == "EG203 warn: memlock limit is 64 KiB, below 16 GiB; "*$'\n'"verdict     warn" ]]
}

@test "a mistake in the configuration is named with file and line" {
	lab conf efagate 'expected_devices = 4' 'colour = blue'
	run check
	lab conf efagate 'expected_devices = 4'
	[[ "$output" == *"/etc/efagate/efagate.conf:2: colour: no such key"* ]]
	[ "$status" -ne 0 ]
	[ "$status" -ne 2 ]
}

@test "a p5.48xlarge shows 32 devices and passes" {
	local second
	second=$(mktemp -d /tmp/efagate-test.XXXXXX)
	lab -d "$second" up -n 1 --type p5.48xlarge
	run lab -d "$second" on n1 "$O/efagate" check --json
	lab -d "$second" down
	[ "$status" -eq 0 ]
	[ "$(jq '.devices | length' <<<"$output")" -eq 32 ]
	[ "$(jq -r '.instance.type, .instance.expected_devices, .instance.expected_gbps' <<<"$output" | xargs)" = \
		"p5.48xlarge 32 3200" ]
	[ "$(jq -r '.devices[] | select(.layers | all) | .device_id' <<<"$output" | sort -u)" = 0xefa1 ]
}

@test "a wrong command line ends with 64" {
	run check --frobnicate
	[ "$status" -eq 64 ]
	run check --expect-devices many
	[ "$status" -eq 64 ]
	run lab on "$node" "$O/efagate" frobnicate
	[ "$status" -eq 64 ]
	[ "$output" = "efagate: 'frobnicate' is not a command; efagate --help lists them" ]
}
