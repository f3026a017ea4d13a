# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Commands in the lab's namespaces. The caller becomes the command, so exit
# code, signals, stdin, stdout and stderr are the command's own.

# enter NAME USER [--env K=V]... CMD...: does not return.
enter() {
	local name=$1 user=$2 id home folder prefix holder extra=() identity=() path=$lab_path
	shift 2
	while [ "${1:-}" = --env ]; do
		[[ ${2:-} == *=* ]] || usage_error "--env takes K=V, not '${2:-}'"
		extra+=("$2")
		shift 2
	done
	[ "${1:-}" != -- ] || shift
	[ $# -gt 0 ] || usage_error "no command given"
	find_holder "$name" || die "no namespaces of '$name': the lab in '$lab_dir' is not up"
	user_identity "$user"
	prefix=$(get prefix || true)
	if [ -n "$prefix" ]; then
		path=$prefix/bin:$prefix/sbin:$path
		extra=("EFAGATE_PREFIX=$prefix" "${extra[@]}")
	fi
	# A program at rest in here must not hold what the caller's own programs wait for.
	# shellcheck disable=SC2093 # nothing follows
	exec nsenter -t "$holder" -m -u -n -i "${identity[@]}" -- env -i -C "$folder" "PATH=$path" \
		"HOME=$home" "USER=$user" "LOGNAME=$user" SHELL=/bin/bash LANG=C "TERM=${TERM:-dumb}" \
		"EFAGATE_LAB=$lab_dir" "${extra[@]}" "$@" 9>&-
}

# Sets id, home, folder and identity of the caller for USER.
user_identity() {
	ulimit -c 0
	if [ "$1" = root ]; then
		id=0 home=/root folder=$PWD
		# Where the caller stands may be covered in there.
		[ -d "/proc/$holder/root$folder" ] || folder=/
		return 0
	fi
	[[ " $user_ids " == *" $1:"* ]] || usage_error "no user '$1' in a lab, only root, user1 and user2"
	id=${user_ids#*"$1:"}
	id=${id%% *}
	home=$lab_dir/home/$1
	folder=$home
	identity=(-S "$id" -G "$id")
}

cmd_run() {
	need_up
	enter ctld root "$@"
}

cmd_as() {
	need_up
	[ $# -ge 2 ] || usage_error "as takes a user and a command"
	enter ctld "$@"
}

cmd_on() {
	need_up
	need_node "${1:-}"
	local node=$1
	shift
	enter "$node" root "$@"
}

cmd_on_as() {
	need_up
	need_node "${1:-}"
	[ $# -ge 3 ] || usage_error "on-as takes a node, a user and a command"
	enter "$@"
}

# The software EFA of this lab; its folder is seen only in the lab's namespaces.
cmd_efa() {
	local holder softefa
	need_up
	[ "$(get efa)" = yes ] || die "this lab was brought up with --no-efa"
	case ${1:-} in
	fault | status) ;;
	*) usage_error "efa fault or efa status, not '${1:-}'" ;;
	esac
	find_holder ctld
	softefa=$(get softefa)
	exec nsenter -t "$holder" -m -- "$softefa" "$1" "$fabric_dir" "${@:2}"
}
