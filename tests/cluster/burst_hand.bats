#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by helpers.bash, setup_file and run
# efagate burst --listen on one node and efagate burst HOST on another, as two
# people would type it: no Slurm takes part. Nodes and devices are drawn from
# the printed seed.

bats_require_minimum_version 1.5.0

load helpers

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

setup_file() {
	export efagate=$O/efagate
	lab_up_once -n 4
}

teardown_file() {
	lab_down
}

setup() {
	local first second place
	first=$(draw 4 "$BATS_TEST_NUMBER")
	second=$(((first + 1 + $(draw 3 $((BATS_TEST_NUMBER + 100)))) % 4))
	place=$(draw 4 $((BATS_TEST_NUMBER + 200)))
	node=n$((first + 1)) other=n$((second + 1))
	pci=${addresses[place]} name=${names[place]}
	listener='' munged='' talk=$BATS_TEST_TMPDIR/talk
	: >"$talk"
	echo "# listening $node, connecting $other, device $pci, seed $EG_TEST_SEED"
}

teardown() {
	local one pid
	[ -z "$munged" ] || kill -CONT "$munged"
	for pid in $(ours); do kill -KILL "$pid" || true; done
	[ -z "$listener" ] || wait "$listener" || true
	for one in n1 n2 n3 n4; do lab efa fault "$one" clear; done
}

# ours [OPTION-OR-HOST]: the processes of efagate burst that this file has started.
ours() {
	pgrep -f "^$efagate burst ${1:-}"
}

# listen USER [OPTION...]: in the background on $node, until the port is open or it has ended.
listen() {
	: >"$talk"
	lab on-as "$node" "$1" timeout 90 "$efagate" burst --listen "${@:2}" \
		>"$BATS_TEST_TMPDIR/listen" 2>"$talk" 3>&- &
	listener=$!
	until_talk "listening on TCP port"
}

# until_talk TEXT: the listener says it, or has ended; at most 20 s.
until_talk() {
	local end=$((SECONDS + 20))
	until grep -q "$1" "$talk"; do
		kill -0 "$listener" 2>/dev/null && [ "$SECONDS" -lt "$end" ] || return 0
		sleep 0.02
	done
}

# connect USER [HOST-OR-OPTION...]: on $other; without a host to $node. Sets status, output, stderr.
connect() {
	if [[ ${2:--} == -* ]]; then set -- "$1" "$node" "${@:2}"; fi
	run --separate-stderr lab on-as "$other" "$1" timeout 90 "$efagate" burst "${@:2}"
	echo "$other: exit $status"
	echo "$output"
	echo "stderr: $stderr"
}

# The listener's end: sets listen_status, listened.
ended() {
	listen_status=0
	wait "$listener" || listen_status=$?
	listener=
	listened=$(cat "$BATS_TEST_TMPDIR/listen")
	echo "$node: exit $listen_status"
	echo "$listened"
	echo "stderr: $(cat "$talk")"
}

# Both of them, with the same options, as root.
both() {
	listen root "$@"
	connect root "$@"
	ended
}

# The lines of devices that were measured, of a table.
measured() {
	grep -E '  (device|emul\.)  ' <<<"$1"
}

findings() {
	grep -E '^EG[0-9]{3} ' <<<"$1" | sed 's/;.*//'
}

# must EXIT TEXT...: both ended so, with these findings and no others.
must() {
	[ "$status" = "$1" ]
	[ "$listen_status" = "$1" ]
	diff <(findings "$output") <(printf '%s\n' "${@:2}")
	diff <(findings "$listened") <(printf '%s\n' "${@:2}")
}

# good_table TEXT NODE PARTNER: four devices that read from the same place, all numbers above 0.
good_table() {
	local i
	[ "$(head -1 <<<"$1")" = "$2: traffic of its 4 EFA devices with $3" ]
	[ "$(tail -1 <<<"$1")" = "verdict     pass" ]
	diff <(measured "$1" | awk '{ print $1, $2, $3, $4 }') \
		<(for i in 0 1 2 3; do echo "${names[i]} ${addresses[i]} ${addresses[i]} device"; done)
	measured "$1" | awk '{ sub("s$", "", $7)
		for (i = 5; i <= 11; i++) if (!($i > 0)) { print "not above 0: " $i " in " $0; bad = 1 } }
		END { exit bad }'
}

good_pair() {
	[ "$status" = 0 ]
	[ "$listen_status" = 0 ]
	good_table "$output" "$other" "$node"
	good_table "$listened" "$node" "$other"
}

seconds_since() {
	echo $((SECONDS - $1))
}

@test "root on two good nodes: both tables, both pass, talk on stderr alone" {
	local address
	both
	good_pair
	[ "$stderr" = "connecting to $node, TCP port 21000 ...
met $node" ]
	address=$(lab on "$other" ip -4 -o addr show eth0 | awk '{ sub("/.*", "", $4); print $4 }')
	[ "$(cat "$talk")" = "listening on TCP port 21000 ...
met $other ($address)" ]
	[ -z "$(ours)" ]
}

@test "an ordinary user on both, and then root on the same port" {
	listen user1
	connect user1
	ended
	good_pair
	listen root
	connect root
	ended
	good_pair
}

@test "the report in JSON on both sides, and it is judged again alike" {
	local side
	lab efa fault "$other/$pci" unreachable
	both --json
	[ "$status" = 2 ]
	[ "$listen_status" = 2 ]
	for side in "$other $node $output" "$node $other $listened"; do
		held <<<"${side#* * }" >"$BATS_TEST_TMPDIR/report.json"
		jq -e --arg own "${side%% *}" --arg peer "$(cut -d' ' -f2 <<<"$side" | head -1)" --arg bad "$other" --arg pci "$pci" '
			.schema == "efagate.report/1" and .trigger == "burst" and .node == $own and .verdict == "fail"
			and (.devices | length) == 4
			and ([.devices[] | select(.burst.peer == $peer and .burst.peer_pci == .pci)] | length) == 4
			and ([.devices[] | select(.pci != $pci).burst | select(.state == "ok" and .operation == "read" and
				.bytes > 0 and .gbps > 0 and .gbps_together > 0 and .latency_us.p99 >= .latency_us.p50)] | length) == 3
			and (.devices[] | select(.pci == $pci).burst | .state == "failed" and .error == "Unresponsive receiver")
			and (.findings | length) == 1
			and (.findings[0] | .id == "EG403" and .outcome == "fail" and .blame == "device" and
				.subject == "\($bad)/\($pci)")' "$BATS_TEST_TMPDIR/report.json"
		run -2 "$efagate" replay "$BATS_TEST_TMPDIR/report.json"
		[ "$output" = $'no difference\nverdict     fail' ]
	done
}

@test "--provider tcp: the same between the same two nodes, without EFA" {
	local out
	for place in 0 1 2 3; do
		lab efa fault "$node/${addresses[place]}" gone
	done
	both --provider tcp
	[ "$status" = 0 ]
	[ "$listen_status" = 0 ]
	for out in "$output" "$listened"; do
		[ "$(measured "$out" | awk '{ print $1, $2, $3, $4, ($5 > 0 && $6 * 1048576 == $5 && $8 > 0 && $9 > 0 && $10 > 0) }')" = \
			"eth0 - - emul. 1" ]
		[ "$(tail -1 <<<"$out")" = "verdict     pass" ]
	done
	[ "$(head -1 <<<"$output")" = "$other: traffic over tcp with $node" ]
	both --provider tcp --json
	[ "$(jq -r '.devices[] | "\(.name) \(.burst | .provider, .state, .operation, .peer)"' <<<"$output" | paste -sd' ')" = \
		"eth0 tcp eth0 ok eth0 emulated eth0 $node" ]
}

@test "EG901 one over tcp, the other over EFA: told, nobody is blamed" {
	listen root --provider tcp
	connect root
	ended
	[ "$status" = 3 ]
	[ "$listen_status" = 3 ]
	must 3 "EG901 unknown: $node: nothing could be tried: an address of 32 bytes, not 16" \
		"EG901 unknown: $other: nothing could be tried: an address of 16 bytes, not 32"
}

@test "EG403 an unreachable device is named on both sides alike, on whichever it is" {
	local bad partner
	for bad in "$node" "$other"; do
		partner=$node
		[ "$bad" != "$node" ] || partner=$other
		lab efa fault "$bad/$name" unreachable
		both
		must 2 "EG403 fail: $bad: EFA $pci ($name) unreachable: fails with $partner and on its own node: Unresponsive receiver"
		[ "$(measured "$output" | wc -l)" = 3 ]
		[ "$(measured "$listened" | wc -l)" = 3 ]
		[ "$(grep -c "^$name .*failed: Unresponsive receiver$" <<<"$output$listened")" = 2 ]
		lab efa fault "$bad" clear
	done
}

@test "EG402 a node whose devices are all unreachable" {
	lab efa fault "$other" unreachable
	both
	must 2 "EG402 fail: $other: EFA unreachable: no device works with $node and on its own node: Unresponsive receiver"
}

@test "EG401 all closed between the two: nobody is blamed" {
	lab efa fault "$node" unreachable "$other"
	lab efa fault "$other" unreachable "$node"
	both
	must 2 "EG401 fail: none of the 8 EFA devices of 2 nodes reaches another node, though TCP does: the security group must allow all traffic from and to itself (or the subnets differ)"
}

@test "EG404 a slow device is the pair's: nobody can say which end it is" {
	local wanted
	lab efa fault "$node/$name" slow 200mbit
	# On a busy machine the others may vary so much that it is lost among them.
	for _ in 1 2 3 4 5; do
		both
		[ "$status" -le 1 ]
		[ "$(findings "$output")" = "$(findings "$listened")" ]
		[ "$status" -eq 0 ] || break
	done
	[ "$status" = 1 ]
	wanted="EG404 warn: $node: EFA $pci \($name\) and $other's EFA $pci \($name\) slow with each other: [0-9.]+ Gb/s alone, others [0-9.]+"
	grep -qxE "$wanted" <<<"$(findings "$output")"
}

@test "EG406 a device that damages what it moves" {
	lab efa fault "$node/$name" corrupt
	both
	[ "$status" = 2 ]
	[ "$listen_status" = 2 ]
	[[ $(findings "$output") == "EG406 fail: $node: EFA $pci ($name) corrupts data with $other and on its own node: "* ]]
	[ "$(findings "$output")" = "$(findings "$listened")" ]
}

@test "EG407 a device that fails with the other node alone: a pair, nobody is proven bad" {
	lab efa fault "$node/$name" unreachable "$other"
	lab efa fault "$other/$name" unreachable "$node"
	both
	[ "$status" = 2 ]
	[ "$listen_status" = 2 ]
	grep -qxE "EG407 fail: ($node and $other|$other and $node) fail with each other, neither proven bad: EFA $pci \($name\): Unresponsive receiver" \
		<(findings "$output")
	[ "$(findings "$output")" = "$(findings "$listened")" ]
}

@test "EG901 a device that cannot be opened: both are told" {
	lab efa fault "$other/$name" noopen EPERM
	both --timeout 15
	[ "$status" = 3 ]
	[ "$listen_status" = 3 ]
	grep -q "^EG901 unknown: EFA $pci ($name) not opened for traffic: " <<<"$output"
	grep -q "^EG901 unknown: $other: EFA $pci ($name) not opened for traffic: " <<<"$listened"
}

@test "EG901 a node without EFA says so to the one who waits, and does not wait itself" {
	local start
	lab efa fault "$other" gone
	both
	[ "$status" = 3 ]
	[ "$listen_status" = 3 ]
	[ "$(findings "$output")" = "EG901 unknown: no EFA device" ]
	[ "$(findings "$listened")" = "EG901 unknown: $other: no EFA device" ]
	lab efa fault "$node" gone
	start=$SECONDS
	listen root
	ended
	[ "$listen_status" = 3 ]
	[ "$(findings "$listened")" = "EG901 unknown: no EFA device" ]
	[ "$(seconds_since "$start")" -le 5 ]
}

@test "different users: both are told the uids, the listener goes on waiting" {
	listen user1
	connect user2
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: $node is used by uid 2001 and refuses uid 2002: the partner must be of the same user or root" ]
	grep -qxE "refused 10\.77\.[0-9.]+: uid 2002, this is uid 2001" "$talk"
	connect user1
	ended
	good_pair
}

@test "root and a user: neither way" {
	listen root --timeout 5
	connect user1
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: $node is used by uid 0 and refuses uid 2001: the partner must be of the same user or root" ]
	ended
	[ "$listen_status" = 3 ]
	[[ $(findings "$listened") == "EG408 unknown: no partner came to TCP port 21000 within 5 s" ]]
	grep -q "^EG408 unknown: .*; refused 10\.77\.[0-9.]*: uid 2001, this is uid 0" <<<"$listened"
	listen user1
	connect root
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: $node is used by uid 2001, this is uid 0: the partner must be of the same user or root" ]
	ended
	[ "$listen_status" = 3 ]
	[ "$(findings "$listened")" = "EG408 unknown: $other: left before the verdict" ]
}

@test "EG408 who connects is killed in the middle" {
	local start=$SECONDS
	# So that the middle lasts a second.
	lab efa fault "$node/$name" unreachable
	listen root
	lab on "$other" timeout 90 "$efagate" burst "$node" >/dev/null 2>&1 3>&- &
	until_talk "met $other"
	kill -KILL "$(ours "$node" | head -1)"
	ended
	[ "$listen_status" = 3 ]
	[ "$(findings "$listened")" = "EG408 unknown: $other: left before the verdict" ]
	[ "$(seconds_since "$start")" -le 8 ]
	[ -z "$(ours)" ]
}

@test "EG408 who listens is killed in the middle, and leaves nothing behind" {
	local start=$SECONDS pid
	lab efa fault "$other/$name" unreachable
	listen root
	pid=$(ours --listen | head -1)
	(until_talk "met $other"; kill -KILL "$pid") 3>&- &
	connect root
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: $node: left before the verdict" ]
	[ "$(seconds_since "$start")" -le 8 ]
	[ -z "$(ours)" ]
}

@test "EG902 who connects is stopped in the middle" {
	local start=$SECONDS
	lab efa fault "$node/$name" unreachable
	listen root
	lab on "$other" timeout 90 "$efagate" burst "$node" >/dev/null 2>&1 3>&- &
	until_talk "met $other"
	# shellcheck disable=SC2046 # one word a process
	kill -STOP $(ours "$node")
	ended
	[ "$listen_status" = 3 ]
	[[ $(findings "$listened") == "EG902 unknown: $other: no result of its traffic within 3.3 s" ||
		$(findings "$listened") == "EG408 unknown: $other: met, then not heard for 2.0 s" ]]
	[ "$(seconds_since "$start")" -le 10 ]
}

@test "EG408 who listens is stopped in the middle" {
	local start=$SECONDS
	lab efa fault "$other/$name" unreachable
	listen root
	# shellcheck disable=SC2046
	(until_talk "met $other"; kill -STOP $(ours --listen)) 3>&- &
	connect root
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: $node: met, then not heard for 10.0 s" ]
	[ "$(seconds_since "$start")" -le 16 ]
}

@test "EG408 who listens is stopped before anybody comes" {
	local start
	listen root
	# shellcheck disable=SC2046
	kill -STOP $(ours --listen)
	start=$SECONDS
	connect root --timeout 4
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: no partner met at $node, TCP port 21000, within 4 s: connected, no answer" ]
	[ "$(seconds_since "$start")" -le 6 ]
}

@test "EG408 nobody comes, nobody listens, nobody is there" {
	local start=$SECONDS
	listen root --timeout 4
	ended
	[ "$listen_status" = 3 ]
	[ "$(findings "$listened")" = "EG408 unknown: no partner came to TCP port 21000 within 4 s" ]
	[ "$(head -1 <<<"$listened")" = "$node: traffic of its 4 EFA devices with nobody" ]
	[ "$(grep -c 'not tried$' <<<"$listened")" = 4 ]
	connect root --timeout 4
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: no partner met at $node, TCP port 21000, within 4 s: Connection refused" ]
	[ "$(seconds_since "$start")" -le 12 ]
	connect root 10.77.200.200 --timeout 4
	[ "$status" = 3 ]
	grep -qxE "EG408 unknown: no partner met at 10\.77\.200\.200, TCP port 21000, within 4 s: (no answer|No route to host)" <(findings "$output")
	[ "$(seconds_since "$start")" -le 18 ]
}

@test "EG901 a host that is unknown, and a port that is taken" {
	local start=$SECONDS
	connect root nosuch
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG901 unknown: address of node 'nosuch': Name or service not known" ]
	listen root --timeout 20
	run --separate-stderr lab on "$node" timeout 40 "$efagate" burst --listen
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG901 unknown: TCP port 21000: Address already in use" ]
	[ "$(seconds_since "$start")" -le 8 ]
	connect root
	ended
	good_pair
}

@test "numeric addresses of both families, and a port of one's own" {
	local host
	for host in "$(lab on "$node" ip -4 -o addr show eth0 | awk '{ sub("/.*", "", $4); print $4 }')" \
		"$(lab on "$node" ip -6 -o addr show eth0 | awk '{ sub("/.*", "", $4); print $4 }')%eth0"; do
		listen root --port 22222
		grep -qx "listening on TCP port 22222 ..." "$talk"
		connect root "$host" --port 22222
		ended
		good_pair
	done
	echo "port_first = 23456" >"$BATS_TEST_TMPDIR/conf"
	both --config "$BATS_TEST_TMPDIR/conf"
	good_pair
	grep -qx "listening on TCP port 23456 ..." "$talk"
}

@test "strangers on the port are named and passed by" {
	local third
	third=$(printf 'n%d\n' 1 2 3 4 | grep -vx -e "$node" -e "$other" | head -1)
	listen root
	lab on "$third" bash -c "printf 'GET / HTTP/1.0\r\n\r\n' >/dev/tcp/$node/21000"
	lab on "$third" bash -c "printf 'EGWS\x09\0\x01\0\0\0\0\0' >/dev/tcp/$node/21000"
	lab on "$third" bash -c "exec 4<>/dev/tcp/$node/21000; sleep 3" 3>&- &
	until_talk "protocol version"
	connect root
	ended
	good_pair
	grep -qxE 'refused 10\.77\.[0-9.]+: not efagate' "$talk"
	grep -qxE 'refused 10\.77\.[0-9.]+: protocol version 9, this is version 4' "$talk"
}

# without_munge NODE CMD...: there, with an empty /run/munge.
without_munge() {
	lab on "$1" unshare -m sh -c 'mount -t tmpfs none /run/munge && exec "$@"' sh "${@:2}"
}

@test "--auth none on both sides works without munge, and says what it is" {
	without_munge "$node" timeout 60 "$efagate" burst --listen --auth none >"$BATS_TEST_TMPDIR/listen" 2>"$talk" 3>&- &
	listener=$!
	until_talk "listening on TCP port"
	run --separate-stderr without_munge "$other" timeout 60 "$efagate" burst "$node" --auth none
	echo "$output$stderr"
	ended
	good_pair
	[ "$(head -1 "$talk")" = "not authenticated (--auth none): whoever connects first is the partner" ]
	[ "$(head -1 <<<"$stderr")" = "not authenticated (--auth none): whoever connects first is the partner" ]
}

@test "--auth none against munge: a clear end, in time" {
	local start=$SECONDS
	listen root --timeout 5
	connect root --auth none
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: $node does not take this side's credential: another --auth, or another key" ]
	ended
	[ "$listen_status" = 3 ]
	grep -qxE "refused 10\.77\.[0-9.]+: munge: Invalid credential format" "$talk"
	listen root --timeout 5 --auth none
	connect root
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG408 unknown: $node does not take this side's credential: another --auth, or another key" ]
	ended
	[ "$listen_status" = 3 ]
	grep -qxE "refused 10\.77\.[0-9.]+: it authenticates, this side does not" "$talk"
	[ "$(seconds_since "$start")" -le 16 ]
}

@test "EG901 no munge at all is said at once, on either side" {
	local start=$SECONDS
	run --separate-stderr without_munge "$node" timeout 40 "$efagate" burst --listen
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG901 unknown: munge: Socket communication error" ]
	listen root --timeout 4
	run --separate-stderr without_munge "$other" timeout 40 "$efagate" burst "$node"
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG901 unknown: munge: Socket communication error" ]
	[ "$(seconds_since "$start")" -le 10 ]
}

@test "EG902 a munged that does not answer holds nobody" {
	local start
	listen root
	munged=$(pgrep -f -- "^munged .*--pid-file=$EFAGATE_LAB/space/")
	kill -STOP "$munged"
	start=$SECONDS
	connect root --timeout 4
	[ "$status" = 3 ]
	grep -qE "^EG(902 unknown: no end: munge or the resolver does not answer|901 unknown: munge: )" <<<"$output"
	[ "$(tail -1 <<<"$output")" = "verdict     unknown" ]
	[ "$(seconds_since "$start")" -le 17 ]
}

@test "EG902 a driver that hangs ends at the deadline, also for who waits" {
	local start=$SECONDS
	lab efa fault "$other/$name" hang
	listen root --timeout 4
	connect root --timeout 2
	[ "$status" = 3 ]
	[ "$(findings "$output")" = "EG902 unknown: devices not looked at within 2 s" ]
	ended
	[ "$listen_status" = 3 ]
	[ "$(findings "$listened")" = "EG408 unknown: no partner came to TCP port 21000 within 4 s" ]
	[ "$(seconds_since "$start")" -le 9 ]
}

@test "a wrong command line gets 64 and one line" {
	local -a wrong=(
		"burst|with whom? --self, --listen or a host is missing"
		"burst --listen n1|'n1' is too much"
		"burst n1 n2|'n2' is too much"
		"burst --self n1|'n1' is too much"
		"burst --self --listen|--self and --listen exclude each other"
		"burst --self --port 21000|--port is of no use with --self"
		"burst --self --auth none|--auth is of no use with --self"
		"burst n1 --port 0|--port '0': expected a number from 1 to 65535"
		"burst n1 --port 65536|--port '65536': expected a number from 1 to 65535"
		"burst n1 --port http|--port 'http': expected a number from 1 to 65535"
		"burst --compare huge-pages --provider tcp|--compare is over efa"
		"burst n1 --provider udp|--provider 'udp': expected efa, efa-direct, srd, tcp or shm"
		"burst --self --auth-key /k|--auth-key is of no use with --self"
		"burst n1 --auth keys|--auth 'keys': expected munge, key or none"
		"burst --listen --timeout 0|--timeout '0': expected a number from 1 to 3600"
	)
	local row
	for row in "${wrong[@]}"; do
		# shellcheck disable=SC2086
		run --separate-stderr "$efagate" ${row%%|*}
		echo "$row: $status $stderr"
		[ "$status" = 64 ]
		[ -z "$output" ]
		[ "$stderr" = "efagate burst: ${row#*|}; efagate burst --help says more" ]
	done
	run --separate-stderr "$efagate" burst ""
	[ "$status" = 64 ]
	[ "$stderr" = "efagate burst: the host is empty; efagate burst --help says more" ]
}
