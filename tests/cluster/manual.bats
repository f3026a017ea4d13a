#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Man pages and completion say what the programs say.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export O=${O:-build}
}

@test "no man page is behind the sources it is made from" {
	run tools/man-pages -n
	echo "$output"
	[ "$status" = 0 ]
}

@test "the test of that notices an outdated page" {
	local copy=$BATS_TEST_TMPDIR/copy
	mkdir -p "$copy/tools" "$copy/prolog"
	cp -r man "$copy/"
	cp tools/man-pages "$copy/tools/"
	sed 's/the state a bad node is put in/the state of a bad node/' prolog/config_keys.def \
		>"$copy/prolog/config_keys.def"
	O=$(realpath "$O") run "$copy/tools/man-pages" -n
	echo "$output"
	[ "$status" = 1 ]
	[ "$output" = 'man-pages: man/efagate.conf.5 is not what man/efagate.conf.5.in makes; run tools/man-pages' ]
}

@test "mandoc finds nothing wrong with any page" {
	run mandoc -T lint -W warning man/*.[1-8]
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

# text PAGE: as it is read, without bold.
text() {
	mandoc -T utf8 -O width=300 "man/$1" | sed 's/.\x08//g'
}

@test "every key, every id and every command has its place in the pages" {
	local key id command
	while read -r key; do
		text efagate.conf.5 | grep -qE "^ +$key( |$)" || { echo "$key"; false; }
	done < <(sed -nE 's/^[A-Z_]+\(([a-z_]+),.*/\1/p' prolog/config_keys.def)
	for id in $("$O/efagate" explain | cut -c1-5); do
		text efagate.8 | grep -q "^ *$id " || { echo "$id"; false; }
	done
	for command in $("$O/efagate" --help | sed -n 's/^  \([a-z][a-z-]*\)   *[a-zA-Z].*/\1/p'); do
		text efagate.8 | grep -qx "  *efagate $command" || { echo "$command"; false; }
	done
}

@test "every column of instances.conf has its place in its page, whose example is taken" {
	local page=man/efagate-instances.conf.5 column columns
	columns=$(sed -n 's/^# TYPE /TYPE /p' etc/instances.conf)
	[ "$(wc -w <<<"$columns")" = 13 ]
	[ "$(sed -n 's/^\.It Sy //p' $page | paste -sd' ')" = "$(tr -s ' ' <<<"$columns")" ]
	sed -n '/^z9\.mega /p' $page >"$BATS_TEST_TMPDIR/rows"
	[ -s "$BATS_TEST_TMPDIR/rows" ]
	echo "instances = $BATS_TEST_TMPDIR/rows" >"$BATS_TEST_TMPDIR/conf"
	run "$O/efagate" check --no-fabric --json --config "$BATS_TEST_TMPDIR/conf" --instance-type z9.mega
	[ "$(jq -c '.instance | [.expected_devices, .expected_gbps]' <<<"$output")" = "[2,800]" ]
}

@test "explain --all is what explain says of each" {
	local id
	diff <("$O/efagate" explain --all) <(first=1
		for id in $("$O/efagate" explain | cut -c1-5); do
			[ "$first" = 1 ] || echo
			first=0
			"$O/efagate" explain "$id"
		done)
}

# complete WORD...: what is offered for the last.
complete_words() {
	PATH=$(realpath "$O"):$PATH bash -c '
		. tools/efagate.bash-completion
		COMP_WORDS=(efagate "$@") COMP_CWORD=$#
		_efagate
		printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}

@test "completion offers commands, options, ids and formats" {
	[ "$(complete_words che)" = check ]
	[ "$(complete_words check --inst)" = --instance-type ]
	[ "$(complete_words explain EG10 | head -n 2)" = "EG101
EG102" ]
	[ "$(complete_words report --format js)" = json ]
	[ "$(complete_words burst --auth '' | paste -sd' ')" = "munge key none" ]
	[ "$(complete_words burst --compare hu)" = huge-pages ]
	[ -z "$(complete_words burst --port 2)" ]
	[ "$(complete_words explain bandwidth p4de)" = p4de.24xlarge ]
	[ "$(complete_words burst --sw)" = --sweep ]
	[ "$(complete_words drain --app)" = --apply ]
	[ -z "$(complete_words check /etc/passw)" ]
	[ "$(complete_words '' | grep -c '^[a-z]')" = "$("$O/efagate" --help | grep -cE '^  [a-z-]+  +[a-zA-Z]')" ]
}
