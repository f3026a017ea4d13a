#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# A short run of the fuzzers with the sanitizers; `make fuzz` runs libFuzzer.

@test "messages: the corpus and 300,000 changed copies are taken or refused" {
	run "$O/tests/fuzz/replay-wire" "$BATS_TEST_DIRNAME/corpus" 300000 "${EG_TEST_SEED:-1}"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *" files, 300000 changed copies, seed "* ]]
}

@test "the corpus holds a good message of every kind as it is now" {
	mkdir "$BATS_TEST_TMPDIR/new"
	"$O/tests/fuzz/make-corpus" "$BATS_TEST_TMPDIR/new"
	for file in "$BATS_TEST_TMPDIR/new"/*; do
		cmp "$file" "$BATS_TEST_DIRNAME/corpus/${file##*/}"
	done
}
