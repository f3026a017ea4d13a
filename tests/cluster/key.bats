#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by helpers.bash, setup_file and run
# Sessions with auth = key, where a site has no munge: in a step, between gates,
# in a survey and by hand. Slurm itself keeps its munge; sessions ask for none.

bats_require_minimum_version 1.5.0

load helpers

key=/run/session.key # on each node its own

setup_file() {
	lab_up_once -n 3
	ln -s "$O/efagate" "$EFAGATE_LAB/prolog"
	lab conf plugstack "optional $O/efagate.so timeout_ms=12000 auth=key helper=$O/efagate"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog" PrologFlags=Alloc,DeferBatch
}

teardown_file() {
	lab_down
}

setup() {
	local other
	node=n$(($(draw 2 "$BATS_TEST_NUMBER") + 2))
	echo "# $node, seed $EG_TEST_SEED"
	site
	for other in n1 n2 n3; do
		put_key "$other" "the key of all nodes, of 32 bytes"
		lab on "$other" rm -rf /var/lib/efagate /run/efagate
	done
}

teardown() {
	lab wait-idle 20
}

# site [AUTH [GATE_BURST]]
site() {
	lab conf efagate 'mode = enforce' 'expected_devices = 4' 'meet_ms = 4000' \
		'session_ms = 10000' "auth = ${1:-key}" "auth_key = $key" "gate_burst = ${2:-off}"
}

# put_key NODE TEXT [MODE [USER]]
put_key() {
	lab on "$1" sh -c "printf '%s' '$2' >$key; chmod ${3:-0600} $key; chown ${4:-root} $key"
}

# gate NODE LIST: as slurmd runs it for job 77 on the nodes LIST.
gate() {
	lab on "$1" env -i "SLURMD_NODENAME=$1" SLURM_JOB_ID=77 SLURM_JOB_UID=2001 \
		"SLURM_NODELIST=$2" "$EFAGATE_LAB/prolog"
}

step() {
	run timeout 60 "$lab_program" as user1 srun -N3 --efa-verify=burst hostname
	echo "$output"
}

# The line about the step, without srun's own ones.
said() {
	[ "$status" -eq 75 ]
	[ "$(grep '^efagate: ' <<<"$output" | head -1)" = "$1" ]
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
}

@test "a step is verified by the key: the nodes meet, traffic flows, tasks start" {
	step
	[ "$status" -eq 0 ]
	grep -qE '^efagate: 3 nodes, 12 EFA devices verified \(burst; slowest n[1-3] rdmap[0-9]+s27 [0-9.]+ Gb/s\)' <<<"$output"
	[ "$(grep -c '^n[1-3]$' <<<"$output")" -eq 3 ]
}

@test "a node with another key is not met: EG408, no task, nobody drained" {
	put_key "$node" "another key, of 32 bytes or more.."
	step
	said "efagate: $node: EG408: not met within 4.0 s"
}

@test "no key, a key that others can read, another user's, a key too short: the file and the reason" {
	lab on n1 rm "$key"
	step
	said "efagate: n1: helper got no session key: session key '$key': No such file or directory; no task started (EG901)"
	put_key n1 "the key of all nodes, of 32 bytes" 0644
	step
	said "efagate: n1: helper got no session key: session key '$key': mode 0644 lets others at it, expected 0600; no task started (EG901)"
	put_key n1 "the key of all nodes, of 32 bytes" 0600 2001
	step
	said "efagate: n1: helper got no session key: session key '$key': belongs to uid 2001, not to root; no task started (EG901)"
	put_key n1 short
	step
	said "efagate: n1: helper got no session key: session key '$key': 5 bytes, expected 32 to 1024; no task started (EG901)"
}

@test "auth=key in one file and not in the other is said" {
	lab conf plugstack "optional $O/efagate.so timeout_ms=12000 helper=$O/efagate"
	step
	said "efagate: n1: EG901: no session key from the plugin: efagate.conf says auth = key, plugstack.conf lacks auth=key; no task started"
	lab conf plugstack "optional $O/efagate.so timeout_ms=12000 auth=key helper=$O/efagate"
	site munge
	step
	said "efagate: n1: helper got no session key: plugstack.conf says auth=key, efagate.conf auth = munge; no task started (EG901)"
}

@test "the helper of a step is the user's and has the step's key only" {
	lab on n1 sh -c "cp $O/efagate /run/efagate.real; printf '#!/bin/sh\nif [ \"\$1\" = step-member ]; then cat >/tmp/seen.\$\$; id -u >>/tmp/seen.\$\$; cat $key >>/tmp/seen.\$\$ 2>&1; mv /tmp/seen.\$\$ $EFAGATE_LAB/home/user1/seen; fi\nexec $O/efagate \"\$@\"\n' >/run/spy; chmod 755 /run/spy"
	lab conf plugstack "optional $O/efagate.so timeout_ms=12000 auth=key helper=/run/spy"
	step
	lab conf plugstack "optional $O/efagate.so timeout_ms=12000 auth=key helper=$O/efagate"
	run cat "$EFAGATE_LAB/home/user1/seen"
	echo "$output"
	grep -qE '^[0-9a-f]{64}2001$' <<<"$output"
	[[ $output != *"the key of all"* ]]
	[[ $output == *"Permission denied"* ]]
}

@test "gates of a job exchange traffic by the key, and say so when one has another" {
	site key on
	local before after read=/sys/class/infiniband/rdmap16s27/ports/1/hw_counters/rdma_read_bytes
	before=$(lab on "$node" cat $read)
	run lab as user1 srun -N3 hostname
	echo "$output"
	[ "$status" -eq 0 ]
	after=$(lab on "$node" cat $read)
	[ $((after - before)) -gt 262144 ]
	for other in n1 n2 n3; do lab on "$other" rm -rf /var/lib/efagate /run/efagate; done
	put_key "$node" "another key, of 32 bytes or more.."
	gate "$node" "n1,$node" >"$BATS_TEST_TMPDIR/partner" 2>&1 3>&- &
	partner=$!
	run gate n1 "n1,$node"
	wait "$partner" || true
	echo "$output"
	cat "$BATS_TEST_TMPDIR/partner"
	[ "$status" -eq 0 ]
	[ "$output" = "efagate: job 77: $node: EG408: not met within 4.0 s; the job runs" ]
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
}

@test "a survey of root's goes by the site's key, a user's by a key of the user's own" {
	run timeout 60 "$lab_program" run srun -N3 "$O/efagate" survey
	echo "$output"
	[ "$status" -le 1 ]
	[[ $output == *"3 nodes, 12 EFA devices verified (survey"* ]]
	run timeout 60 "$lab_program" as user1 srun -N3 "$O/efagate" survey --timeout 10
	echo "$output"
	[[ $output == *"EG901: session key '$key': Permission denied"* ]]
	lab as user1 sh -c 'umask 077; head -c 64 /dev/urandom >own.key'
	run timeout 60 "$lab_program" as user1 srun -N3 "$O/efagate" survey --auth-key own.key
	echo "$output"
	[ "$status" -le 1 ]
	[[ $output == *"3 nodes, 12 EFA devices verified (survey"* ]]
}

# hand LISTENER-OPTION... -- CONNECTOR-OPTION...: n1 listens, n2 connects, both as root.
hand() {
	local listen=()
	while [ "$1" != -- ]; do
		listen+=("$1")
		shift
	done
	shift
	lab on n1 timeout 60 "$O/efagate" burst --listen --timeout 8 "${listen[@]}" \
		>"$BATS_TEST_TMPDIR/listen" 2>"$BATS_TEST_TMPDIR/talk" 3>&- &
	listener=$!
	for ((i = 0; i < 400; i++)); do
		grep -q 'listening on' "$BATS_TEST_TMPDIR/talk" && break
		sleep 0.02
	done
	run --separate-stderr lab on n2 timeout 60 "$O/efagate" burst n1 --timeout 5 "$@"
	listen_status=0
	wait "$listener" || listen_status=$?
	echo "$output$stderr"
	cat "$BATS_TEST_TMPDIR/listen" "$BATS_TEST_TMPDIR/talk"
}

@test "two nodes by hand: by the site's key, and what two ways say to each other" {
	hand --
	[ "$status" -le 1 ]
	[ "$listen_status" -le 1 ]
	grep -q '^verdict     \(pass\|warn\)$' <<<"$output"
	hand -- --auth munge
	[ "$status" -eq 3 ]
	[[ $output == *"EG408 unknown: n1 authenticates by a key, this side does not"* ]]
	hand --auth munge --
	[ "$status" -eq 3 ]
	[[ $output == *"EG408 unknown: no partner met at n1, TCP port 21000, within 5 s: "* ]]
	put_key n2 "another key, of 32 bytes or more.."
	hand --
	[ "$status" -eq 3 ]
	[[ $output == *"EG408 unknown: n1 does not take this side's credential: another --auth, or another key"* ]]
	grep -qE '^refused 10\.77\.[0-9.]+: another session key: of another file, user or job$' "$BATS_TEST_TMPDIR/talk"
}
