#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate report and resume: what stands against which node, and nodes back in
# service once they pass, only those that efagate took out.

load helpers
bats_require_minimum_version 1.5.0

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	lab_up_once -n 4
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	ln -s "$O/efagate" "$EFAGATE_LAB/healthcheck"
}

teardown_file() {
	lab_down
}

setup() {
	local each
	node=n$(($(draw 4 "$BATS_TEST_NUMBER") + 1))
	other=n$((${node#n} % 4 + 1))
	index=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	name=${names[index]}
	pci=${addresses[index]}
	reason="efagate EG102: 3/4 EFA on PCI, missing $pci"
	echo "# $node/$pci, seed $EG_TEST_SEED"
	site
	for each in n1 n2 n3 n4; do lab on "$each" rm -rf /var/lib/efagate /run/efagate; done
}

teardown() {
	local each
	for each in n1 n2 n3 n4; do lab efa fault "$each" clear; done
	lab resume
}

site() {
	lab conf efagate 'mode = enforce' 'expected_devices = 4' "$@"
}

health() {
	lab on "$1" env -i "SLURMD_NODENAME=$1" "$EFAGATE_LAB/healthcheck"
}

# resume ARGUMENT...: on this test's node, which has its own reports.
resume() {
	run --separate-stderr lab on "$node" "$O/efagate" resume "$@"
	# shellcheck disable=SC2154
	printf 'exit %s\n%s\nstderr: %s\n' "$status" "$output" "$stderr"
}

state() {
	lab run sinfo -h -N -n "${1:-$node}" -o '%T %E'
}

# Within 15 s this test's node is idle, and without a reason.
back() {
	for _ in {1..75}; do
		[ "$(state)" != "idle none" ] || return 0
		sleep 0.2
	done
	return 1
}

drained_by_health() {
	lab efa fault "$node/$name" gone
	run health "$node"
	[ "$(state)" = "drained $reason" ]
}

@test "repaired: resume, dry run first, then the node is back" {
	drained_by_health
	resume
	[ "$status" -eq 0 ]
	[ "$output" = "$node: stays: its newest report is no pass: $reason" ]
	lab efa fault "$node" clear
	sleep 1.1
	health "$node"
	resume
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "$node: would be resumed, passes now, same instance: $reason" ] ||
		[ "${lines[0]}" = "$node: would be resumed, passes now, instance not known: $reason" ]
	[ "${lines[1]}" = "scontrol update nodename=$node state=resume reason=none" ]
	[ "$(state)" = "drained $reason" ]
	resume --apply
	[ "$status" -eq 0 ]
	[[ "$output" == "$node: resumed, passes now, "*": $reason" ]]
	back
	resume --apply
	[ "$output" = "no node was drained by efagate" ]
}

@test "an administrator's node, and a Prolog error, are not touched" {
	lab run scontrol update "nodename=$node" state=drain reason=fan
	lab run scontrol update "nodename=$other" state=drain 'reason=Prolog error'
	resume --apply
	[ "$status" -eq 0 ]
	[ "$output" = "no node was drained by efagate" ]
	[ "$(state)" = "drained fan" ]
	[ "$(state "$other")" = "drained Prolog error" ]
}

@test "without a report, with an older one, and with one of another instance" {
	local report
	lab run scontrol update "nodename=$node" state=drain "reason=$reason"
	resume --apply
	[ "$output" = "$node: stays: no report since: $reason" ]
	lab resume
	drained_by_health
	report=$(lab on "$node" cat "/var/lib/efagate/reports/$node-healthcheck.json")
	lab efa fault "$node" clear
	sleep 1.1
	health "$node"
	lab on "$node" sh -c 'cat >/var/lib/efagate/reports/old.json' < <(jq '.instance.id = "i-old"' <<<"$report")
	report=$(lab on "$node" cat "/var/lib/efagate/reports/$node-healthcheck.json")
	lab on "$node" sh -c "cat >/var/lib/efagate/reports/$node-healthcheck.json" < <(jq '.instance.id = "i-new"' <<<"$report")
	resume
	[ "${lines[0]}" = "$node: would be resumed, passes now, another instance: i-new, was i-old: $reason" ]
	[ "$(state)" = "drained $reason" ]
}

@test "what traffic found needs traffic" {
	lab efa fault "$node" clear
	lab run scontrol update "nodename=$node" state=drain "reason=efagate EG403: EFA $pci unreachable"
	sleep 1.1
	lab on "$node" sh -c "umask 077; mkdir -p /var/lib/efagate/reports; '$O/efagate' check --json >/var/lib/efagate/reports/a.json"
	resume --apply
	[ "$output" = "$node: stays: found by traffic, and passed without any: efagate EG403: EFA $pci unreachable" ]
	lab on "$node" sh -c "umask 077; '$O/efagate' burst --self --json >/var/lib/efagate/reports/b.json"
	resume --apply
	[[ "$output" == "$node: resumed, passes now, "* ]]
	back
}

@test "a reason that a reboot left on a node in service is cleared, another's is not" {
	# Slurm 22.05 leaves none here; what newer ones print is put into its answer.
	printf '#!/bin/sh\necho "$*" >>"%s/calls"\n/usr/bin/scontrol "$@" | sed "s/ Reason=.*//; /^NodeName=%s /s/\$/ Reason=%s [root@2026-11-24T03:06:16]/; /^NodeName=%s /s/\$/ Reason=fan [root@2026-11-24T03:06:16]/"\n' \
		"$EFAGATE_LAB" "$node" "$reason" "$other" | sed 's#3/4#3\\/4#' >"$EFAGATE_LAB/scontrol"
	chmod 755 "$EFAGATE_LAB/scontrol"
	site "scontrol = $EFAGATE_LAB/scontrol"
	resume
	[ "$output" = "$node: would be cleared, in service with a stale reason: $reason
scontrol update nodename=$node reason=none" ]
	resume --apply
	[ "$output" = "$node: cleared, in service with a stale reason: $reason" ]
	[ "$(grep update "$EFAGATE_LAB/calls")" = "update nodename=$node reason=none" ]
	rm "$EFAGATE_LAB/calls"
}

@test "a user, and a wrong command line, bring back nothing" {
	drained_by_health
	lab efa fault "$node" clear
	sleep 1.1
	health "$node"
	lab on "$node" chmod -R a+rX /var/lib/efagate
	run lab on-as "$node" user1 "$O/efagate" resume --apply
	[ "$status" -eq 2 ]
	[[ "$output" == "$node: not resumed, passes now, "*"Invalid user id"* ]]
	[ "$(state)" = "drained $reason" ]
	resume --frobnicate
	[ "$status" -eq 64 ]
	[ "$stderr" = "efagate resume: unknown option '--frobnicate'; efagate resume --help says more" ]
	resume n3
	[ "$status" -eq 64 ]
	[ "$stderr" = "efagate resume: 'n3' is too much; efagate resume --help says more" ]
	lab stop ctld
	site 'scontrol_timeout_ms = 1000'
	resume --apply
	lab start ctld
	[ "$status" -eq 2 ]
	[[ "$stderr" == "efagate resume: "*" did not end in time; nothing was done" ]]
	lab resume
}

@test "report without a file: a line for each node that is bad now, since when, with evidence" {
	local shared=$EFAGATE_LAB/shared first each
	mkdir "$shared"
	site "report_dir = $shared"
	run lab on "$node" "$O/efagate" report
	[ "$status" -eq 3 ]
	[ "$output" = "efagate report: no files named *.json there" ]
	drained_by_health
	lab efa fault "$other/$name" unbound
	health "$other" || true
	first=$(jq -r .time "$shared/$node-healthcheck.json")
	for each in 1 2; do
		sleep 1.1
		lab on "$node" env -i "SLURMD_NODENAME=$node" "SLURM_JOB_ID=$each" "$EFAGATE_LAB/prolog" || true
	done
	run lab on "$node" "$O/efagate" report
	echo "$output"
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 4 ]
	[ "${lines[0]}" = "NODE          SINCE                 VERDICT  IDS           DEVICE        EVIDENCE" ]
	[ "$(grep "^$node " <<<"$output" | sed 's/  */ /g')" = "$node $first fail EG102 - 3/4 EFA on PCI, missing $pci" ] ||
		[ "$(grep "^$node " <<<"$output" | sed 's/  */ /g')" = "$node $first fail EG102 $pci 3/4 EFA on PCI, missing $pci" ]
	[[ "$(grep "^$other " <<<"$output")" == *"fail"*"EG103"*"$pci"*"on PCI without driver"* ]]
	[ "${lines[3]}" = "2 of 2 nodes with findings" ]
	# A repair ends it.
	lab efa fault "$node" clear
	sleep 1.1
	health "$node"
	run lab on "$node" "$O/efagate" report
	[ "${lines[2]}" = "1 of 2 nodes with findings" ]
	rm -r "$shared"
}

@test "report --node and --bundle: one node, for a support case" {
	drained_by_health
	run lab on "$node" "$O/efagate" report --node "$node" --bundle
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == "efagate "*", node $node" ]]
	[ "$(grep -c '^expected_devices = 4$' <<<"$output")" -eq 1 ]
	[ "$(grep -c "^== /var/lib/efagate/reports/$node-healthcheck.json$" <<<"$output")" -eq 1 ]
	[ "$(grep -c "missing $pci" <<<"$output")" -ge 1 ]
	run lab on "$node" "$O/efagate" report --node n99 --bundle
	[ "$status" -eq 3 ]
	run lab on "$node" "$O/efagate" report --bundle
	[ "$status" -eq 64 ]
	[ "$output" = "efagate report: --bundle needs --node; efagate report --help says more" ]
	run lab on "$node" "$O/efagate" report --node "$node"
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "config: what holds, for a partition too, and the mistakes" {
	site 'drain_cap = 3' '[partition gpu]' 'drain_cap = 5' '[policy]' 'EG105 = warn'
	run lab on "$node" "$O/efagate" config
	[ "$status" -eq 0 ]
	[[ "$output" == *$'\ndrain_cap = 3\n'*$'\nEG105 = warn\n'*$'\nEG110 = drain\n'* ]]
	run lab on "$node" "$O/efagate" config --partition gpu
	[[ "$output" == *$'\ndrain_cap = 5\n'* ]]
	site 'drain_cap = 900'
	run lab on "$node" "$O/efagate" config
	[ "$status" -eq 3 ]
	[ "$output" = "efagate config: /etc/efagate/efagate.conf:3: drain_cap = 900: above the limit 60" ]
	run "$O/efagate" config --help
	[[ "$output" == *'  drain_cap = 0
      (0 to 60) nodes drained by efagate within the window, 0: 2 % of all, at least 1'* ]]
}
