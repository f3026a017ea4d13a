# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests on the lab share: one lab a file, in a folder of its own.

O=${O:-$BATS_TEST_DIRNAME/../../build}
export O
# Behind what to do about a bad node, where no gate runs.
# shellcheck disable=SC2034 # for the tests
told='; nobody was told, no gate runs here'
lab_program=$(dirname "${BASH_SOURCE[0]}")/../lab/lab

# In setup_file: lab_up_once -n 4 ...
lab_up_once() {
	EFAGATE_LAB=$(mktemp -d /tmp/efagate-test.XXXXXX)
	export EFAGATE_LAB
	# The number all choices of a test are drawn from; printed, so that a run can be repeated.
	EG_TEST_SEED=${EG_TEST_SEED:-$RANDOM}
	export EG_TEST_SEED
	echo "# seed $EG_TEST_SEED" >&3
	"$lab_program" up "$@"
}

# Every report that is left in the lab is held against its schema.
valid_reports() {
	local -a reports
	mapfile -t reports < <(find "$EFAGATE_LAB" -type f -size +0 -size -2M -exec \
		grep -lE '^[[:space:]]*"schema": "efagate\.(report|survey)/1"' {} +)
	[ "${#reports[@]}" = 0 ] || "$BATS_TEST_DIRNAME/../validate-report" "${reports[@]}"
}

# held: passes reports on from stdin to stdout; nothing when one is not what its schema says.
held() {
	local text
	text=$(cat)
	"$BATS_TEST_DIRNAME/../validate-report" - <<<"$text" >&2 || return 1
	printf '%s\n' "$text"
}

# In teardown_file.
lab_down() {
	local rc=0
	valid_reports || rc=1
	"$lab_program" down
	rm -rf "$EFAGATE_LAB"
	return $rc
}

lab() {
	"$lab_program" "$@"
}

# draw N SALT: a number from 0 to N-1 that follows from the seed.
draw() {
	RANDOM=$((EG_TEST_SEED + $2 * 7919))
	echo $((RANDOM % $1))
}

# For labs of many nodes, --type c6in.32xlarge: what libfabric takes for each device costs two
# cores more than all else. A site's row says where the two are.
two_devices_a_node() {
	echo "c6in.32xlarge 2 100 200 2 0xefa1 yes yes 0 - any high C 0000:10:1b.0,0000:90:1b.0" \
		>"$EFAGATE_LAB/instances"
}

# state [NODE]: its state and reason, else of $node; of one whose job is ending what comes then. All
# nodes are asked for, because slurmctld 24.11 answers with an old state when asked for one.
state() {
	local name=${1:-$node} now
	for _ in {1..100}; do
		now=$(lab run sinfo -h -N -o '%n %T %E' | sed -n "s/^$name //p" | head -n 1)
		[[ $now == draining* ]] || break
		sleep 0.1
	done
	echo "$now"
}
