# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The commands of lab.

up_options() {
	count=4 type=p4de.24xlarge efa=yes
	while [ $# -gt 0 ]; do
		case $1 in
		-n) count=${2:-} && shift ;;
		--type) type=${2:-} && shift ;;
		--no-efa) efa=no ;;
		*) usage_error "up does not know '$1'" ;;
		esac
		shift
	done
	[[ $count =~ ^[1-9][0-9]{0,2}$ ]] || usage_error "-n takes a number from 1 to 999, not '$count'"
	[ "$(id -u)" = 0 ] || die "root is needed for namespaces"
	[ "$efa" = no ] || [ -x "$softefa" ] || die "'$softefa' is not there: make softefa"
}

make_folders() {
	mkdir -p "$lab_dir"/{log,pid,slurm,efagate,munge/run,users,space,state,spool,home/user1,home/user2}
	: >"$lab_dir/$marker"
	: >"$lab_dir/spaces"
	chmod 755 "$lab_dir" "$lab_dir/munge/run"
	echo "$count" >"$lab_dir/count"
	printf '%s\n' "user1:x:2001:2001::$lab_dir/home/user1:/bin/sh" \
		"user2:x:2002:2002::$lab_dir/home/user2:/bin/sh" >"$lab_dir/users/passwd"
	printf '%s\n' user1:x:2001: user2:x:2002: >"$lab_dir/users/group"
	chown 2001:2001 "$lab_dir/home/user1"
	chown 2002:2002 "$lab_dir/home/user2"
	(umask 077 && head -c 128 /dev/urandom >"$lab_dir/munge/key")
	: >"$slurm_dir/set"
	: >"$slurm_dir/plugstack.conf"
	printf '127.0.0.1 localhost\n10.77.0.1 ctld\n' >"$lab_dir/hosts"
	local name
	for name in $(lab_nodes); do echo "$(address_of "$name") $name"; done >>"$lab_dir/hosts"
	write_slurm_conf
}

make_fabric() {
	local name
	"$softefa" fabric create "$fabric_dir"
	for name in $(lab_nodes); do
		"$softefa" node create "$fabric_dir" "$name" --type "$type"
	done
}

# What went wrong, from the log that tells it, and everything down again.
give_up() {
	local file
	echo "lab: $*" >&2
	for file in "$log_dir"/*; do
		[ -s "$file" ] || continue
		grep -iE 'error|fatal|cannot|softefa|mount' "$file" | tail -n 3 | sed "s|^|lab: ${file##*/}: |" >&2 || true
	done
	cmd_down
	exit 1
}

start_all() {
	local name
	make_space ctld no
	for name in $(lab_nodes); do make_space "$name" "$efa"; done
	# shellcheck disable=SC2046 # names without spaces
	wait_for 20 space_ready ctld $(lab_nodes) || give_up "the namespaces did not come up"
	for name in ctld $(lab_nodes); do note_space "$name"; done
	make_bridge
	for name in $(lab_nodes); do cable "$name"; done
	start_munged || give_up "munged did not come up"
	start_daemon ctld
	for name in $(lab_nodes); do start_daemon "$name"; done
	wait_for 30 all_idle || give_up "not every node became idle"
}

cmd_up() {
	local count type efa
	up_options "$@"
	if [ -e "$lab_dir/up" ] && [ "$(cat "$lab_dir/up")" = "$count $type $efa" ] && all_idle; then
		return 0
	fi
	cmd_down
	make_folders
	[ "$efa" = no ] || make_fabric
	start_all
	echo "$count $type $efa" >"$lab_dir/up"
}

cmd_down() {
	[ -e "$lab_dir/$marker" ] || return 0
	signal_lab TERM
	wait_for 1 lab_is_empty || signal_lab KILL
	if ! wait_for 5 lab_is_empty; then
		die "processes that do not end: $(lab_pids | tr '\n' ' ')"
	fi
	[ ! -d "$fabric_dir" ] || "$softefa" fabric remove "$fabric_dir"
	rm -rf --one-file-system "$lab_dir"
}

# as_user USER HOME: the words that make a clean environment for a command.
clean_environment() {
	environment=(env -i "--chdir=$2" "PATH=$daemon_path" LANG=C "USER=$1" "HOME=$2"
		"TERM=${TERM:-dumb}")
}

run_as() {
	local space=$1 user=$2 environment
	shift 2
	case $user in
	root) clean_environment root /root ;;
	user1 | user2) clean_environment "$user" "$lab_dir/home/$user" ;;
	*) usage_error "no user '$user' in a lab" ;;
	esac
	if [ "$user" = root ]; then
		in_space "$space" "${environment[@]}" "$@"
	else
		in_space "$space" setpriv --reuid "$user" --regid "$user" --init-groups --no-new-privs \
			"${environment[@]}" "$@"
	fi
}

cmd_run() {
	need_up
	run_as ctld root "$@"
}

cmd_as() {
	need_up
	run_as ctld "$@"
}

cmd_on() {
	local node=${1:-}
	need_up
	shift
	run_as "$node" root "$@"
}

cmd_on_as() {
	need_up
	run_as "$@"
}

cmd_efa() {
	local what=${1:-}
	need_up
	[ $# = 0 ] || shift
	case $what in
	fault | status) "$softefa" "$what" "$fabric_dir" "$@" ;;
	*) usage_error "efa fault or efa status, not '$what'" ;;
	esac
}

cmd_wait_idle() {
	need_up
	wait_for "${1:-10}" all_idle || die "not idle after ${1:-10} s: $(in_space ctld sinfo -h -N -o '%N %T' |
		tr '\n' ' ')"
}

cmd_resume() {
	local name
	need_up
	for name in $(lab_nodes); do
		# A node that is not drained or down refuses this, which is what is wanted.
		in_space ctld scontrol update "nodename=$name" state=resume >/dev/null 2>&1 || true
	done
	cmd_wait_idle 20
}

cmd_log() {
	need_up
	[ -f "$log_dir/${1:-}" ] || die "no log of '${1:-}'"
	cat "$log_dir/$1"
}

cmd_nodes() {
	need_up
	lab_nodes
}

cmd_dir() {
	echo "$lab_dir"
}
