#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Back quotes and dollar signs in single quotes are meant; words are split on
# purpose; each test is a subshell of its own.
# shellcheck disable=SC2013,SC2016,SC2030,SC2031
#
# What README.md and doc/ say can be typed: shell parses it, the commands and
# options exist, links lead somewhere, and blocks marked "run" work on a node.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export O=${O:-$PWD/build}
	O=$(realpath "$O")
	pages=(README.md CONTRIBUTING.md doc/*.md tests/*/README.md)
}

# blocks WORD FILE...: the fenced blocks of that kind, after a line "# FILE:LINE".
blocks() {
	local word=$1
	shift
	awk -v word="$word" '
		FNR == 1 { inside = 0 }
		/^ *```/ { if (inside) inside = 0; else { kind = $0; sub(/^ *```/, "", kind)
			inside = (kind == word || (word == "sh" && kind == "sh run")) ? 1 : 2
			if (inside == 1) print "# " FILENAME ":" FNR; else inside = 2 }; next }
		inside == 1' "$@"
}

# typed FILE...: the lines behind "$ " in indented examples.
typed() {
	sed -nE 's/^    \$ //p' "$@"
}

@test "every shell block parses" {
	[ "$(blocks sh "${pages[@]}" | grep -c '^# ')" -ge 15 ]
	run bash -n <(blocks sh "${pages[@]}")
	echo "$output"
	[ "$status" = 0 ]
	run bash -n <(typed "${pages[@]}")
	echo "$output"
	[ "$status" = 0 ]
}

@test "the reader of blocks leaves out other kinds and notices a wrong one" {
	printf '```sh\necho (\n```\n\n```text\nif (\n```\n' >"$BATS_TEST_TMPDIR/a.md"
	[ "$(blocks sh "$BATS_TEST_TMPDIR/a.md")" = "# $BATS_TEST_TMPDIR/a.md:1
echo (" ]
	run bash -n <(blocks sh "$BATS_TEST_TMPDIR/a.md")
	[ "$status" != 0 ]
}

# invocations: "efagate COMMAND OPTIONS" of blocks, examples and `code`, a line each.
invocations() {
	{
		blocks sh "${pages[@]}"
		typed "${pages[@]}"
		grep -ohE '`[^`]+`' "${pages[@]}" | tr -d '`'
	} | grep -oE '(^|[ /(])efagate [a-z-]+( [^|>;&)]*)?' | sed 's/^[ /(]*//'
}

@test "every command and option of efagate that is written down exists" {
	local line command word bad=0 count=0
	while read -r line; do
		# shellcheck disable=SC2086
		set -- $line
		command=$2
		# "efagate gate" and the like; prose like "efagate is" is no command.
		"$O/efagate" "$command" --help >/dev/null 2>&1 || continue
		count=$((count + 1))
		for word in "${@:3}"; do
			[[ $word == --* ]] || continue
			word=${word%%[=,.:]*}
			[ "$word" = --help ] && continue
			"$O/efagate" "$command" --help | grep -qE -- "(^|[ ,])$word( |\$|\|)" || {
				echo "efagate $command has no $word: $line"
				bad=1
			}
		done
	done < <(invocations)
	echo "$count invocations"
	[ "$bad" = 0 ]
	[ "$count" -ge 30 ]
}

@test "every option of the plugin that is written down exists" {
	local option
	for option in $(grep -ohE -- '--efa-[a-z-]+[a-z]' "${pages[@]}" | sort -u); do
		grep -qF "\"${option#--}\"" spank/option_defs.c || { echo "$option"; false; }
	done
}

@test "every id and every configuration key that is written down exists" {
	local id
	for id in $(grep -ohE '\bEG[0-9]{3}\b' "${pages[@]}" | sort -u); do
		"$O/efagate" explain "$id" >/dev/null
	done
	# "key = value" in `code` and in conf blocks.
	for id in $(grep -ohE '`[a-z_]+ = [^`]*`' "${pages[@]}" | sed -E 's/`([a-z_]+) .*/\1/' | sort -u); do
		grep -qE "^[A-Z_]+\($id," prolog/config_keys.def || { echo "$id"; false; }
	done
}

@test "links lead to files that are there" {
	local page link
	for page in "${pages[@]}"; do
		for link in $(grep -oE '\]\([^)#]+' "$page" | sed 's/^](//' | grep -vE '^https?:'); do
			[ -e "$(dirname "$page")/$link" ] || { echo "$page: $link"; false; }
		done
	done
	for link in $(grep -ohE '`(etc|tests|tools|doc|packaging|man)/[A-Za-z0-9_./-]+`' "${pages[@]}" | tr -d '`' | sort -u); do
		[ -e "$link" ] || { echo "$link"; false; }
	done
}

@test "blocks marked to be run work on a node" {
	local fabric=$BATS_TEST_TMPDIR/fabric softefa=${SOFTEFA_BUILD:-$O/softefa}/softefa
	"$softefa" fabric create "$fabric"
	"$softefa" node create "$fabric" n1 --type p4de.24xlarge
	awk 'FNR == 1 { inside = 0 } /^ *```/ { inside = ($0 ~ /```sh run$/); next } inside' doc/*.md README.md \
		>"$BATS_TEST_TMPDIR/script"
	[ "$(grep -c efagate "$BATS_TEST_TMPDIR/script")" -ge 5 ]
	PATH=$O:$PATH run "$softefa" enter "$fabric" n1 -- bash -eu "$BATS_TEST_TMPDIR/script"
	echo "$output"
	"$softefa" fabric remove "$fabric"
	[ "$status" = 0 ]
}

@test "the metrics lines of the manual leave a file a collector can read" {
	local dir=$BATS_TEST_TMPDIR/collector
	mkdir -p "$dir" "$BATS_TEST_TMPDIR/reports"
	tests/cluster/make_reports "$BATS_TEST_TMPDIR/reports" 1 4
	blocks sh doc/operations.md | grep -A 3 '^dir=' |
		sed "s#^dir=.*#dir=$dir#; s#/var/lib/efagate/reports#$BATS_TEST_TMPDIR/reports#" >"$BATS_TEST_TMPDIR/script"
	PATH=$O:$PATH bash "$BATS_TEST_TMPDIR/script"
	[ "$(ls "$dir")" = efagate.prom ]
	tests/cluster/check_metrics <"$dir/efagate.prom"
}

# npd FAULT...: what node-problem-detector gets from a node with that fault.
npd() {
	"$softefa" fault "$fabric" "$@"
	PATH=$O:$PATH run --separate-stderr "$softefa" enter "$fabric" n1 -- etc/kubernetes/efagate-npd --expect-devices 4
	echo "exit $status: $output"
	"$softefa" fault "$fabric" n1 clear
}

@test "node-problem-detector gets 0, 1 or 2 and one short line" {
	local fabric=$BATS_TEST_TMPDIR/fabric softefa=${SOFTEFA_BUILD:-$O/softefa}/softefa
	jq -e '.rules[0].condition == .conditions[0].type' etc/kubernetes/efagate-monitor.json
	"$softefa" fabric create "$fabric"
	"$softefa" node create "$fabric" n1 --type p4de.24xlarge
	npd n1 clear
	[ "$status" = 0 ]
	[ "$output" = 'EFA is good' ]
	npd n1/rdmap32s27 gone
	[ "$status" = 1 ]
	[[ $output == 'EG102 fail'*'3/4 EFA on PCI'* ]]
	[ "${#output}" -lt 80 ]
	npd n1/rdmap32s27 hang
	[ "$status" = 2 ]
	[[ $output == EG902* ]]
	"$softefa" fabric remove "$fabric"
}

@test "the pod's init container lets pass and warning through, nothing else" {
	local line code
	line=$(sed -nE 's/^ *command: \["\/bin\/sh", "-c", "(efagate .*)"\]$/\1/p' etc/kubernetes/pod.yaml)
	[ -n "$line" ]
	for code in 0 1 2 3; do
		printf '#!/bin/sh\nexit %s\n' "$code" >"$BATS_TEST_TMPDIR/efagate"
		chmod +x "$BATS_TEST_TMPDIR/efagate"
		PATH=$BATS_TEST_TMPDIR:$PATH run /bin/sh -c "$line"
		[ "$status" = "$([ "$code" -le 1 ] && echo 0 || echo 1)" ]
	done
	run ! grep -q "$(printf '\t')" etc/kubernetes/pod.yaml
}

@test "ParallelCluster's prolog lets jobs run where efagate is missing" {
	[ ! -e /usr/libexec/efagate/prolog ]
	run etc/aws/prolog.d-10_efagate
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "the recording is of the demo as it stands" {
	local command
	[ "$(head -n 1 doc/demo.cast | jq .version)" = 2 ]
	tail -n +2 doc/demo.cast | jq -se '[.[] | length == 3 and .[1] == "o"] | all'
	tail -n +2 doc/demo.cast | jq -se '[.[][0]] | . == sort'
	tail -n +2 doc/demo.cast | jq -r '.[2]' >"$BATS_TEST_TMPDIR/text"
	while read -r command; do
		grep -qF "\$ $command" "$BATS_TEST_TMPDIR/text" || { echo "not recorded: $command"; false; }
	done < <(sed -nE "s/^show ['\"]([^'\"(]*[^'\"( ]).*/\1/p" tests/lab/demo)
	grep -qF 'efagate: n2: EG403: EFA 0000:90:1b.0 (rdmap144s27) unreachable' "$BATS_TEST_TMPDIR/text"
	grep -qF 'n3 drained efagate EG102: 3/4 EFA on PCI, missing 0000:90:1b.0 (job ' "$BATS_TEST_TMPDIR/text"
	run ! grep -E '/tmp/|/home/|/root/' "$BATS_TEST_TMPDIR/text"
}
