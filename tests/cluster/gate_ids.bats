#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Each fault of a device as the gate meets it, all in one cluster: on fourteen
# nodes an observing gate lets a job run over all of them, then an enforcing one
# drains seven, each for its own reason, and the job runs on the others, five of
# which have something to warn of.

load helpers
load numa

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)
drains=(EG101 EG102 EG103 EG104 EG105 EG107 EG110)
warns=(EG106 EG108 EG109 EG111 EG205)
goods=(good1 good2)

# Which node and device has which fault is drawn: $node, $index, $name and $pci of an id.
place_of() {
	local all=("${drains[@]}" "${warns[@]}" "${goods[@]}") i
	for i in "${!all[@]}"; do
		[ "${all[i]}" != "$1" ] || break
	done
	index=$(draw 4 "$((i + 100))")
	node=n$(((i + $(draw 14 1)) % 14 + 1))
	name=${names[index]}
	pci=${addresses[index]}
}

# The node's own file in the place of one that all share.
own_file() {
	lab on "$node" sh -c "cat >/run/own.$(basename "$1") && mount --bind /run/own.$(basename "$1") $1"
}

without_verbs() {
	lab on "$node" sh -c "mkdir /run/ib && for link in /sys/class/infiniband/*; do
			ln -s \"\$(readlink -f \"\$link\")\" /run/ib/; done; rm /run/ib/$name
		mount --bind /run/ib /sys/class/infiniband"
}

# make_faults: what stays until the lab is down.
make_faults() {
	local each
	place_of EG101
	for each in "${names[@]}"; do lab efa fault "$node/$each" gone; done
	place_of EG102
	lab efa fault "$node/$name" gone
	place_of EG103
	lab efa fault "$node/$name" unbound
	place_of EG104
	without_verbs
	place_of EG105
	lab efa fault "$node/$name" noopen EPERM
	place_of EG107
	lab efa fault "$node/$name" zero-gid
	place_of EG110
	lab efa fault "$node/$name" noopen EPERM
	place_of EG106
	lab on "$node" sh -c "echo $name >/run/ODD_HIDE"
	place_of EG205
	lab on "$node" sh -c 'echo all >/run/ODD_HIDE'
	place_of EG111
	files=$kept
	numa_files
	lab on "$node" sh -c "$mounts mount --bind $kept/at$((1 - index / 2)) /sys/bus/pci/devices/$pci/local_cpus"
	place_of EG108
	lab on "$node" sh -c "echo $name >/run/ODD_CARD"
	{
		lab on "$node" cat /etc/ld.so.preload
		echo "$O/tests/cluster/odd_card.so"
	} | own_file /etc/ld.so.preload
}

# site MODE: the nodes of EG109 and EG110 have words of their own.
site() {
	local lines=("mode = $1" 'gate_burst = off' 'drain_cap = 10' "libfabric = $O/tests/cluster/odd_libfabric.so"
		'gate_timeout_ms = 7900' 'scontrol_timeout_ms = 15000')
	lab conf efagate "${lines[@]}" 'expected_devices = 4'
	place_of EG109
	printf '%s\n' "${lines[@]}" 'expected_devices = 3' | own_file /etc/efagate/efagate.conf
	place_of EG110
	printf '%s\n' "${lines[@]}" 'expected_devices = 4' '[policy]' 'EG105 = warn' | own_file /etc/efagate/efagate.conf
}

# keep NAME: what the nodes and Slurm show now.
keep() {
	local each
	for each in $(lab nodes); do
		lab on "$each" sh -c 'cat /var/lib/efagate/reports/*.json; rm -rf /var/lib/efagate /run/efagate' >"$kept/$1.$each" 2>/dev/null || true
	done
	lab run sinfo -h -N -o '%N %T %E' >"$kept/$1.states"
}

setup_file() {
	export kept=$BATS_FILE_TMPDIR
	O=$(realpath "${O:-build}")
	lab_up_once -n 14
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog" PrologFlags=Alloc,DeferBatch
	printf '#!/bin/sh\nsrun hostname\n' >"$EFAGATE_LAB/home/user1/job"
	make_faults
	site observe
	lab as user1 timeout 60 srun -N14 hostname >"$kept/observe.out"
	keep observe
	site enforce
	for id in "${drains[@]}"; do
		place_of "$id"
		lab run scontrol update "nodename=$node" weight=1
	done
	for id in "${warns[@]}" "${goods[@]}"; do
		place_of "$id"
		lab run scontrol update "nodename=$node" weight=9
	done
	lab as user1 timeout 60 sbatch --parsable -W -N7 -o out job >"$kept/job"
	mv "$EFAGATE_LAB/home/user1/out" "$kept/enforce.out"
	keep enforce
}

teardown_file() {
	lab_down
}

# drained ID TEXT: observed and let run, then drained with this reason, and the job was not there.
drained() {
	place_of "$1"
	echo "# $1: $node/$pci, seed $EG_TEST_SEED"
	jq -c "[[.findings[].id], .action]" "$kept/observe.$node" "$kept/enforce.$node"
	cat "$kept/enforce.states"
	grep -qx "$node" "$kept/observe.out"
	[ "$(jq -r '[.verdict, .action.mode, .action.drained, .action.reason] | join("|")' "$kept/observe.$node" | sed 's/ (job [0-9]*)$//')" = \
		"fail|observe|false|efagate $1: $2" ]
	[ "$(grep "^$node " "$kept/observe.states")" = "$node idle none" ]
	[ "$(jq -r '[.verdict, .trigger, .job.id, .action.mode, .action.drained, .action.reason] | join("|")' "$kept/enforce.$node")" = \
		"fail|prolog|$(cat "$kept/job")|enforce|true|efagate $1: $2 (job $(cat "$kept/job"))" ]
	[ "$(grep "^$node " "$kept/enforce.states")" = "$node drained efagate $1: $2 (job $(cat "$kept/job"))" ]
	[ "$(grep -cx "$node" "$kept/enforce.out")" -eq 0 ]
}

# let_run ID VERDICT TEXT: told and kept in both modes, the job ran there, nothing was drained.
let_run() {
	local mode
	place_of "$1"
	echo "# $1: $node/$pci, seed $EG_TEST_SEED"
	for mode in observe enforce; do
		jq -c "[.findings, .action]" "$kept/$mode.$node"
		[ "$(jq -r '[.verdict, .action.mode, .action.drained, .findings[0].id, .findings[0].outcome, .findings[0].text] | join("|")' "$kept/$mode.$node")" = \
			"$2|$mode|false|$1|$2|$3" ]
		[ "$(grep "^$node " "$kept/$mode.states")" = "$node idle none" ]
		grep -qx "$node" "$kept/$mode.out"
	done
}

@test "EG101: no device: observed, then drained with its reason, the job elsewhere" {
	drained EG101 "no EFA on PCI, expected 4"
}

@test "EG102: a device gone: observed, then drained with its reason, the job elsewhere" {
	place_of EG102
	drained EG102 "3/4 EFA on PCI, missing $pci"
}

@test "EG103: a device without driver: observed, then drained with its reason, the job elsewhere" {
	place_of EG103
	drained EG103 "EFA $pci on PCI without driver"
}

@test "EG104: a device without verbs: observed, then drained with its reason, the job elsewhere" {
	place_of EG104
	drained EG104 "EFA $pci has a driver but no verbs device"
}

@test "EG105: a device that cannot be opened: observed, then drained with its reason, the job elsewhere" {
	place_of EG105
	drained EG105 "EFA $pci ($name) cannot be opened: Operation not permitted"
}

@test "EG107: a device without address: observed, then drained with its reason, the job elsewhere" {
	place_of EG107
	drained EG107 "EFA $pci ($name) has an all-zero GID"
}

@test "EG110: a device that hides all others: observed, then drained with its reason, the job elsewhere" {
	place_of EG110
	drained EG110 "EFA $pci ($name) hides 3 others from libfabric"
}

@test "EG106: a device that libfabric leaves out is told, the job runs" {
	place_of EG106
	let_run EG106 fail "EFA $pci ($name) not offered by libfabric"
}

@test "EG108: a device unlike its siblings is told, the job runs" {
	place_of EG108
	let_run EG108 warn "EFA $pci has capabilities 0x6, its siblings 0x7"
}

@test "EG109: more devices than expected are told, the job runs" {
	let_run EG109 warn "4 EFA on PCI, expected 3"
}

@test "EG111: a device at another NUMA node is told, the job runs" {
	place_of EG111
	let_run EG111 warn "EFA $pci is at NUMA node $((1 - index / 2)), its type has it at $((index / 2))"
}

@test "EG205: a libfabric that offers none is told, the job runs" {
	let_run EG205 warn "libfabric $(fi_info --version | sed -nE 's/^libfabric: ([0-9]+\.[0-9]+).*/\1/p') offers none of 4 EFA that open"
}

@test "good nodes are in no report, and the job ran where nothing was drained, no node beyond" {
	local id
	for id in "${goods[@]}"; do
		place_of "$id"
		[ ! -s "$kept/observe.$node" ]
		[ ! -s "$kept/enforce.$node" ]
	done
	[ "$(wc -l <"$kept/observe.out")" -eq 14 ]
	[ "$(sort "$kept/enforce.out")" = "$(for id in "${warns[@]}" "${goods[@]}"; do
		place_of "$id"
		echo "$node"
	done | sort)" ]
	[ "$(grep -c ' idle none$' "$kept/enforce.states")" -eq 7 ]
	[ "$(grep -c ' drained efagate EG' "$kept/enforce.states")" -eq 7 ]
}
