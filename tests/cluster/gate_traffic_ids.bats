#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Each fault of traffic as the gates of a job meet it. Those of a node: told by a
# first job, observed by a second, drained by a third, which runs elsewhere; all in
# one cluster at once. Those of no single node: told, the job runs.

load helpers

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)
blamed=(EG402 EG403 EG406)
# Speeds are measured in a gate where the site has floors, here for other nodes than these.
floors=('speed_floors = p5.48xlarge=80')

setup_file() {
	export kept=$BATS_FILE_TMPDIR
	lab_up_once -n 9
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	ln -s "$O/efagate" "$EFAGATE_LAB/epilog"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog" PrologFlags=Alloc,DeferBatch "Epilog=$EFAGATE_LAB/epilog"
	printf '#!/bin/sh\nsrun hostname\n' >"$EFAGATE_LAB/home/user1/job"
	run_jobs
}

teardown_file() {
	lab_down
}

setup() {
	echo "# seed $EG_TEST_SEED"
}

# Which node and device has which fault is drawn: $node, $name and $pci of an id.
place_of() {
	local i index
	for i in "${!blamed[@]}"; do
		[ "${blamed[i]}" != "$1" ] || break
	done
	index=$(draw 4 "$((i + 100))")
	node=n$(((i + $(draw 9 1)) % 9 + 1))
	name=${names[index]}
	pci=${addresses[index]}
}

# Nine nodes on two cores need longer to open their devices and to meet.
site() {
	lab conf efagate 'expected_devices = 4' 'gate_timeout_ms = 7900' "meet_ms = ${meet:-6000}" 'session_ms = 7800' \
		'scontrol_timeout_ms = 15000' 'strike_gap_s = 1' 'drain_cap = 10' "$@"
}

reports() {
	lab on "$1" sh -c 'cat /var/lib/efagate/reports/*.json 2>/dev/null' || true
}

# keep NAME: what each node has reported since the last time, and what Slurm shows.
keep() {
	local each
	for each in $(lab nodes); do
		reports "$each" >"$kept/$1.$each"
		lab on "$each" rm -rf /var/lib/efagate/reports
	done
	lab run sinfo -h -N -o '%N %T %E' >"$kept/$1.states"
}

# The Epilogs of the last job have ended: no job is kept as running.
jobs_gone() {
	local each
	for each in $(lab nodes); do
		for _ in {1..100}; do
			[ -n "$(lab on "$each" sh -c 'ls /run/efagate/jobs' 2>/dev/null)" ] || break
			sleep 0.1
		done
	done
}

run_jobs() {
	local each
	place_of EG402
	lab efa fault "$node" unreachable 500ms
	place_of EG403
	lab efa fault "$node/$name" unreachable 500ms
	place_of EG406
	lab efa fault "$node/$name" corrupt
	site 'mode = enforce'
	lab as user1 timeout 60 srun -N9 hostname >"$kept/first.out"
	jobs_gone
	keep first
	site 'mode = observe'
	lab as user1 timeout 60 srun -N9 hostname >"$kept/observe.out"
	jobs_gone
	keep observe
	site 'mode = enforce'
	for each in $(lab nodes); do lab run scontrol update "nodename=$each" weight=9; done
	for each in "${blamed[@]}"; do
		place_of "$each"
		lab run scontrol update "nodename=$node" weight=1
	done
	lab as user1 timeout 60 sbatch --parsable -W -N6 -o out job >"$kept/job"
	mv "$EFAGATE_LAB/home/user1/out" "$kept/enforce.out"
	keep enforce
}

# What a report says of its first failure and of what was done.
words() {
	jq -r '[([.findings[] | select(.outcome == "fail")][0] | .id, .blame, .subject), .action.mode, .action.drained] | join("|")' "$1"
}

# drained ID BLAME SUBJECT TEXT: told and let run, observed and let run, then drained and the job elsewhere.
drained() {
	place_of "$1"
	echo "# $1: $node/$pci"
	jq -c '[[.findings[] | [.id, .text]], .action]' "$kept"/*."$node"
	grep -qx "$node" "$kept/first.out"
	[ "$(words "$kept/first.$node")" = "$1|$2|$3|enforce|false" ]
	[ "$(jq -r .action.reason "$kept/first.$node")" = null ]
	[ "$(grep "^$node " "$kept/first.states")" = "$node idle none" ]
	grep -qx "$node" "$kept/observe.out"
	[ "$(words "$kept/observe.$node")" = "$1|$2|$3|observe|false" ]
	[[ "$(jq -r .action.reason "$kept/observe.$node")" == "efagate $1: $4"* ]]
	[ "$(grep "^$node " "$kept/observe.states")" = "$node idle none" ]
	[ "$(words "$kept/enforce.$node")" = "$1|$2|$3|enforce|true" ]
	[[ "$(grep "^$node " "$kept/enforce.states")" == "$node drained efagate $1: $4"*" (job $(cat "$kept/job"))" ]]
	[ "$(grep -cx "$node" "$kept/enforce.out")" -eq 0 ]
}

@test "EG402: a node that reaches nobody: told, observed, then drained with its reason, the job elsewhere" {
	drained EG402 node "" "EFA unreachable: no device works with n"
}

@test "EG403: a device that reaches nobody: told, observed, then drained with its reason, the job elsewhere" {
	place_of EG403
	drained EG403 device "$pci" "EFA $pci ($name) unreachable: fails with n"
}

@test "EG406: a device that damages data: told, observed, then drained with its reason, the job elsewhere" {
	local each
	place_of EG406
	drained EG406 device "$pci" "EFA $pci ($name) corrupts data with n"
	# And nobody else, in none of the three.
	[ "$(grep -c ' idle none$' "$kept/enforce.states")" -eq 6 ]
	[ "$(sort "$kept/enforce.out")" = "$(sed -n 's/ idle none$//p' "$kept/enforce.states" | sort)" ]
	[ "$(wc -l <"$kept/first.out")" -eq 9 ]
	for each in $(sed -n 's/ idle none$//p' "$kept/enforce.states"); do
		cat "$kept"/*".$each" | jq -r '.findings[] | select(.outcome == "fail") | .text'
		[ "$(cat "$kept"/*".$each" | grep -c '"outcome": "fail"')" -eq 0 ]
	done
}

# Nine good nodes, of which nothing is remembered.
# start_anew [LINE...]: no fault, nothing remembered, and these lines in efagate.conf.
start_anew() {
	local each
	for each in $(lab nodes); do
		lab efa fault "$each" clear
		lab on "$each" rm -rf /var/lib/efagate /run/efagate
	done
	site 'mode = enforce' "$@"
	lab resume
}

# job_over NODE...: a job whose gates exchange traffic; it must run. What they report is kept.
job_over() {
	local each
	for each in "$@"; do lab on "$each" rm -rf /var/lib/efagate /run/efagate; done
	rm -f "$kept"/now.*
	run lab as user1 timeout 60 srun -N $# -w "$(paste -sd, <<<"$(printf '%s\n' "$@")")" hostname
	echo "$output"
	[ "$status" -eq 0 ]
	jobs_gone
	for each in "$@"; do reports "$each" >"$kept/now.$each"; done
	jq -c '[.node, [.findings[] | [.id, .outcome, .blame, .text]], .action]' "$kept"/now.*
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
	[ "$(cat "$kept"/now.* | jq -r .action.drained | grep -c true)" -eq 0 ]
}

# found ID OUTCOME: the nodes that report it.
found() {
	cat "$kept"/now.* | jq -r --arg id "$1" --arg outcome "$2" \
		'select([.findings[] | select(.id == $id and .outcome == $outcome)] | length > 0) | .node' | sort | paste -sd' '
}

@test "EG407: a pair that only fails with each other is told, nobody is drained, the job runs" {
	start_anew
	lab efa fault n1/rdmap32s27 unreachable n2
	job_over n1 n2
	[ "$(found EG407 fail)" = "n1 n2" ]
}

@test "EG409: two islands are told, nobody is drained, the job runs" {
	start_anew
	local a b
	for a in n1 n2; do
		for b in n3 n4; do
			lab efa fault "$a" unreachable "$b"
			lab efa fault "$b" unreachable "$a"
		done
	done
	job_over n1 n2 n3 n4
	[ "$(found EG409 fail)" = "n1 n2 n3 n4" ]
}

@test "EG410: a leader that nobody reaches is told, nobody is drained, the job runs" {
	start_anew
	local each leader
	leader=$(lab on n2 getent hosts n1 | cut -d' ' -f1)
	for each in n2 n3 n4; do lab on "$each" ip route add blackhole "$leader"; done
	meet=2000 site 'mode = enforce'
	job_over n1 n2 n3 n4
	for each in n2 n3 n4; do lab on "$each" ip route del blackhole "$leader"; done
	[ "$(found EG410 unknown)" = n1 ]
	[ "$(jq -r '.findings[0].blame, .findings[0].text' "$kept/now.n1")" = "cluster
none of 3 nodes reached n1 on TCP port $(jq -r '.findings[0].text' "$kept/now.n1" | sed 's/.*TCP port \([0-9]*\) .*/\1/') within 2.0 s: firewall, or the security group must allow TCP ports 21000-21511 from itself" ]
	[ "$(found EG408 unknown)" = "n2 n3 n4" ]
}

@test "EG404: a slow device is told, nobody is drained, the job runs" {
	start_anew "${floors[@]}"
	lab efa fault n2/rdmap32s27 slow 500mbit
	# On a busy machine the others may vary so much that it is lost among them.
	for _ in 1 2 3 4 5; do
		job_over n1 n2 n3 n4
		[ -z "$(found EG404 warn)" ] || break
	done
	[ "$(found EG404 warn)" = n2 ]
	[ "$(jq -r '.findings[] | select(.id == "EG404") | .subject' "$kept/now.n2")" = 0000:20:1b.0 ]
}

@test "EG405: a slow node is told, nobody is drained, the job runs" {
	start_anew "${floors[@]}"
	lab efa fault n3 slow 200mbit
	for _ in 1 2 3 4 5; do
		# shellcheck disable=SC2046 # names without spaces
		job_over $(lab nodes)
		[ -z "$(found EG405 warn)" ] || break
	done
	[ "$(found EG405 warn)" = n3 ]
}
