# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Changed configuration reaches the running daemons; when a command returns, the
# next job sees it.

log_size() {
	stat -c %s "$log_dir/$1" 2>/dev/null || printf 0
}

# reconfigured NODE SIZE: has slurmd begun to read slurm.conf? It does that in the thread that
# takes connections, so what comes later runs with the new one. Its log was SIZE before.
reconfigured() {
	tail -c "+$(($2 + 1))" "$log_dir/$1" | grep -q 'all threads complete'
}

reconfigure_all() {
	local name daemon
	local -A sizes=()
	for name in $(node_names); do
		if find_daemon "$name"; then
			sizes[$name]=$(log_size "$name")
		fi
	done
	in_ctld timeout 20 scontrol reconfigure || return 1
	for name in "${!sizes[@]}"; do
		wait_until 15 reconfigured "$name" "${sizes[$name]}" && continue
		say "$name: slurmd did not read the new configuration:"
		tell_why "$name"
		return 1
	done
}

# restart NAME...: all end before one starts, so that no new slurmd meets the old
# slurmctld; which is first to start, because a slurmd registers only then.
restart() {
	local name
	for name in "$@"; do
		signal_daemon "$name" TERM
	done
	for name in "$@"; do
		stop_daemon "$name" TERM
	done
	launch_all 30 "$@"
}

# All daemons but those that a test has stopped.
wanted_daemons() {
	local name
	for name in $(node_names) ctld; do
		[ -e "$run_dir/$name.stopped" ] || printf '%s\n' "$name"
	done
}

# Do all daemons that should run work with what is written? Then there is nothing to apply.
is_in_force() {
	conf_now | cmp -s - "$run_dir/in_force" || return 1
	# shellcheck disable=SC2046 # names without spaces
	daemons_ready $(wanted_daemons)
}

# A restart, not a reconfigure: it does for every key, and slurmd of 22.05 now and then loses
# the wake-up it waits for when it is told to reconfigure, and then takes no job for 10 s.
apply_to() {
	! is_in_force || return 0
	rm -f "$run_dir/in_force"
	restart "$@"
	conf_now >"$run_dir/in_force"
}

apply_slurm() {
	# shellcheck disable=SC2046
	apply_to $(wanted_daemons)
}

# slurmstepd and srun read plugstack.conf each time, slurmd when it starts, slurmctld never.
apply_plugstack() {
	if [ -e "$run_dir/in_force" ]; then
		# shellcheck disable=SC2046
		apply_to $(wanted_daemons | grep -vx ctld)
	else
		apply_slurm
	fi
}

set_slurm() {
	local line
	[ $# -gt 0 ] || usage_error "conf slurm takes lines KEY=VALUE"
	for line in "$@"; do
		check_line "$line"
	done
	for line in "$@"; do
		set_line "$line"
	done
	apply_slurm
}

# write_lines FILE LINE...: never half written for who reads it meanwhile.
write_lines() {
	local file=$1
	shift
	if [ $# = 0 ]; then
		: >"$file.new"
	else
		printf '%s\n' "$@" >"$file.new"
	fi
	mv "$file.new" "$file"
}

# write_efagate_conf LINE...: on a machine that cannot have the limit of a site with EFA, where the
# lab's devices lock nothing, no step is to be warned of it unless the lines have a policy.
write_efagate_conf() {
	local file=$lab_dir/efagate/efagate.conf
	if [ "$(ulimit -l)" = unlimited ] || [[ " $* " == *' [policy] '* ]]; then
		write_lines "$file" "$@"
	else
		write_lines "$file" "$@" '[policy]' 'EG203 = ignore'
	fi
}

cmd_conf() {
	local kind=${1:-}
	lock_up 60
	case $kind in
	slurm) set_slurm "${@:2}" ;;
	plugstack)
		write_lines "$slurm_dir/plugstack.conf" "${@:2}"
		apply_plugstack
		;;
	efagate) write_efagate_conf "${@:2}" ;;
	reset)
		reset_conf
		apply_slurm
		;;
	*) usage_error "conf slurm, plugstack, efagate or reset, not '$kind'" ;;
	esac
}

cmd_reconfigure() {
	lock_up 60
	reconfigure_all
}
