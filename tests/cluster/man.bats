#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# The manual pages and README.md: their form, and that every example runs and
# prints what is written.
# shellcheck disable=SC2030,SC2031 # each test is a subshell of its own

load helpers

setup_file() {
	lab_up_once -n 4
	lab conf efagate 'expected_devices = 4' 'meet_ms = 5000'
	lab conf plugstack "optional $O/efagate.so helper=$O/efagate timeout_ms=12000"
}

teardown_file() {
	lab_down
}

# The pages that tools/man-pages makes are looked at in manual.bats.
@test "efagate.1 is well-formed" {
	# Pages of other packages need not be installed here.
	run bash -c "mandoc -T lint '$BATS_TEST_DIRNAME/../../man/efagate.1' 2>&1 | grep -vE 'outdated mandoc.db|referenced manual not found'"
	echo "$output"
	[ "$output" = "" ]
}

@test "every example of efagate.1 runs" {
	local count=0 command
	while IFS= read -r command; do
		echo "$command"
		# Else other nodes may be taken than those that a step is just leaving.
		lab wait-idle 20
		# shellcheck disable=SC2016 # for the user's shell
		run lab as user1 sh -c 'HOME=$PWD; export HOME; eval "$1"' sh "$command" </dev/null
		echo "$output"
		[ "$status" -eq 0 ]
		[[ $command == *sbatch* || $output == *n2* || $output == *n1* ]]
		count=$((count + 1))
	done < <(sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./d;p}' "$BATS_TEST_DIRNAME/../../man/efagate.1")
	[ "$count" -eq 6 ]
	set -- "$EFAGATE_LAB"/home/user1/efa-*-n[12].json
	[ $# -eq 2 ]
	grep -qx 'efagate: 2 nodes, 8 EFA devices verified (check)' "$EFAGATE_LAB"/home/user1/slurm-*.out
}

# literal PAGE: its examples.
literal() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/p' "$BATS_TEST_DIRNAME/../../man/$1" |
		sed -n '/^\.Bd -literal/,/^\.Ed/{/^\./d;s/\\-/-/g;p}'
}

@test "every example of efagate.8 runs" {
	local reports=$BATS_TEST_TMPDIR/shared trace=$BATS_TEST_TMPDIR/trace.json most words
	mkdir "$reports"
	"$BATS_TEST_DIRNAME/make_reports" "$reports" 2 4
	literal efagate.8 | sed "s#/shared/efagate#$reports#; s#trace.json#$trace#; s#--count [0-9]*#--count 3#" \
		>"$BATS_TEST_TMPDIR/examples"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/examples")" -eq 5 ]
	while IFS= read -r command; do
		echo "$command"
		case $command in
		*--trace*) most=0 words= ;;
		# The reports have findings.
		*) most=2 words=EFA ;;
		esac
		run lab on n1 env "PATH=$(realpath "$O"):$PATH" sh -c "$command"
		echo "$output"
		[ "$status" -le $most ]
		[[ $output == *"$words"* ]]
	done <"$BATS_TEST_TMPDIR/examples"
	"$BATS_TEST_DIRNAME/../validate-report" --trace "$trace"
}

@test "every example of softefa.1 runs" {
	literal softefa.1 | sed "s#/tmp/fabric#$BATS_TEST_TMPDIR/fabric#" >"$BATS_TEST_TMPDIR/examples"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/examples")" -eq 6 ]
	run env "PATH=${SOFTEFA_BUILD:-$(realpath "$O")/softefa}:$PATH" bash -eux "$BATS_TEST_TMPDIR/examples"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"domain: rdmap32s27"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/fabric" ]
}

# holds FILE: efagate takes its lines, and each holds.
holds() {
	local line
	run "$O/efagate" config --config "$1"
	echo "$output"
	[ "$status" -eq 0 ]
	while IFS= read -r line; do
		grep -qE "^${line% = *} += ${line#* = }( |\$)" <<<"$output" || { echo "not: $line"; return 1; }
	done <"$1"
}

@test "the configuration of efagate.conf.5 and of README.md is taken" {
	literal efagate.conf.5 >"$BATS_TEST_TMPDIR/conf"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/conf")" -eq 3 ]
	holds "$BATS_TEST_TMPDIR/conf"
	sed -nE 's/^    ([a-z_]+ = .*)/\1/p' "$BATS_TEST_DIRNAME/../../README.md" >"$BATS_TEST_TMPDIR/conf"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/conf")" -eq 2 ]
	holds "$BATS_TEST_TMPDIR/conf"
}

# typed COMMAND: what a reader of README.md's first look types, in this lab.
typed() {
	case $1 in
	softefa\ fault\ n3/*)
		# As the demo does between the two.
		lab efa fault n2 clear
		lab conf efagate 'instance_type = p4de.24xlarge' 'meet_ms = 5000' 'mode = enforce'
		ln -sf "$(realpath "$O/efagate")" "$EFAGATE_LAB/prolog"
		lab conf slurm "Prolog=$EFAGATE_LAB/prolog" PrologFlags=Alloc,DeferBatch
		lab run scontrol update nodename=n3 weight=1
		lab run scontrol update nodename=n1,n2,n4 weight=9
		printf '#!/bin/sh\nsrun hostname\n' >"$EFAGATE_LAB/home/user1/job"
		# shellcheck disable=SC2086 # words
		lab efa fault ${1#softefa fault }
		;;
	softefa\ fault\ *)
		# shellcheck disable=SC2086 # words
		lab efa fault ${1#softefa fault }
		;;
	sinfo*) lab run sh -c "${1/sinfo/sinfo -h}" ;;
	sbatch*) lab as user1 timeout 90 sh -c "${1/-N3/-N3 -o out}" ;;
	*) lab as user1 sh -c "$1" ;;
	esac </dev/null 2>&1 || echo "(exit $?)"
}

# What differs from run to run.
steady() {
	sed -E 's/slowest n[1-4] rdmap[0-9]+s27 [0-9.]+ Gb/slowest NODE DEVICE RATE Gb/; s/\(job [0-9]+\)/(job N)/'
}

@test "the first look of README.md is what happens" {
	local line count=0
	: >"$BATS_TEST_TMPDIR/out"
	while IFS= read -r line; do
		line=${line#    }
		if [[ $line == '$ '* ]]; then
			count=$((count + 1))
			typed "${line#??}" | steady >"$BATS_TEST_TMPDIR/out"
			printf '%s\n' "$line" "$(cat "$BATS_TEST_TMPDIR/out")"
		elif [ "$line" != … ]; then
			grep -qxF "$(steady <<<"$line")" "$BATS_TEST_TMPDIR/out" || { echo "not printed: $line"; false; }
		fi
	done < <(awk '/^## / { inside = /A first look/ } inside && /^    /' "$BATS_TEST_DIRNAME/../../README.md")
	lab efa fault n3 clear
	[ "$count" -eq 7 ]
}

@test "the options and words of efagate.1 are those of --help" {
	local page=$BATS_TEST_DIRNAME/../../man/efagate.1 option word
	run lab as user1 srun --help
	while read -r option; do
		grep -q "Fl -${option#--}" "$page"
	done < <(grep -oE -- '--efa-[a-z-]+' <<<"$output")
	for word in off check burst full stop warn auto 0 keep on; do
		grep -q "Cm $word" "$page"
	done
}
