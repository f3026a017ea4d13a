#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# A small run of the simulation, against what it gave before: a change of plan
# or judge shows here first. Renew with: build/tests/sim/sim --small >tests/sim/small.md

@test "the small simulation gives what it gave" {
	run diff "$BATS_TEST_DIRNAME/small.md" <("$O/tests/sim/sim" --small)
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "no good node is blamed in it but for outages of seconds, no solid fault missed at 1 %" {
	run awk -F' *[|] *' '
		$2 ~ /out for [23]/ || $2 == "fabric" || $2 ~ /^-/ { next }
		$5 != 0 { print "blamed:", $0; bad = 1 }
		$2 ~ /1 % bad nodes/ && $8 != 0 { print "missed:", $0; bad = 1 }
		{ rows++ }
		END { exit bad || rows < 20 }' "$BATS_TEST_DIRNAME/small.md"
	echo "$output"
	[ "$status" -eq 0 ]
}
