#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The metrics of `efagate report --format prometheus` by Prometheus' own promtool
# (Debian's package). Run by `make check-html`; `make check` has a checker of its own.

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
	export O=${O:-$PWD/build}
	mkdir "$BATS_FILE_TMPDIR/reports" "$BATS_FILE_TMPDIR/big"
	tests/cluster/make_reports "$BATS_FILE_TMPDIR/reports" 4 8
	tests/cluster/make_reports "$BATS_FILE_TMPDIR/big" 256 32
}

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
}

@test "promtool has nothing to say about names, types and help" {
	local folder
	for folder in reports big; do
		"$O/efagate" report --format prometheus "$BATS_FILE_TMPDIR/$folder" >"$BATS_TEST_TMPDIR/metrics" || [ "$?" = 2 ]
		[ "$(wc -l <"$BATS_TEST_TMPDIR/metrics")" -gt 100 ]
		run tools/promtool check metrics <"$BATS_TEST_TMPDIR/metrics"
		echo "$output"
		[ "$status" = 0 ]
		[ -z "$output" ]
	done
}

@test "and it says something about a counter without _total" {
	run tools/promtool check metrics <<<'# HELP efagate_reads reads
# TYPE efagate_reads counter
efagate_reads 1'
	[ "$status" = 3 ]
	[[ $output == *'counter metrics should have "_total" suffix'* ]]
}
