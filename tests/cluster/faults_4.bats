#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Every fault of the software EFA once on four nodes: a survey blames the node
# and the device that have it, and nobody else. Both are drawn from the printed
# seed. Faults that take three rounds of traffic to be told share a node, each
# on a device of its own.

load helpers
load faults

setup_file() {
	lab_up_once -n 4
	lab conf efagate 'expected_devices = 4'
}

teardown_file() {
	lab_down
}

setup() {
	node=n$(($(draw 4 "$BATS_TEST_NUMBER") + 1))
	first=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	echo "# seed $EG_TEST_SEED"
	begin_faults
}

teardown() {
	end_faults
}

# one NAME... : these faults at the drawn node, on one device after the other.
one() {
	local each place=$first
	for each in "$@"; do
		break_one "$each" "$node" "$place"
		place=$(((place + 1) % 4))
	done
	survey 4 "${options[@]}"
	right_blame
}

@test "gone" { one gone; }
@test "unbound" { one unbound; }
@test "nofile" { one nofile; }
@test "noopen" { one noopen; }
@test "forbidden" { one forbidden; }
@test "zero-gid" { one zero-gid; }
@test "hang" { options=(--timeout 12) && one hang; }
@test "regfail" { one regfail; }
@test "unreachable, one way and the other" { one unreachable unreachable-in unreachable-out; }
@test "closed, one way and the other" { one closed closed-in closed-out; }
@test "silent after a while, a status of its own, wrong bytes" { one silent status corrupt; }
@test "slow" { one slow; }
@test "drops" { one drops; }
@test "a whole node unreachable" { one node-unreachable; }
@test "a whole node closed" { one node-closed; }
@test "nohugepages" { one nohugepages; }
@test "oldkernel" { one oldkernel; }

@test "every fault of the table is in a test of this file" {
	fault_table | cut -d'|' -f1 | while read -r each; do
		grep -qE "one( [a-z-]+)* $each( |;)" "$BATS_TEST_FILENAME" || { echo "no test: $each" && exit 1; }
	done
}
