# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# up: options, what must be there first, the folders; then boot does the rest
# in a mount namespace of its own.

up_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		-n | --type | --prefix | --conf | --huge-pages)
			[ $# -ge 2 ] || usage_error "$1 takes a value"
			case $1 in
			-n) count=$2 ;;
			--type) types=$2 ;;
			--prefix) prefix=$(realpath -m -- "$2") ;;
			--conf) conf_file=$2 ;;
			--huge-pages) huge_pages=$2 ;;
			esac
			shift
			;;
		--no-efa) efa=no ;;
		*) usage_error "up does not know '$1'" ;;
		esac
		shift
	done
	[[ $count =~ ^[1-9][0-9]{0,2}$ ]] || usage_error "-n takes a number from 1 to 999, not '$count'"
	[[ $types =~ ^[a-z0-9.,-]+$ ]] || usage_error "--type takes types separated by commas, not '$types'"
	[[ $huge_pages =~ ^[0-9]*$ ]] || usage_error "--huge-pages takes a number, not '$huge_pages'"
	[ -z "$prefix" ] || [ -d "$prefix" ] || die "--prefix '$prefix': no such folder"
	[ -z "$conf_file" ] || [ -r "$conf_file" ] || die "--conf '$conf_file': cannot be read"
}

# The program of the software EFA, if there is one.
find_softefa() {
	local candidate
	for candidate in "${SOFTEFA:-}" "${O:+$O/softefa/softefa}" "$here/../../build/softefa/softefa"; do
		[ -n "$candidate" ] || continue
		[ -x "$candidate" ] || die "'$candidate' is not there: make softefa, or up --no-efa"
		realpath -- "$candidate"
		return 0
	done
}

check_machine() {
	local program
	[ "$(id -u)" = 0 ] || die "root is needed for namespaces"
	for program in slurmctld slurmd munged ip nsenter unshare setsid flock setpriv; do
		PATH=$lab_path type -P "$program" >/dev/null || die "'$program' is not installed"
	done
}

# Users of the lab go to their homes and load the software EFA's library by these paths.
check_reachable() {
	local path=$1 part
	setpriv --reuid 2001 --regid 2001 --clear-groups test -r "$path" && return 0
	part=$path
	while [ "$part" != / ] && setpriv --reuid 2001 --regid 2001 --clear-groups test ! -r "$part"; do
		path=$part
		part=$(dirname "$part")
	done
	die "'$part' or '$path' keeps ordinary users out (chmod o+rx), take another folder"
}

settings_now() {
	local digest=none
	[ -z "$conf_file" ] || digest=$(sha1sum <"$conf_file")
	printf '%s\n' "count=$count" "types=$types" "efa=$efa" "huge_pages=$huge_pages" \
		"prefix=$prefix" "conf=${digest%% *}" "softefa=$softefa"
}

make_folders() {
	local entry name id
	mkdir -p "$run_dir" "$log_dir" "$slurm_dir" "$lab_dir/efagate" "$lab_dir/home" "$space_dir"
	for entry in $user_ids; do
		name=${entry%:*} id=${entry#*:}
		mkdir -p "$lab_dir/home/$name"
		chown "$id:$id" "$lab_dir/home/$name"
	done
	settings_now >"$run_dir/settings"
	[ -z "$conf_file" ] || cp -- "$conf_file" "$run_dir/extra.conf"
	reset_conf
}

# DIR becomes a lab's, unless it has something of its own under the names that down removes.
mark_folder() {
	local entry
	mkdir -p "$lab_dir"
	[ ! -e "$marker" ] || return 0
	for entry in $our_entries; do
		[ ! -e "$lab_dir/$entry" ] || die "'$lab_dir' is no lab and has a '$entry', take another folder"
	done
	# what mktemp -d makes
	[ -n "$(ls -A "$lab_dir")" ] || chmod 755 "$lab_dir"
	: >>"$marker"
}

take_folder() {
	mark_folder
	lock_lab 60
	until lock_is_there; do
		mark_folder
		lock_lab 60
	done
}

# A lab in DIR that is not what is asked for, or only half there, goes first.
clear_the_way() {
	[ -e "$run_dir" ] || return 0
	if is_up && [ "$(settings_now)" = "$(cat "$run_dir/settings")" ]; then
		say_if_ill
		exit 0
	fi
	take_down
	take_folder
}

say_if_ill() {
	local name daemon
	for name in ctld $(node_names); do
		find_daemon "$name" || say "up already, but $name has no $(program_of "$name") (lab start $name)"
	done
}

cmd_up() {
	local count=4 types=p4de.24xlarge prefix='' conf_file='' huge_pages='' efa=yes softefa=
	up_options "$@"
	check_machine
	if [ "$efa" = yes ]; then
		softefa=$(find_softefa)
		check_reachable "$(dirname "$softefa")/libsoftefa.so"
	fi
	[ ! -e "$mark" ] || die "up inside the lab itself"
	take_folder
	clear_the_way
	trap 'say "up gave up, nothing is left of it"; take_down' EXIT
	make_folders
	check_reachable "$lab_dir/home"
	unshare --mount --propagation private -- "$here/boot" "$lab_dir" || exit 1
	conf_now >"$run_dir/in_force"
	: >"$run_dir/ready"
	trap - EXIT
}
