# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Where a lab keeps what, and how it says that something is wrong.

lab_dir=${EFAGATE_LAB:-/tmp/efagate-lab}
marker=.efagate-lab # a folder without this file is not ours to remove

die() {
	echo "lab: $*" >&2
	exit 1
}

usage_error() {
	echo "lab: $*; see lab --help" >&2
	exit 64
}

# shellcheck disable=SC2034 # used by the other parts
lab_paths() {
	[[ $lab_dir == /* ]] || lab_dir=$PWD/$lab_dir
	fabric_dir=$lab_dir/fabric
	log_dir=$lab_dir/log
	pid_dir=$lab_dir/pid
	slurm_dir=$lab_dir/slurm
	softefa=${SOFTEFA:-${O:-$here/../../build}/softefa/softefa}
	[[ $softefa == /* ]] || softefa=$PWD/$softefa
}

need_up() {
	[ -e "$lab_dir/up" ] || die "no lab is up in '$lab_dir'"
}

lab_nodes() {
	local count i
	count=$(cat "$lab_dir/count" 2>/dev/null || echo 0)
	for ((i = 1; i <= count; i++)); do echo "n$i"; done
}

# Milliseconds of the machine's uptime: a clock that is never set.
now_ms() {
	local up rest
	read -r up rest </proc/uptime
	echo "$((10#${up%.*} * 1000 + 10#${up#*.} * 10))${rest:+}"
}

# wait_for SECONDS COMMAND...: until it succeeds; 1 at the deadline.
wait_for() {
	local end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep 0.03
	done
}
