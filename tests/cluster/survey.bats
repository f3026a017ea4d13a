#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# srun efagate survey: real traffic over the real efa provider, one report.

load helpers

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	lab_up_once -n 4
	lab conf efagate 'expected_devices = 4'
}

teardown_file() {
	lab_down
}

# Slurm hands our limit of locked memory on to the tasks, and that may be worth a warning.
setup() {
	local index
	good=warn good_code=1
	[ "$(ulimit -l)" != unlimited ] || good=pass good_code=0
	node=n$(($(draw 4 "$BATS_TEST_NUMBER") + 1))
	index=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	name=${names[index]}
	pci=${addresses[index]}
	echo "# $node/$pci, seed $EG_TEST_SEED"
}

teardown() {
	local other
	for other in n1 n2 n3 n4; do lab efa fault "$other" clear; done
	lab wait-idle 20
}

# survey SRUN-OPTION... -- OPTION...: $output is stdout, $talk is stderr.
survey() {
	local srun=()
	while [ "$1" != -- ]; do
		srun+=("$1")
		shift
	done
	shift
	status=0
	output=$(timeout 90 "$lab_program" as user1 srun "${srun[@]}" "$O/efagate" survey "$@" \
		2>"$BATS_TEST_TMPDIR/talk") || status=$?
	talk=$(cat "$BATS_TEST_TMPDIR/talk")
	[[ $output != "{"* ]] || output=$(held <<<"$output")
	echo "$output"
	echo "$talk"
}

@test "four good nodes: a line each, the common line, exit 0, and floors to start from" {
	survey -N4 -- --suggest-floors
	[ "$status" -eq "$good_code" ]
	[ "$(grep -cE "^n[1-4] +$good +4 +[0-9]+\.[0-9] +[0-9]+\.[0-9] +[0-9]+\.[0-9] +[0-9]+\.[0-9]{2} +[0-9]+ % +(EG203 memlock .*)?$" <<<"$output")" -eq 4 ]
	grep -qE '^efagate: 4 nodes, 16 EFA devices verified \(survey; slowest n[1-4] rdmap[0-9]+s27 [0-9.]+ Gb/s\)(, 4 warnings: all nodes EG203 .*)?$' <<<"$output"
	grep -qE '^speed_floors = p4de\.24xlarge=[0-9]+$' <<<"$output"
	[[ $talk != *efagate* ]]
}

@test "a device that reaches nobody: named in the table and the report, exit 2, nobody drained" {
	lab efa fault "$node/$name" unreachable
	survey -N4 -- --report report.json -v
	[ "$status" -eq 2 ]
	grep -qE "^$node +fail +4 .* EG403 EFA $pci \($name\) unreachable: fails with " <<<"$output"
	[ "$(grep -cE "^n[1-4] +$good " <<<"$output")" -eq 3 ]
	[[ $output == *"; nothing was drained; try --exclude=$node" ]]
	grep -qx 'efagate survey: 4 of 4 nodes ready' <<<"$talk"
	grep -qx 'efagate survey: round 1: 4 pairs of nodes' <<<"$talk"
	grep -qx 'efagate survey: round 1: 4 of 4 pairs done, 1 suspect node' <<<"$talk"
	grep -qxE 'efagate survey: round 3: ([0-9]+) of \1 pairs done, 1 suspect node' <<<"$talk"
	[ "$(held <"$EFAGATE_LAB/home/user1/report.json" | jq -r .schema)" = efagate.survey/1 ]
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
}

@test "on a terminal a line of each round goes on while results come, and no option is needed" {
	run timeout 90 script -qec "'$lab_program' as user1 srun --pty -N4 '$O/efagate' survey" /dev/null
	echo "$output" | cat -v
	grep -q 'efagate survey: 4 of 4 nodes ready' <<<"$output"
	grep -qE $'efagate survey: round 1: [0-4] of 4 pairs done\r' <<<"$output"
	grep -qE 'efagate survey: round 1: 4 of 4 pairs done, 0 suspect nodes' <<<"$output"
}

@test "the report as JSON says the same" {
	lab efa fault "$node/$name" unreachable
	survey -N4 -- --json
	[ "$status" -eq 2 ]
	[ "$(jq -r '.schema, .outcome, (.nodes | length), .rounds' <<<"$output" | paste -sd' ')" = "efagate.survey/1 fail 4 3" ]
	[ "$(jq -r '.nodes[] | select(.outcome == "fail") | .node, .instance_type, .findings[0].id, .findings[0].subject' <<<"$output" | paste -sd' ')" = "$node p4de.24xlarge EG403 $pci" ]
	[ "$(jq '[.nodes[] | select(.alone_gbps > 0 and .together_gbps > 0)] | length' <<<"$output")" -eq 4 ]
	[ "$(jq '[.nodes[] | select(.sum_gbps > .together_gbps and .line_rate_gbps == 400)] | length' <<<"$output")" -eq 4 ]
}

@test "EG102 by a row of the site's own and by a number that was learned, as check says it" {
	lab efa fault "$node/$name" gone
	sed -n 's/^p4de.24xlarge  *4 /p4de.24xlarge 5 /p' "$BATS_TEST_DIRNAME/../../etc/instances.conf" |
		sed 's/$/,0000:b0:1b.0/' >"$EFAGATE_LAB/instances"
	lab conf efagate "instances = $EFAGATE_LAB/instances"
	survey -N2 -w "$node" -- --json
	[ "$(jq -r ".nodes[] | select(.node == \"$node\") | .findings[] | select(.id == \"EG102\") | .text" <<<"$output")" = \
		"3/5 EFA on PCI, missing $pci, 0000:b0:1b.0" ]
	lab efa fault "$node" clear
	lab conf efagate "state_dir = $EFAGATE_LAB/state"
	lab on "$node" "$O/efagate" check --learn
	lab efa fault "$node/$name" gone
	survey -N2 -w "$node" -- --json
	lab conf efagate 'expected_devices = 4'
	[ "$(jq -r ".nodes[] | select(.node == \"$node\") | .findings[] | select(.id == \"EG102\") | [.outcome, .text] | join(\" \")" <<<"$output")" = \
		"fail 3/4 EFA on PCI, missing $pci" ]
}

@test "a closed group is the cluster's, in a line of its own" {
	for other in n1 n2 n3 n4; do
		for peer in n1 n2 n3 n4; do
			[ "$other" = "$peer" ] || lab efa fault "$other" unreachable "$peer"
		done
	done
	survey -N4 --
	[ "$status" -eq 2 ]
	grep -q '^EG401 fail: none of the 16 EFA devices of 4 nodes reaches another node' <<<"$output"
	[ "$(grep -cE "^n[1-4] +$good " <<<"$output")" -eq 4 ]
}

@test "more tasks on a node do nothing; without a step or with one node it says so" {
	survey -N2 -n4 --overcommit --
	[ "$status" -eq "$good_code" ]
	[ "$(grep -c 'verified (survey' <<<"$output")" -eq 1 ]
	survey -N1 --
	[ "$status" -eq 64 ]
	[[ $talk == *"efagate survey: one node; efagate burst --self is for that"* ]]
	run "$O/efagate" survey
	[ "$status" -eq 64 ]
	[ "$output" = "efagate survey: not in a step of Slurm; srun -N2 efagate survey; efagate survey --help says more" ]
	run "$O/efagate" survey --timeout 4
	[ "$status" -eq 64 ]
}

@test "EG404: a device of half a gigabit is warned of, and no other" {
	lab efa fault "$node/$name" slow 500mbit
	# On a busy machine the others may vary so much that it is lost among them.
	for _ in 1 2 3 4 5; do
		survey -N4 -- --json
		[ "$status" -eq 1 ] || [ "$status" -eq "$good_code" ]
		[ -z "$(jq -r '.nodes[] | select(.node != "'"$node"'") | .findings[] | select(.id == "EG404") | .text' <<<"$output")" ]
		found=$(jq -r '.nodes[].findings[] | select(.id == "EG404") | .subject' <<<"$output")
		[ -z "$found" ] || break
	done
	[ "$found" = "$pci" ]
}
