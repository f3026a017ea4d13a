#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# One command for a whole fabric, and nothing left of it.

setup() {
	build=$(realpath "${SOFTEFA_BUILD:-$BATS_TEST_DIRNAME/../../../build/softefa}")
	softefa=$build/softefa
	before=$(left)
}

teardown() {
	[ "$before" = "$(left)" ]
}

# What could stay behind: a folder, a mount, processes of nodes. Other tests may run beside this.
left() {
	ls -A /mnt /dev/shm
	grep -c ' /mnt ' /proc/self/mountinfo || true
	pgrep -c -f "$build/test/idle rdmap16s27 61" || true
}

# refused MESSAGE ARGUMENT...
refused() {
	local message=$1
	shift
	run "$softefa" "$@"
	[ "$status" -eq 64 ]
	[ "${lines[0]}" = "softefa: $message" ]
}

@test "run: a command on one new node, with its exit code" {
	run "$softefa" run --type p4de.24xlarge -- sh -c 'ibv_devices; echo $SOFTEFA_NODE; exit 7'
	[ "$status" -eq 7 ]
	[ "$(grep -c rdmap <<<"$output")" -eq 4 ]
	[ "${lines[-1]}" = n1 ]
}

@test "run: fi_pingpong between two nodes, the server first" {
	run timeout 30 "$softefa" run --type p4de.24xlarge --nodes 2 -- \
		fi_pingpong -p efa -e rdm -c @n1
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c '=10 ' <<<"$output")" -eq 12 ]
}

@test "run: options of the nodes, and one that fails ends the others" {
	run "$softefa" run --type p4de.24xlarge --devices 2 --kernel-names --nodes 3 -- \
		sh -c 'ls /sys/class/infiniband | xargs'
	[ "$output" = $'efa_0 efa_1\nefa_0 efa_1\nefa_0 efa_1' ]
	run timeout 20 "$softefa" run --type p4de.24xlarge --nodes 3 -- \
		sh -c '[ $SOFTEFA_NODE = n2 ] && exit 3; exec sleep 60'
	[ "$status" -eq 3 ]
}

@test "shell: nodes by name, faults, status" {
	run "$softefa" shell --type p4de.24xlarge --nodes 2 -- sh -c '
		softefa fault $SOFTEFA_FABRIC n2/rdmap16s27 gone
		n1 ls /dev/infiniband | wc -l; n2 ls /dev/infiniband | wc -l
		softefa status $SOFTEFA_FABRIC | grep -c gone'
	[ "$output" = $'4\n3\n1' ]
	run sh -c "echo 'n1 ibv_devices | grep -c rdmap' |
		SHELL=/bin/sh $softefa shell --type p5.48xlarge"
	[ "$output" = 32 ]
}

@test "run, killed: its processes and its memory go with it" {
	mark=$BATS_TEST_TMPDIR/mark
	"$softefa" run --type p4de.24xlarge --nodes 2 -- \
		sh -c "$build/test/idle rdmap16s27 61 >>$mark; true" 3>&- &
	for _ in $(seq 200); do
		[ "$(grep -c open "$mark" 2>/dev/null)" = 2 ] && break
		sleep 0.05
	done
	kill -KILL $!
	wait $! || true
	for _ in $(seq 200); do
		[ "$before" = "$(left)" ] && break
		sleep 0.05
	done
}

@test "wrong command lines say what is wrong" {
	refused "run takes options, '--' and a command" run --type p4de.24xlarge
	refused "--nodes needs a number from 1 to 64" run --type p4de.24xlarge --nodes 65 -- true
	refused "node create needs --type" run -- true
	refused "--type 'c5.large': no type with EFA, 'softefa types' lists them" \
		shell --type c5.large -- true
	refused "'@n3': there are 2 nodes" run --type p4de.24xlarge --nodes 2 -- true @n3
}
