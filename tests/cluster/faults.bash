# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2154 # set by helpers.bash
# Faults of the software EFA on drawn nodes, and what a survey must say of
# them: the node and the device, and nobody else. For faults_*.bats and the soak.

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

# What each fault is, of one device unless it says node: what it is called here,
# the words for softefa, the id it must have and the outcome.
fault_table() {
	cat <<'END'
gone|gone|EG102|fail
unbound|unbound|EG103|fail
nofile|nofile|EG105|fail
noopen|noopen 5|EG105|fail
forbidden|forbidden|EG105|fail
zero-gid|zero-gid|EG107|fail
hang|hang|EG902|unknown
regfail|regfail 1|EG901|unknown
unreachable|unreachable|EG403|fail
unreachable-in|unreachable all in|EG403|fail
unreachable-out|unreachable all out|EG403|fail
closed|closed|EG403|fail
closed-in|closed in|EG403|fail
closed-out|closed out|EG403|fail
silent|silent 2|EG403|fail
status|status 9|EG403|fail
corrupt|corrupt|EG406|fail
slow|slow 500mbit|-|pass
drops|drops 20%|-|pass
node-unreachable|unreachable|EG402|fail
node-closed|closed|EG402|fail
nohugepages|nohugepages|-|pass
oldkernel|oldkernel|EG204|warn
END
}

# Nothing is broken and nothing expected.
begin_faults() {
	expected=$BATS_TEST_TMPDIR/expected
	: >"$expected"
	broken=()
}

end_faults() {
	local each
	for each in "${broken[@]}"; do lab efa fault "$each" clear; done
	broken=()
}

# break_one NAME NODE PLACE: the fault NAME at NODE, at its device PLACE if it is one of a device.
break_one() {
	local name=$1 node=$2 place=$3 row words id outcome on
	row=$(fault_table | grep "^$name|")
	IFS='|' read -r _ words id outcome <<<"$row"
	case $name in
	node-* | nohugepages | oldkernel) on=$node place=- ;;
	*) on=$node/${names[place]} ;;
	esac
	# shellcheck disable=SC2086 # several words
	lab efa fault "$on" $words
	broken+=("$node")
	[ "$place" = - ] || place=${addresses[place]}
	[ "$id" != EG902 ] && [ "$id" != EG204 ] || place=-
	echo "$node $id $outcome $place" >>"$expected"
	echo "# $name at $on: $id"
}

# draw_nodes COUNT OF SALT: so many different names of n1 to nOF, from the seed.
draw_nodes() {
	seq 1 "$2" | shuf -n "$1" --random-source=<(seeded_bytes "$3") | sed 's/^/n/'
}

# A stream of bytes that follows from the seed and SALT.
seeded_bytes() {
	awk -v seed="$((EG_TEST_SEED * 31 + $1))" 'BEGIN { srand(seed); for (i = 0; i < 100000; i++) printf "%c", int(rand() * 94) + 33 }'
}

# survey NODES [OPTION...]: of so many; $output is its JSON, $status its exit code.
survey() {
	status=0
	output=$(timeout 200 "$lab_program" as user1 srun "-N$1" "$O/efagate" survey --json "${@:2}" \
		2>"$BATS_TEST_TMPDIR/talk") || status=$?
	jq -r '.line, (.nodes[] | .node as $n | .findings[] | "\($n) \(.id) \(.outcome) \(.subject) \(.text)")' \
		<<<"$output" | grep -v ' EG203 ' || cat "$BATS_TEST_TMPDIR/talk"
}

# Those and no others: who fails is who was broken, with the id and the device.
right_blame() {
	local worst=pass code=0 bad=0 node id outcome place
	found() {
		jq -r ".nodes[] | .node as \$n | .findings[] | select($1) |
			\"\\(\$n) \\(.id) \\(.outcome) \\(if .subject == \"\" then \"-\" else .subject end)\"" <<<"$output"
	}
	# A node is a subject only where it is the node's as a whole.
	diff <(sort "$expected" | awk '$3 == "fail"') \
		<(found '.outcome == "fail"' | sort) || bad=1
	while read -r node id outcome place; do
		[ "$outcome" != unknown ] ||
			found '.outcome == "unknown"' | grep -q "^$node $id " || { echo "not told: $node $id"; bad=1; }
		[ "$outcome" != warn ] ||
			found '.outcome == "warn"' | grep -q "^$node $id " || { echo "not told: $node $id"; bad=1; }
		case $outcome in fail) worst=fail ;; unknown) [ "$worst" = fail ] || worst=unknown ;; esac
	done <"$expected"
	# What nobody broke has no unknown and no blame; a pair may have failed once on a busy machine.
	found '.id != "EG203" and .id != "EG407"' | while read -r node id outcome place; do
		grep -q "^$node " "$expected" || echo "not broken: $node $id $outcome $place"
	done | grep . && bad=1
	jq -r '.findings[] | select(.outcome != "warn") | "of all: \(.id) \(.text)"' <<<"$output" | grep . && bad=1
	case $worst in fail) code=2 ;; unknown) code=3 ;; esac
	if [ "$code" = 0 ]; then [ "$status" -le 1 ] || bad=1; else [ "$status" = "$code" ] || bad=1; fi
	[ "$bad" = 0 ] || cat "$expected"
	return "$bad"
}
