#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# srun --efa-verify as its users meet it: the real plugin, the real helper on
# every node, munge between them, software EFA below. Nodes and devices are
# drawn from the printed seed.

load helpers

addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	lab_up_once -n 4
	lab conf efagate 'expected_devices = 4'
	lab conf plugstack "optional $O/efagate.so helper=$O/efagate"
}

teardown_file() {
	lab_down
}

setup() {
	node=n$(($(draw 4 "$BATS_TEST_NUMBER") + 1))
	pci=${addresses[$(draw 4 $((BATS_TEST_NUMBER + 100)))]}
	echo "# $node/$pci, seed $EG_TEST_SEED"
}

teardown() {
	lab efa fault "$node" clear
	lab wait-idle 20
}

# What srun printed beside its own lines about exit codes and the tasks' names of
# nodes, which may come between; what to do, which is a line of its own, is put
# behind what was found.
own_lines() {
	grep -vE '^(srun: error: n[0-9]+: task.*|n[0-9]+)$' <<<"$output" |
		sed -z 's/\nefagate: \(no task started\|tasks started\)/; \1/g'
}

@test "on four good nodes an ordinary user's step runs and prints one line" {
	run lab as user1 srun --efa-verify=check -N4 hostname
	[ "$status" -eq 0 ]
	[ "$(sort <<<"$output")" = $'efagate: 4 nodes, 16 EFA devices verified (check)\nn1\nn2\nn3\nn4' ]
}

@test "a device taken away: no task, exit 75, one line with node, id, number and address" {
	lab efa fault "$node/$pci" gone
	run lab as user1 srun --efa-verify=check -N4 hostname
	[ "$status" -eq 75 ]
	[ "$(own_lines)" = "efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; no task started; try --exclude=$node$told" ]
	run lab run sinfo -h -N -o %T
	[[ $output != *drain* ]]
}

@test "a driver unbound is EG103" {
	lab efa fault "$node/$pci" unbound
	run lab as user2 srun --efa-verify=check -N4 hostname
	[ "$status" -eq 75 ]
	[ "$(own_lines)" = "efagate: $node: EG103: EFA $pci on PCI without driver; no task started; try --exclude=$node$told" ]
}

@test "two bad nodes: a line each and one what to do" {
	lab efa fault "n1/$pci" gone
	lab efa fault "n4/$pci" gone
	run lab as user1 srun --efa-verify=check -N4 hostname
	lab efa fault n1 clear
	lab efa fault n4 clear
	[ "$status" -eq 75 ]
	[ "$(own_lines)" = "efagate: n1: EG102: 3/4 EFA on PCI, missing $pci
efagate: n4: EG102: 3/4 EFA on PCI, missing $pci
efagate: 2 of 4 nodes bad; no task started; try --exclude=n1,n4$told" ]
}

@test "the advice of the line works" {
	lab efa fault "$node/$pci" gone
	run lab as user1 srun --efa-verify=check --exclude="$node" -N3 hostname
	[ "$status" -eq 0 ]
	[[ $output == *"efagate: 3 nodes, 12 EFA devices verified (check)"* ]]
}

@test "with --efa-on-failure=warn the tasks start all the same and it is said" {
	lab efa fault "$node/$pci" gone
	run lab as user1 srun --efa-verify=check --efa-on-failure=warn -N4 hostname
	[ "$status" -eq 0 ]
	[[ "$(own_lines)" == *"efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; tasks started all the same"* ]]
	[ "$(grep -cx 'n[1-4]' <<<"$output")" -eq 4 ]
}

@test "one node is judged alone" {
	run lab as user1 srun --efa-verify=check -w "$node" -N1 hostname
	[ "$status" -eq 0 ]
	[[ $output == *"efagate: 1 node, 4 EFA devices verified (check)"* ]]
}

@test "salloc, sbatch and --export=NONE reach the same check" {
	lab efa fault "$node/$pci" gone
	run lab as user1 salloc -N4 srun --efa-verify=check hostname
	[ "$status" -eq 75 ]
	[[ "$(own_lines)" == *"efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; no task started"* ]]
	run lab as user1 srun --efa-verify=check --export=NONE -N4 /bin/hostname
	[ "$status" -eq 75 ]
	printf '#!/bin/sh\nsrun --efa-verify=check hostname\necho "srun ended with $?"\n' >"$EFAGATE_LAB/home/user1/job"
	run lab as user1 sbatch -W -N4 -o out job
	run cat "$EFAGATE_LAB/home/user1/out"
	[[ "$(own_lines)" == *"efagate: $node: EG102: 3/4 EFA on PCI, missing $pci; no task started"* ]]
	[[ $output == *"srun ended with 75"* ]]
}

@test "an option word that does not exist stops srun and makes no job" {
	local before
	before=$(lab run sh -c 'scontrol show jobs -o | wc -l')
	run lab as user1 srun --efa-verify=maybe -N4 hostname
	[ "$status" -eq 255 ]
	[[ ${lines[0]} == "srun: error: efagate: --efa-verify: 'maybe' is not one of off, check, burst, full" ]]
	[ "$(lab run sh -c 'scontrol show jobs -o | wc -l')" = "$before" ]
}

@test "a device whose driver hangs: no task, one line, the step ends, no node drained" {
	lab efa fault "$node/$pci" hang
	run timeout 20 "$lab_program" as user1 srun --efa-verify=check -N4 hostname
	[ "$status" -eq 75 ]
	[ "$(own_lines | wc -l)" -eq 1 ]
	[[ "$(own_lines)" == "efagate: "*"$node"*"no task started"* ]]
	lab efa fault "$node" clear
	run lab run sinfo -h -N -o %T
	[[ $output != *drain* ]]
	run lab as user1 srun -N4 hostname
	[ "$status" -eq 0 ]
}

@test "FI_EFA_USE_HUGE_PAGE=0 is set where the ranks' forks would starve, never over the user's own" {
	# 8 ranks x 4 devices x 54 pages x 9 = 15552 of 10561
	run lab as user1 srun --efa-verify=check -N1 -n8 -w "$node" sh -c 'echo "v=$FI_EFA_USE_HUGE_PAGE"'
	[ "$(grep -cx 'v=0' <<<"$output")" -eq 8 ]
	grep -qx 'efagate: 1 node, 4 EFA devices verified (check), FI_EFA_USE_HUGE_PAGE=0 set' <<<"$output"
	run lab as user1 srun --efa-verify=check -N1 -n2 -w "$node" sh -c 'echo "v=$FI_EFA_USE_HUGE_PAGE"'
	[ "$(grep -cx 'v=' <<<"$output")" -eq 2 ]
	run lab as user1 env FI_EFA_USE_HUGE_PAGE=1 srun --efa-verify=check -N1 -n8 -w "$node" sh -c 'echo "v=$FI_EFA_USE_HUGE_PAGE"'
	[ "$(grep -cx 'v=1' <<<"$output")" -eq 8 ]
}

@test "EG201 where huge pages are kept and the ranks' forks would starve" {
	run lab as user1 srun --efa-verify=check --efa-huge-page=keep -N1 -n8 -w "$node" hostname
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"1 warning: $node EG201 8 ranks with 8 forks each on 4 EFA need 15552 huge pages, 10561 are available"* ]]
}
