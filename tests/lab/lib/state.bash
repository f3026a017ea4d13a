# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What a lab keeps in its folder DIR, and what the other parts share.
#
#   DIR/slurm, efagate   bound on /etc/slurm and /etc/efagate in every node
#   DIR/log, home        logs; the users' homes, the same on every node
#   DIR/run              pids, the arguments of up
#   DIR/.efagate-lab     says that this is a lab; its lock
#   DIR/space            a tmpfs that only the lab's namespaces see. Its mark
#                        tells the lab's processes from all others
#
# shellcheck disable=SC2034 # each part uses some of these

# The path a Slurm daemon, a test's command and a user's command get.
lab_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
user_ids="user1:2001 user2:2002"
our_entries="slurm efagate log home run space .efagate-lab"

say() {
	printf 'lab: %s\n' "$*" >&2
}

die() {
	say "$@"
	exit 1
}

usage_error() {
	say "$*; see lab --help"
	exit 64
}

# set_lab_dir DIR: all paths of a lab; DIR need not exist.
set_lab_dir() {
	lab_dir=$(realpath -m -- "$1")
	[[ $lab_dir =~ ^/[A-Za-z0-9._/@+-]+$ ]] ||
		usage_error "the folder's name '$lab_dir' has characters that slurm.conf or mount take apart"
	case $lab_dir/ in
	/etc/* | /run/* | /var/* | /proc/* | /sys/* | /dev/*)
		usage_error "'$lab_dir': a lab covers /etc, /run, /var, /proc, /sys and /dev, take another folder"
		;;
	esac
	run_dir=$lab_dir/run
	log_dir=$lab_dir/log
	slurm_dir=$lab_dir/slurm
	space_dir=$lab_dir/space
	fabric_dir=$space_dir/fabric
	mark=$space_dir/mark
	marker=$lab_dir/.efagate-lab # a folder without this file is no lab: nothing in it is removed
}

# Milliseconds since boot in $now_ms: a clock that nobody sets, read without a process.
read_clock() {
	local uptime rest
	read -r uptime rest </proc/uptime
	now_ms=$((10#${uptime%.*} * 1000 + 10#${uptime#*.} * 10))
}

# wait_until SECONDS COMMAND...: until it succeeds; 1 at the deadline.
wait_until() {
	local now_ms end_ms
	read_clock
	end_ms=$((now_ms + $1 * 1000))
	shift
	until "$@"; do
		read_clock
		[ "$now_ms" -lt "$end_ms" ] || return 1
		sleep 0.03
	done
}

# Is the process $1 in a namespace of this lab?
is_ours() {
	[ -n "$1" ] && [ -e "/proc/$1/root$mark" ]
}

# The pid that keeps the namespaces of NAME (ctld, n1, ...) in $holder, 0 when there are none.
find_holder() {
	holder=
	[[ $1 =~ ^(ctld|n[1-9][0-9]*)$ ]] || return 1
	[ -r "$run_dir/$1.holder" ] || return 1
	holder=$(<"$run_dir/$1.holder")
	is_ours "$holder"
}

# A setting of this lab: get count|types|efa|prefix|softefa
get() {
	local key value
	while IFS='=' read -r key value; do
		if [ "$key" = "$1" ]; then
			printf '%s\n' "$value"
			return 0
		fi
	done <"$run_dir/settings"
	return 1
}

is_up() {
	local holder
	[ -e "$run_dir/ready" ] && find_holder ctld
}

need_up() {
	is_up || die "no lab is up in '$lab_dir'"
}

node_names() {
	local count i
	count=$(get count) || return 0
	for ((i = 1; i <= count; i++)); do
		printf 'n%d\n' "$i"
	done
}

need_node() {
	[[ " $(node_names | tr '\n' ' ') " == *" ${1:-} "* ]] ||
		usage_error "no node '${1:-}' in this lab, it has n1 to n$(get count)"
}

# Addresses exist only in the lab's own network namespaces, so every lab has the same.
address_of() {
	local index=${1#n}
	printf '10.77.%d.%d' $((1 + index / 200)) $((1 + index % 200))
}

# One command at a time changes a lab. The lock is descriptor 9, which the
# namespaces and daemons do not get.
lock_lab() {
	exec 9<"$marker"
	flock -w "$1" 9 || die "another lab command has been at work in '$lab_dir' for $1 s"
}

# A down may have removed the file while its lock was waited for.
lock_is_there() {
	[ /proc/self/fd/9 -ef "$marker" ]
}

# lock_up SECONDS: for what changes a lab that is up.
lock_up() {
	need_up
	lock_lab "$1"
	need_up
}
