# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The end of a lab: its processes, and with the last of them its namespaces,
# mounts and interfaces; then its folders.

# All processes in the lab's namespaces in the array ours.
list_ours() {
	local entry
	ours=()
	for entry in /proc/[0-9]*; do
		[ -e "$entry/root$mark" ] && ours+=("${entry#/proc/}")
	done
	return 0
}

# thaw GROUP: 1 when it is not frozen.
thaw() {
	local state
	state=$(cat "$1/freezer.state" "$1/cgroup.freeze" 2>/dev/null)
	case $state in
	FROZEN | FREEZING) echo THAWED >"$1/freezer.state" ;;
	1) echo 0 >"$1/cgroup.freeze" ;;
	*) return 1 ;;
	esac
}

# A frozen process does not die. A frozen cgroup with one of ours in it is a
# test's doing: thaw it, remember it in the array groups.
thaw_ours() {
	local pid line path
	for pid in "${ours[@]}"; do
		while IFS= read -r line; do
			case $line in
			*:freezer:/?*) path=/sys/fs/cgroup/freezer${line#*:freezer:} ;;
			0::/?*) path=/sys/fs/cgroup${line#0::} ;;
			*) continue ;;
			esac
			! thaw "$path" || groups+=("$path")
		done <"/proc/$pid/cgroup" || true
	done 2>/dev/null
}

# One round: true when nothing of the lab runs and no up or other command is at work.
end_processes() {
	local ours pid
	list_ours
	if [ ${#ours[@]} -gt 0 ]; then
		thaw_ours
		for pid in "${ours[@]}"; do
			is_ours "$pid" && kill -KILL "$pid" 2>/dev/null || true
		done
		return 1
	fi
	flock -n 9
}

remove_folders() {
	local entry path
	for path in "${groups[@]}"; do
		rmdir "$path" 2>/dev/null || true
	done
	for entry in $our_entries; do
		rm -rf --one-file-system -- "${lab_dir:?}/$entry"
	done
	rmdir -- "$lab_dir" 2>/dev/null || true
}

# Bounded; works on whatever an up that was killed has left.
take_down() {
	local groups=() ours
	[ -e "$marker" ] || return 0
	[ ! -e "$mark" ] || die "down inside the lab would end itself: call it from outside"
	{ exec 9<"$marker"; } 2>/dev/null || return 0
	if ! wait_until 20 end_processes; then
		list_ours
		die "still at work in '$lab_dir' after 20 s: $(describe "${ours[@]}")"
	fi
	! lock_is_there || remove_folders
}

describe() {
	local pid
	[ $# -gt 0 ] || printf 'another lab command'
	for pid in "$@"; do
		printf '%s (%s) ' "$pid" "$(cat "/proc/$pid/comm" 2>/dev/null)"
	done
}

cmd_down() {
	[ $# = 0 ] || usage_error "down takes no argument"
	take_down
}
