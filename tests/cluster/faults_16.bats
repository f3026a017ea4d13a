#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Every fault of the software EFA on sixteen nodes, each at a node of its own, in
# three surveys: those of a node by itself, and those that traffic shows. Nodes
# and devices are drawn from the printed seed.

load helpers
load faults

names=(rdmap16s27 rdmap144s27)
addresses=(0000:10:1b.0 0000:90:1b.0)

setup_file() {
	lab_up_once -n 16 --type c6in.32xlarge
	two_devices_a_node
	lab conf efagate 'expected_devices = 2' "instances = $EFAGATE_LAB/instances"
}

teardown_file() {
	lab_down
}

setup() {
	echo "# seed $EG_TEST_SEED"
	begin_faults
}

teardown() {
	end_faults
}

# at_once NAME...: each at another node, and at the device behind that of the one before.
at_once() {
	local nodes each place first
	first=$(draw 2 $((10 * BATS_TEST_NUMBER)))
	mapfile -t nodes < <(draw_nodes $# 16 "$BATS_TEST_NUMBER")
	for each in "$@"; do
		place=$(((first + ${#broken[@]}) % 2))
		break_one "$each" "${nodes[${#broken[@]}]}" "$place"
	done
	survey 16 --timeout 60
	right_blame
}

@test "eleven nodes that are broken by themselves" {
	at_once gone unbound nofile noopen forbidden zero-gid regfail slow drops nohugepages oldkernel
}

# Not all nine: with as many bad ones as good a session may lack the tries to prove each.
@test "four nodes that are not reached, of each kind" {
	at_once unreachable unreachable-in unreachable-out node-unreachable
}

@test "five nodes whose traffic fails, of each kind" {
	at_once closed-in closed-out silent status corrupt
}

@test "EG405: a node all of whose devices are slow is warned of, and no other" {
	local node found
	node=$(draw_nodes 1 16 "$BATS_TEST_NUMBER")
	echo "# $node"
	lab efa fault "$node" slow 100mbit
	broken+=("$node")
	# On a busy machine the others may vary so much that it is lost among them.
	for _ in 1 2 3 4 5; do
		survey 16 --timeout 60
		[ "$status" -le 1 ]
		found=$(jq -r '.nodes[] | .node as $n | .findings[] | select(.id == "EG404" or .id == "EG405") | "\($n) \(.id) \(.outcome) \(.blame)"' <<<"$output")
		[ -z "$(grep -v "^$node " <<<"$found")" ]
		! grep -q EG405 <<<"$found" || break
	done
	[ "$found" = "$node EG405 warn node" ]
	jq -r '.nodes[].findings[] | select(.id == "EG405") | .text' <<<"$output" |
		grep -qxE "slow: [0-9.]+ Gb/s a device alone and [0-9.]+ together, the session's median is [0-9.]+ and [0-9.]+"
}
