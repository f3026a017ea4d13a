#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# efagate drain on a real Slurm: reports that root alone can have written lead
# to a drain, no others; dry run unless --apply.

load helpers
bats_require_minimum_version 1.5.0

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	lab_up_once -n 4
	# The real scontrol, with its calls noted.
	printf '#!/bin/sh\necho "$*" >>"%s/calls"\nexec /usr/bin/scontrol "$@"\n' \
		"$EFAGATE_LAB" >"$EFAGATE_LAB/scontrol"
	chmod 755 "$EFAGATE_LAB/scontrol"
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog"
}

teardown_file() {
	lab_down
}

# A node and a device for this test. /run is root's own where slurmctld runs; /tmp is not.
setup() {
	node=n$(($(draw 4 "$BATS_TEST_NUMBER") + 1))
	other=n$((${node#n} % 4 + 1))
	index=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	name=${names[index]}
	pci=${addresses[index]}
	reason="efagate EG102: 3/4 EFA on PCI, missing $pci"
	echo "# $node/$pci, seed $EG_TEST_SEED"
	site
	lab run sh -c 'rm -rf /run/reports /run/open; umask 077; mkdir /run/reports'
	: >"$EFAGATE_LAB/calls"
	chmod 666 "$EFAGATE_LAB/calls"
}

teardown() {
	local each
	for each in n1 n2 n3 n4; do
		lab efa fault "$each" clear
		lab on "$each" rm -rf /var/lib/efagate
	done
	lab resume
}

# site LINE...: the configuration, besides what all tests here want.
site() {
	lab conf efagate 'expected_devices = 4' "scontrol = $EFAGATE_LAB/scontrol" "$@"
}

# write FILE: stdin into a file of root's own beside slurmctld.
write() {
	lab run sh -c 'umask 077; cat >"$1"' write "$1"
}

# found NODE: what efagate check reports there, as JSON.
found() {
	lab on "$1" "$O/efagate" check --json
}

# Reports of all nodes, this test's without a device.
collect() {
	local each
	lab efa fault "$node/$name" gone
	for each in n1 n2 n3 n4; do found "$each" | write "/run/reports/$each.json"; done
}

drain() {
	run --separate-stderr lab run "$O/efagate" drain "$@"
	# shellcheck disable=SC2154
	printf 'exit %s\n%s\nstderr: %s\n' "$status" "$output" "$stderr"
}

# all LINE: what is printed of all nodes when LINE is said of this test's.
all() {
	local each
	for each in n1 n2 n3 n4; do
		[ "$each" = "$node" ] && echo "$each: $1" || echo "$each: nothing proven"
	done
}

state() {
	lab run sinfo -h -N -n "${1:-$node}" -o '%T %E'
}

idle_nodes() {
	lab run sinfo -h -N -o '%T %E' | grep -c '^idle none$'
}

calls() {
	grep -c "${1:-.}" "$EFAGATE_LAB/calls"
}

@test "a dry run says what would be done and changes nothing" {
	collect
	drain --report /run/reports
	[ "$status" -eq 0 ]
	[ "$(grep -v ^scontrol <<<"$output")" = "$(all "would be drained: $reason")" ]
	[ "$stderr" = "" ]
	[ "$(calls)" -eq 1 ]
	[ "$(calls update)" -eq 0 ]
	[ "$(idle_nodes)" -eq 4 ]
	# The line it shows does it.
	line=$(grep ^scontrol <<<"$output")
	[ "$line" = "scontrol update nodename=$node state=drain reason=\"$reason\"" ]
	lab run sh -c "$line"
	[ "$(state)" = "drained $reason" ]
	[ "$(idle_nodes)" -eq 3 ]
}

@test "--apply drains the bad node with its reason, no other, and once" {
	collect
	drain --report /run/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$(all "drained: $reason")" ]
	[ "$stderr" = "" ]
	[ "$(calls update)" -eq 1 ]
	[ "$(state)" = "drained $reason" ]
	[ "$(idle_nodes)" -eq 3 ]
	drain --report /run/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$(all "out of service already, kept: '$reason'; found: $reason")" ]
	[ "$(calls update)" -eq 1 ]
}

@test "the gate's own reports are taken, of a job that an observing gate let run" {
	local job
	lab efa fault "$node/$name" gone
	job=$(lab as user1 srun -w "$node" sh -c 'echo $SLURM_JOB_ID')
	run lab on "$node" "$O/efagate" drain --report /var/lib/efagate/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$node: drained: $reason (job $job)" ]
	[ "$(state)" = "drained $reason (job $job)" ]
}

@test "nothing proven: Slurm is not asked" {
	found "$node" | write /run/reports/good.json
	lab conf efagate "scontrol = $EFAGATE_LAB/scontrol"
	lab efa fault "$other/$name" gone
	# Known from DMI alone: a warning.
	found "$other" | write /run/reports/warn.json
	drain --report /run/reports/good.json /run/reports/warn.json --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$(printf '%s: nothing proven\n' "$node" "$other" | sort)" ]
	[ "$(calls)" -eq 0 ]
}

@test "somebody else's reason is kept" {
	collect
	lab run scontrol update "nodename=$node" state=drain 'reason=fan 3 [x]'
	drain --report /run/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$(all "out of service already, kept: 'fan 3 [x]'; found: $reason")" ]
	[ "$(state)" = "drained fan 3 [x]" ]
	[ "$(calls update)" -eq 0 ]
}

@test "EG903: no more nodes than the cap, over several runs too" {
	local first second
	collect
	lab efa fault "$other/$name" gone
	found "$other" | write "/run/reports/$other.json"
	read -r first second <<<"$(printf '%s\n' "$node" "$other" | sort | tr '\n' ' ')"
	for _ in 1 2; do
		drain --report "/run/reports/$first.json" --report "/run/reports/$second.json"
		[ "$status" -eq 2 ]
		[ "${lines[0]}" = "$first: would be drained: $reason" ]
		[ "${lines[1]}" = "scontrol update nodename=$first state=drain reason=\"$reason\"" ]
		[ "${lines[2]}" = "$second: not drained: EG903: drain cap reached (1 of 1 within 86400 s): $reason" ]
	done
	drain --report "/run/reports/$first.json" --apply
	[ "$status" -eq 0 ]
	drain --report "/run/reports/$second.json" --apply
	[ "$status" -eq 2 ]
	[ "$output" = "$second: not drained: EG903: drain cap reached (1 of 1 within 86400 s): $reason" ]
	[ "$(idle_nodes)" -eq 3 ]
	site 'drain_cap = 2'
	drain --report "/run/reports/$second.json" --apply
	[ "$status" -eq 0 ]
	[ "$(idle_nodes)" -eq 2 ]
}

@test "the newest report of a node counts, in whatever order they are given" {
	collect
	lab efa fault "$node" clear
	sleep 1.1
	found "$node" | write /run/reports/a.json
	drain --report /run/reports --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$(all 'nothing proven')" ]
	drain --report "/run/reports/$node.json" --report /run/reports/a.json --apply
	[ "$output" = "$node: nothing proven" ]
	[ "$(idle_nodes)" -eq 4 ]
}

@test "a report from before the node booted proves nothing of it now" {
	lab efa fault "$node/$name" gone
	found "$node" | jq '.time = "2020-01-31T12:00:00Z"' | write /run/reports/old.json
	# Slurm forgets the boot of a node that is resumed until slurmd says it again.
	lab stop "$node"
	lab start "$node"
	for _ in {1..100}; do
		lab run scontrol -o show node "$node" | grep -q ' BootTime=2' && break
		sleep 0.1
	done
	drain --report /run/reports/old.json --apply
	[ "$status" -eq 0 ]
	[ "$output" = "$node: nothing proven since it booted; before: $reason" ]
	[ "$(calls update)" -eq 0 ]
	lab wait-idle 20
}

@test "a node that Slurm does not know, and a name that means others" {
	lab efa fault "$node/$name" gone
	found "$node" | jq '.node = "n99"' | write /run/reports/a.json
	found "$node" | jq '.node = "n[1-4]"' | write /run/reports/b.json
	drain --report /run/reports --apply
	[ "$status" -eq 2 ]
	[ "$output" = "n99: not drained: Slurm knows no node of this name: $reason" ]
	[ "$stderr" = "efagate drain: refused: '/run/reports/b.json': node 'n[1-4]' is not the name of one node" ]
	[ "$(idle_nodes)" -eq 4 ]
}

# refuse LINE PATH: nothing of this path is believed, Slurm is not even asked.
refuse() {
	drain --report "$2" --apply
	[ "$status" -eq 2 ]
	[ "$output" = "" ]
	[ "$stderr" = "efagate drain: refused: $1" ]
	[ "$(calls)" -eq 0 ]
}

@test "what a user can have written is refused" {
	collect
	lab run sh -c 'cd /run/reports && mkdir theirs linked open && cp '"$node"'.json theirs/a.json &&
		chown 2001:2001 theirs/a.json && ln -s ../'"$node"'.json linked/a.json &&
		cp '"$node"'.json open/a.json && chmod 777 open && ln -s theirs link &&
		cp '"$node"'.json group.json && chmod 664 group.json'
	refuse "'/run/reports/theirs/a.json': not owned by root" /run/reports/theirs/a.json
	refuse "'/run/reports/theirs/a.json': not owned by root" /run/reports/theirs
	refuse "'/run/reports/linked/a.json': is a symbolic link" /run/reports/linked
	refuse "'/run/reports/link': is a symbolic link" /run/reports/link/a.json
	refuse "'/run/reports/open': others than root can write to it" /run/reports/open
	refuse "'/run/reports/open': others than root can write to it" /run/reports/open/a.json
	refuse "'/run/reports/group.json': others than root can write to it" /run/reports/group.json
	# The lab's folder lies in /tmp, sticky as it is.
	lab run cat "/run/reports/$node.json" >"$EFAGATE_LAB/a.json"
	refuse "'/tmp': others than root can write to it" "$EFAGATE_LAB/a.json"
	lab run sh -c 'chown 2001 /run/reports'
	refuse "'/run/reports': not owned by root" "/run/reports/$node.json"
	[ "$(idle_nodes)" -eq 4 ]
}

@test "--trust-user-reports takes what users can have written, but follows no link of theirs" {
	lab efa fault "$node/$name" gone
	found "$node" >"$EFAGATE_LAB/a.json" || true
	drain --report "$EFAGATE_LAB/a.json" --trust-user-reports
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "$node: would be drained: $reason" ]
	ln -s "$EFAGATE_LAB/a.json" "$EFAGATE_LAB/b.json"
	drain --report "$EFAGATE_LAB/b.json" --trust-user-reports
	[ "$status" -eq 2 ]
	[ "$stderr" = "efagate drain: refused: '$EFAGATE_LAB/b.json': Too many levels of symbolic links" ]
	mkfifo "$EFAGATE_LAB/c.json"
	drain --report "$EFAGATE_LAB/c.json" --trust-user-reports
	[ "$stderr" = "efagate drain: refused: '$EFAGATE_LAB/c.json': not a regular file" ]
}

@test "a report on stdin: a pipe of root's, not a file of a user's" {
	local json
	lab efa fault "$node/$name" gone
	json=$(found "$node") || true
	run lab run "$O/efagate" drain --report - <<<"$json"
	# A here document is a file of root's own.
	[ "${lines[0]}" = "$node: would be drained: $reason" ]
	run bash -c '"$1" run "$2" drain --report - --apply' _ "$lab_program" "$O/efagate" < <(echo "$json")
	[ "$output" = "$node: drained: $reason" ]
	[ "$(state)" = "drained $reason" ]
	lab resume
	echo "$json" >"$EFAGATE_LAB/a.json"
	chown 2001 "$EFAGATE_LAB/a.json"
	run lab run "$O/efagate" drain --report - --apply <"$EFAGATE_LAB/a.json"
	[ "$status" -eq 2 ]
	[ "$output" = "efagate drain: refused: stdin: others than root can write to it" ]
	[ "$(idle_nodes)" -eq 4 ]
}

@test "what is no report is refused, and nothing is waited for" {
	lab run mkfifo -m 600 /run/reports/a.json
	refuse "'/run/reports/a.json': not a regular file" /run/reports
	lab run sh -c 'rm /run/reports/a.json; head -c 17000000 /dev/zero >/run/reports/a.json'
	refuse "'/run/reports/a.json': File too large" /run/reports
	lab run sh -c 'head -c 2000000 /dev/zero >/run/reports/a.json'
	refuse "'/run/reports/a.json': report: 2000000 bytes, at most 1048576" /run/reports
	echo '{"schema": "efagate.report/1",' | write /run/reports/a.json
	refuse "'/run/reports/a.json': report: line 2: string or '}' expected near end of file" /run/reports
	lab efa fault "$node/$name" gone
	found "$node" | jq '.schema = "efagate.report/2"' | write /run/reports/a.json
	refuse "'/run/reports/a.json': report: schema: 'efagate.report/2', this version reads 'efagate.report/1'" /run/reports
	: | write /run/reports/a.json
	refuse "'/run/reports/a.json': report: line 1: '[' or '{' expected near end of file" /run/reports
	refuse "'/run/absent': No such file or directory" /run/absent
	[ "$(idle_nodes)" -eq 4 ]
}

@test "a refused report does not stop the others, and is not forgotten" {
	collect
	echo nonsense | write /run/reports/a.json
	drain --report /run/reports --apply
	[ "$status" -eq 2 ]
	[ "$output" = "$(all "drained: $reason")" ]
	[[ "$stderr" == "efagate drain: refused: '/run/reports/a.json': "* ]]
}

@test "without slurmctld it ends in time" {
	local start
	site 'scontrol_timeout_ms = 1000'
	collect
	lab stop ctld
	start=${EPOCHREALTIME/./}
	drain --report /run/reports --apply
	[ $(((${EPOCHREALTIME/./} - start) / 1000)) -lt 2500 ]
	lab start ctld
	[ "$status" -eq 2 ]
	[ "$output" = "" ]
	[ "$stderr" = "efagate drain: '$EFAGATE_LAB/scontrol' did not end in time; nothing was drained" ]
	lab wait-idle 20
}

@test "a user drains nothing with it" {
	collect
	lab run sh -c 'chmod 755 /run/reports && chmod 644 /run/reports/*'
	run --separate-stderr lab as user1 "$O/efagate" drain --report /run/reports --apply
	[ "$status" -eq 2 ]
	[ "$output" = "$(all "not drained: $reason: '$EFAGATE_LAB/scontrol' ended with 1: 'slurm_update error: Invalid user id'")" ]
	[ "$(idle_nodes)" -eq 4 ]
}

@test "a wrong command line or configuration: nothing is done" {
	collect
	drain
	[ "$status" -eq 64 ]
	[ "$stderr" = "efagate drain: no --report given; efagate drain --help says more" ]
	drain --report
	[ "$status" -eq 64 ]
	[ "$stderr" = "efagate drain: option '--report' needs a value; efagate drain --help says more" ]
	drain --report /run/reports --frobnicate
	[ "$status" -eq 64 ]
	[ "$stderr" = "efagate drain: unknown option '--frobnicate'; efagate drain --help says more" ]
	site 'drain_cap = 900'
	drain --report /run/reports --apply
	[ "$status" -eq 2 ]
	[ "$stderr" = "efagate drain: /etc/efagate/efagate.conf:3: drain_cap = 900: above the limit 60; nothing was drained" ]
	[ "$output" = "" ]
	[ "$(calls)" -eq 0 ]
	[ "$(idle_nodes)" -eq 4 ]
}
