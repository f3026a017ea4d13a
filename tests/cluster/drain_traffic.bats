#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate drain by the rules of the gate: what sessions and surveys found, the
# site's words for each id, the keys of a partition, the reason's template.

load helpers
load gate
bats_require_minimum_version 1.5.0

setup_file() {
	lab_up_once -n 4
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	ln -s "$O/efagate" "$EFAGATE_LAB/epilog"
}

teardown_file() {
	lab_down
}

setup() {
	draw_place
	unreachable="efagate EG403: EFA $pci ($name) unreachable: fails with $(others_text), which are good with ot"
	missing="efagate EG102: 3/4 EFA on PCI, missing $pci"
	site
	lab run sh -c 'rm -rf /run/reports; umask 077; mkdir /run/reports'
}

teardown() {
	clear_faults
	lab resume
}

site() {
	lab conf efagate 'expected_devices = 4' "${patient[@]}" 'strike_gap_s = 1' "$@"
}

# session JOB [VARIABLE...]: the gates of a job on all nodes, then its Epilogs.
session() {
	local each pids=()
	for each in n1 n2 n3 n4; do
		lab on "$each" env -i "SLURMD_NODENAME=$each" "SLURM_JOB_ID=$1" SLURM_JOB_UID=2001 \
			SLURM_NODELIST=n1,n2,n3,n4 SPANK_EFA_VERIFY=burst "${@:2}" "$EFAGATE_LAB/prolog" 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	for each in n1 n2 n3 n4; do
		lab on "$each" env -i "SLURMD_NODENAME=$each" "SLURM_JOB_ID=$1" "$EFAGATE_LAB/epilog"
	done
}

# accused_by JOB: until its session accuses this test's node; on a busy machine one may not get to it.
accused_by() {
	local found
	for _ in 1 2 3; do
		session "$1"
		found=$(lab on "$node" sh -c "cat /var/lib/efagate/reports/*-$1.json" |
			jq -r '.findings[] | select(.id == "EG403") | .id')
		[ -z "$found" ] || return 0
	done
	return 1
}

# drain ARGUMENT...: on this test's node, which has its own gate's reports.
drain() {
	run --separate-stderr lab on "$node" "$O/efagate" drain "$@"
	# shellcheck disable=SC2154
	printf 'exit %s\n%s\nstderr: %s\n' "$status" "$output" "$stderr"
}

# of_ctld ARGUMENT...: beside slurmctld.
of_ctld() {
	run --separate-stderr lab run "$O/efagate" drain "$@"
	printf 'exit %s\n%s\nstderr: %s\n' "$status" "$output" "$stderr"
}

@test "what one session found drains nobody, two that agree do, traffic that passes ends it" {
	lab efa fault "$node/$name" unreachable 500ms
	accused_by 77
	drain --report /var/lib/efagate/reports --apply
	[ "$status" -eq 0 ]
	[[ "$output" == "$node: not drained: no second session agrees, 1 s later or more: ${unreachable:0:80}"*"... (job 77)" ]]
	nobody_is_drained
	sleep 1
	accused_by 78
	drain --report /var/lib/efagate/reports
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "$node: would be drained: ${unreachable:0:80}"*"... (job 78)" ]]
	[ "${lines[1]}" = "scontrol update nodename=$node state=drain reason=\"${lines[0]#*drained: }\"" ]
	nobody_is_drained
	# A pass without traffic does not end it.
	lab efa fault "$node" clear
	sleep 1.1
	lab on "$node" sh -c "umask 077; '$O/efagate' check --json >/var/lib/efagate/reports/check.json" || true
	drain --report /var/lib/efagate/reports
	[[ "${lines[0]}" == "$node: would be drained: "* ]]
	for _ in 1 2 3; do
		session 79
		[ "$(lab on "$node" sh -c 'cat /var/lib/efagate/reports/*-79.json' | jq -r .verdict)" != pass ] || break
	done
	drain --report /var/lib/efagate/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$node: nothing proven" ]
	nobody_is_drained
}

@test "the keys of the job's partition hold: state and reason" {
	site '[partition gpu]' 'drain_state = fail' 'drain_reason = Action:Replace'
	lab efa fault "$node/$name" gone
	lab on "$node" env -i "SLURMD_NODENAME=$node" SLURM_JOB_ID=77 SLURM_JOB_PARTITION=gpu "$EFAGATE_LAB/prolog"
	[ "$(lab on "$node" sh -c 'cat /var/lib/efagate/reports/*' | jq -r .job.partition)" = gpu ]
	drain --report /var/lib/efagate/reports
	[ "$output" = "$node: would be drained: Action:Replace
scontrol update nodename=$node state=fail reason=\"Action:Replace\"" ]
	drain --report /var/lib/efagate/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$node: drained: Action:Replace" ]
	[ "$(state)" = "fail Action:Replace" ]
}

@test "drain_reason and [policy] hold, and it says which word kept a node" {
	lab efa fault "$node/$name" gone
	lab on "$node" "$O/efagate" check --json | lab run sh -c 'umask 077; cat >/run/reports/a.json'
	site 'drain_reason = EFA {id}, {text}'
	of_ctld --report /run/reports
	[ "${lines[0]}" = "$node: would be drained: EFA EG102, 3/4 EFA on PCI, missing $pci" ]
	site '[policy]' 'EG102 = warn'
	of_ctld --report /run/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$node: not drained: EG102 = warn: $missing" ]
	site '[policy]' 'EG102 = ignore'
	of_ctld --report /run/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$node: nothing proven" ]
	nobody_is_drained
}

@test "unknown = drain: a node that could not be looked at" {
	lab conf efagate 'gate_timeout_ms = 1000'
	lab efa fault "$node/$name" hang
	lab on "$node" env -i "SLURMD_NODENAME=$node" SLURM_JOB_ID=77 "$EFAGATE_LAB/prolog"
	drain --report /var/lib/efagate/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$node: not drained: it could not be told: efagate EG902: devices not looked at within 1 s (job 77)" ]
	nobody_is_drained
	site 'unknown = drain'
	drain --report /var/lib/efagate/reports --apply
	[ "$output" = "$node: drained: efagate EG902: devices not looked at within 1 s (job 77)" ]
}

# survey: root's own, into a new file beside slurmctld; it exits as bad as the nodes are. On a
# busy machine one may find no time for all nodes.
survey() {
	for _ in 1 2 3; do
		lab run srun -N4 "$O/efagate" survey --timeout 60 --json >"$BATS_TEST_TMPDIR/survey" || true
		[ "$(jq '[.nodes[] | select(.state == "ready")] | length' "$BATS_TEST_TMPDIR/survey")" != 4 ] || break
	done
	lab run sh -c 'umask 077; cat >"/run/reports/$(ls /run/reports | wc -l).json"' <"$BATS_TEST_TMPDIR/survey"
}

@test "surveys are sessions too: two that agree drain the node, no other" {
	lab efa fault "$node/$name" unreachable 500ms
	survey
	of_ctld --report /run/reports --apply
	[ "$status" -eq 0 ]
	[[ "$(grep "^$node: " <<<"$output")" == "$node: not drained: no second session agrees, 1 s later or more: ${unreachable:0:80}"* ]]
	[ "$(grep -v "^$node: " <<<"$output")" = "$(sed 's/$/: nothing proven/' <<<"$others")" ]
	sleep 1
	survey
	of_ctld --report /run/reports --apply
	[ "$status" -eq 0 ]
	[[ "$(grep "^$node: " <<<"$output")" == "$node: drained: ${unreachable:0:80}"* ]]
	[[ "$(state)" == "drained ${unreachable:0:80}"* ]]
	[ "$(lab run sinfo -h -N -n "$(paste -sd, <<<"$others")" -o '%T %E' | sort -u)" = "idle none" ]
}

@test "a survey of ten thousand nodes is read whole" {
	lab efa fault "$node/$name" gone
	survey
	jq -c --arg node "$node" 'first(.nodes[] | select(.node != $node)) as $good | .nodes += [range(9996) as $i | $good | .node = "x\($i)"]' \
		"$BATS_TEST_TMPDIR/survey" >"$BATS_TEST_TMPDIR/large"
	[ "$(jq '.nodes | length' "$BATS_TEST_TMPDIR/large")" = 10000 ]
	[ "$(wc -c <"$BATS_TEST_TMPDIR/large")" -gt 1048576 ]
	lab run sh -c 'umask 077; cat >/run/reports/0.json' <"$BATS_TEST_TMPDIR/large"
	run --separate-stderr lab run "$O/efagate" drain --report /run/reports
	echo "$stderr"
	grep "^n[1-4]: \|x77:" <<<"$output"
	[ "$status" -eq 0 ]
	[ "$(grep "^$node: " <<<"$output")" = "$node: would be drained: $missing (job $(jq .job_id "$BATS_TEST_TMPDIR/survey"))" ]
	[ "$(grep -c ": nothing proven$" <<<"$output")" -eq 9999 ]
	run lab run "$O/efagate" report /run/reports/0.json
	[ "$(grep -c "^n[1-4] .* survey " <<<"$output")" -eq 4 ]
	[ "$(grep -c "^x[0-9]* .* survey " <<<"$output")" -eq 9996 ]
}

@test "a survey of a closed group drains nobody and says so" {
	local a b
	for a in n1 n2 n3 n4; do
		for b in n1 n2 n3 n4; do [ "$a" = "$b" ] || lab efa fault "$a" unreachable "$b"; done
	done
	survey
	sleep 1
	survey
	of_ctld --report /run/reports --apply
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "no node drained: a fault of no single node: efagate EG401: none of the 16 EFA devices of 4 nodes reaches another node"* ]]
	[ "$(tail -n 4 <<<"$output")" = "$(printf '%s: nothing proven\n' n1 n2 n3 n4)" ]
	nobody_is_drained
}

@test "what a report says is no command of the shell that its line is pasted into" {
	lab efa fault "$node/$name" gone
	lab on "$node" "$O/efagate" check --json | jq '.findings[0].text = "a$(touch /tmp/efagate-ran)`touch /tmp/efagate-ran`\\b!x'"'"'y"' \
		>"$EFAGATE_LAB/a.json"
	of_ctld --report "$EFAGATE_LAB/a.json" --trust-user-reports
	[ "$status" -eq 0 ]
	lab run bash -c "${lines[1]}"
	[ ! -e /tmp/efagate-ran ]
	[ "$(state)" = "drained efagate EG102: a\$(touch /tmp/efagate-ran)\`touch /tmp/efagate-ran\`\\b!x'y" ]
}
