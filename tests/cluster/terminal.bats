#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154 # set by node.bash and run
# What is for people who look: colour and the bar of progress, on a terminal
# alone; files and pipes get neither.

bats_require_minimum_version 1.5.0

load node

setup_file() {
	fabric_up
}

teardown_file() {
	fabric_down
}

setup() {
	draw_device
	seen=$BATS_TEST_TMPDIR/seen
	bar=$'\r''\[[#.]*\] +[0-9]+ %  '
	away=$'\r\033\\[K'
}

teardown() {
	"$softefa" fault "$fabric" "n1/$name" back
}

# terminal COLUMNS SCRIPT: on n1, on a terminal so wide; sets status; what came is in $seen.
terminal() {
	status=0
	script -qfec "stty cols $1; exec $softefa enter $fabric n1 -- sh -c '$2'" "$seen" </dev/null >/dev/null || status=$?
	cat -v "$seen"
}

# bars: the bars that were shown, one a line.
bars() {
	grep -aoE "$bar[a-z ]*" "$seen" | tr -d '\r'
}

@test "outcomes have their colours on a terminal" {
	"$softefa" fault "$fabric" "n1/$name" gone
	terminal 100 "$efagate check --no-fabric --expect-devices 4"
	[ "$status" = 2 ]
	grep -qaF $'EG102 \033[1;31mfail\033[0m: 3/4 EFA on PCI' "$seen"
	grep -qaF $'verdict     \033[1;31mfail\033[0m' "$seen"
	terminal 100 "$efagate check --no-fabric"
	grep -qaF $'verdict     \033[33mwarn\033[0m' "$seen"
	"$softefa" fault "$fabric" "n1/$name" back
	terminal 100 "$efagate check --no-fabric"
	grep -qaF $'verdict     \033[32mpass\033[0m' "$seen"
}

@test "no colour with NO_COLOR, on a dumb terminal, in a pipe" {
	local words
	for words in "NO_COLOR=1 $efagate check --no-fabric" "TERM=dumb $efagate check --no-fabric" \
		"$efagate check --no-fabric | cat"; do
		terminal 100 "$words"
		grep -qaE '^verdict     pass' "$seen"
		run ! grep -qaF $'\033' "$seen"
	done
	# Empty it counts as not set (no-color.org).
	terminal 100 "NO_COLOR= $efagate check --no-fabric"
	grep -qaF $'\033[32mpass' "$seen"
}

@test "a bar goes from nothing to the end and is taken away before the result" {
	terminal 100 "$efagate burst --self --sweep"
	[ "$status" = 0 ]
	[ "$(bars | head -n 1)" = "[........................]   0 %  opening the devices" ]
	bars | grep -qx '\[############............\]  50 %  traffic'
	bars | grep -qx '\[#####################...\]  87 %  reads by size'
	# Shares that only rise within one piece of work.
	bars | grep 'reads by size' | sed -E 's/.* ([0-9]+) %.*/\1/' >"$BATS_TEST_TMPDIR/shares"
	sort -n "$BATS_TEST_TMPDIR/shares" | cmp - "$BATS_TEST_TMPDIR/shares"
	# The last thing before the table takes the bar away.
	grep -aqE "$away[^ ]+: traffic between its 4 EFA devices" "$seen"
}

@test "the bar is on standard error: a file gets the result alone" {
	terminal 100 "$efagate burst --self --sweep --json >$BATS_TEST_TMPDIR/out"
	[ "$status" = 0 ]
	[ "$(bars | wc -l)" -ge 3 ]
	jq -e '.verdict == "pass" and (.sweep | length) == 4' "$BATS_TEST_TMPDIR/out"
	terminal 100 "$efagate burst --self --sweep 2>$BATS_TEST_TMPDIR/talk"
	[ ! -s "$BATS_TEST_TMPDIR/talk" ]
	[ "$(bars | wc -l)" = 0 ]
}

@test "a bar is never longer than the terminal is wide, and not on a dumb one" {
	terminal 30 "$efagate burst --self"
	grep -aoE $'\r\\[[^\r\033]*' "$seen" | tr -d '\r' | awk '{ print length }' | sort -u | cmp - <(echo 29)
	terminal 100 "TERM=dumb $efagate burst --self"
	[ "$(bars | wc -l)" = 0 ]
}

@test "many reports are read under a bar, few are not" {
	local many=$BATS_TEST_TMPDIR/many few=$BATS_TEST_TMPDIR/few
	mkdir "$many" "$few"
	"$BATS_TEST_DIRNAME/make_reports" "$many" 40 32
	"$BATS_TEST_DIRNAME/make_reports" "$few" 4 4
	terminal 100 "$efagate report --format html $many >$BATS_TEST_TMPDIR/page"
	[ "$(bars | head -n 1)" = "[........................]   0 %  reading reports" ]
	grep -q '^</html>' "$BATS_TEST_TMPDIR/page"
	terminal 100 "$efagate report --format html $few >$BATS_TEST_TMPDIR/page"
	[ "$(bars | wc -l)" = 0 ]
}

@test "tables stay aligned with colour: the same columns as without" {
	"$BATS_TEST_DIRNAME/make_reports" "$BATS_TEST_TMPDIR" 4 4
	terminal 160 "$efagate report $BATS_TEST_TMPDIR"
	grep -qaF $'\033[33mwarn\033[0m     ' "$seen"
	diff <(sed 's/\x1b\[[0-9;]*m//g; s/\r$//' "$seen" | grep -aE '^(NODE|n[1-4]) ') \
		<("$efagate" report "$BATS_TEST_TMPDIR" | grep -E '^(NODE|n[1-4]) ')
}
