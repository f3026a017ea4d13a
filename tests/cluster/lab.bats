#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The lab itself: a real Slurm with software EFA, beside the machine's own.

load helpers

setup_file() {
	sha256sum /etc/passwd /etc/group /etc/hosts >"$BATS_FILE_TMPDIR/etc"
	ls -la /etc/slurm /dev/infiniband /etc/ld.so.preload >"$BATS_FILE_TMPDIR/paths" 2>&1 || true
	lab_up_once -n 4
}

teardown_file() {
	lab_down
}

@test "srun as an ordinary user runs on four nodes" {
	run lab as user1 srun -N4 sh -c 'echo $(hostname) $(id -u)'
	[ "$status" -eq 0 ]
	[ "$(sort <<<"$output" | tr '\n' ' ')" = "n1 2001 n2 2001 n3 2001 n4 2001 " ]
}

@test "exit code, input, output and errors pass through" {
	run lab as user2 sh -c 'cat; echo err >&2; exit 7' <<<in
	[ "$status" -eq 7 ]
	[ "$output" = $'in\nerr' ]
}

@test "a command's environment is clean and its folder writable" {
	FROM_OUTSIDE=1 run lab on-as n2 user1 sh -c 'touch here && rm here && echo $HOME ${FROM_OUTSIDE-unset}'
	[ "$status" -eq 0 ]
	[ "$output" = "$EFAGATE_LAB/home/user1 unset" ]
}

@test "a batch job runs to its end" {
	printf '#!/bin/sh\nsrun hostname\n' >"$EFAGATE_LAB/home/user1/job"
	run lab as user1 sbatch -W -N2 -w n2,n3 -o out job
	[ "$status" -eq 0 ]
	run sort "$EFAGATE_LAB/home/user1/out"
	[ "$output" = $'n2\nn3' ]
}

@test "every node shows its own four EFA devices to fi_info" {
	run lab as user1 srun -N4 sh -c 'fi_info -p efa -t FI_EP_RDM | sed -n "s/ *domain: //p" | sort | tr "\n" " "; echo'
	[ "$status" -eq 0 ]
	[ "$(sort -u <<<"$output")" = "rdmap144s27-rdm rdmap160s27-rdm rdmap16s27-rdm rdmap32s27-rdm " ]
	[ "${#lines[@]}" -eq 4 ]
}

@test "a device taken from one node is missing there and nowhere else" {
	local names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
	local node=n$(($(draw 4 1) + 1)) device=${names[$(draw 4 2)]} other
	echo "# $node/$device"
	lab efa fault "$node/$device" gone
	for other in n1 n2 n3 n4; do
		run lab on "$other" ibv_devices
		[ "$status" -eq 0 ]
		if [ "$other" = "$node" ]; then
			[[ $output != *"$device"* ]]
		else
			[[ $output == *"$device"* ]]
		fi
	done
	lab efa fault "$node" clear
	run lab on "$node" ibv_devices
	[[ $output == *"$device"* ]]
}

@test "fi_pingpong crosses the fabric between two nodes with its data checked" {
	lab on-as n1 user1 timeout 60 fi_pingpong -p efa -e rdm -c -S 65536 &
	local server=$!
	sleep 1
	run lab on-as n2 user1 timeout 60 fi_pingpong -p efa -e rdm -c -S 65536 n1
	[ "$status" -eq 0 ]
	wait "$server"
	[[ $output == *"64k"* ]]
}

@test "a Prolog set with conf runs and its failure drains the node" {
	printf '#!/bin/sh\n[ "$SLURMD_NODENAME" != n3 ]\n' >"$EFAGATE_LAB/prolog"
	chmod 755 "$EFAGATE_LAB/prolog"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog"
	run lab as user1 srun -w n3 hostname
	[ "$status" -ne 0 ]
	run lab run sinfo -h -n n3 -o '%T %E'
	[[ $output == "drain"*" Prolog error" ]]
	lab conf slurm "Prolog="
	lab resume
}

@test "a stopped node is started again" {
	lab stop n4
	lab start n4
	run lab wait-idle 20
	[ "$status" -eq 0 ]
	run lab as user1 srun -w n4 hostname
	[ "$output" = n4 ]
}

@test "two labs at once do not meet, and down leaves nothing" {
	local second
	second=$(mktemp -d /tmp/efagate-test.XXXXXX)
	lab -d "$second" up -n 2 --no-efa
	run lab -d "$second" as user1 srun -N2 hostname
	[ "$(sort <<<"$output" | tr '\n' ' ')" = "n1 n2 " ]
	run lab as user1 srun -N4 hostname
	[ "${#lines[@]}" -eq 4 ]
	lab -d "$second" down
	[ ! -e "$second" ]
	run grep -c "$second" /proc/mounts
	[ "$output" = 0 ]
	run lab as user1 srun -N4 hostname
	[ "$status" -eq 0 ]
}

@test "the machine's own files stay as they were" {
	sha256sum -c "$BATS_FILE_TMPDIR/etc"
	run diff "$BATS_FILE_TMPDIR/paths" <(ls -la /etc/slurm /dev/infiniband /etc/ld.so.preload 2>&1)
	[ "$status" -eq 0 ]
}

@test "a wrong command line is refused" {
	run lab frobnicate
	[ "$status" -eq 64 ]
	run lab up -n nine
	[ "$status" -eq 64 ]
	[ "$output" = "lab: -n takes a number from 1 to 999, not 'nine'; see lab --help" ]
	run lab -d /tmp/efagate-no-such-lab run true
	[ "$status" -eq 1 ]
	[ "$output" = "lab: no lab is up in '/tmp/efagate-no-such-lab'" ]
}
