# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# munged, slurmctld and slurmd: start, stop, and what their cluster is like.

declare -A launched=()

log_of() {
	printf '%s/%s' "$log_dir" "$1"
}

# launch NAME LOG PROGRAM ARGS...: in the namespaces of NAME, detached. What it
# says before its log is open goes to LOG.
launch() {
	local name=$1 log=$2 holder
	shift 2
	find_holder "$name" || die "no namespaces of '$name'"
	setsid nsenter -t "$holder" -m -u -n -i -- env -i -C / "PATH=$lab_path" LANG=C HOME=/root \
		"$@" </dev/null >>"$log" 2>&1 3>&- 4>&- 8>&- 9>&- &
	disown $!
}

program_of() {
	[ "$1" = ctld ] && printf 'slurmctld' || printf 'slurmd'
}

launch_daemon() {
	local program
	program=$(program_of "$1")
	: >"$log_dir/$1.out"
	launch "$1" "$log_dir/$1.out" "$program" -D
	launched[$1]=$!
}

# The pid of the Slurm daemon of NAME in $daemon: what its pid file says, if it is that program there.
find_daemon() {
	local holder file comm
	daemon=
	find_holder "$1" || return 1
	file=/proc/$holder/root/run/$(program_of "$1").pid
	[ -r "$file" ] && read -r daemon <"$file" || return 1
	is_ours "$daemon" && [ "/proc/$daemon/ns/net" -ef "/proc/$holder/ns/net" ] &&
		read -r comm <"/proc/$daemon/comm" && [ "$comm" = "$(program_of "$1")" ]
}

no_daemon() {
	local daemon
	! find_daemon "$1"
}

signal_daemon() {
	local daemon
	find_daemon "$1" && kill "-$2" "$daemon" 2>/dev/null || true
}

stop_daemon() {
	local name=$1 signal=$2
	signal_daemon "$name" "$signal"
	wait_until 5 no_daemon "$name" && return 0
	signal_daemon "$name" KILL
	wait_until 5 no_daemon "$name" || die "$name: $(program_of "$name") does not end"
}

in_ctld() {
	local holder
	find_holder ctld || die "no namespaces of 'ctld'"
	nsenter -t "$holder" -m -u -n -i -- env -i "PATH=$lab_path" LANG=C "$@" 9>&-
}

controller_answers() {
	local answer
	answer=$(in_ctld timeout 5 scontrol ping 2>/dev/null) && [[ $answer == *" is UP"* ]]
}

# "NODE STATE" lines; nothing while slurmctld is away.
node_states() {
	in_ctld timeout 5 sinfo -h -N -o '%N %T' 2>/dev/null
}

# Have the nodes given registered, is each of them there to answer?
nodes_answer() {
	local states name
	states=" $(node_states | tr '\n' ' ')" || return 1
	for name in "$@"; do
		[[ $states =~ \ $name\ [a-z]+[@!%]?\  ]] || return 1
		[[ ! $states =~ \ $name\ (unknown|down)[@!%]?\  ]] || return 1
	done
}

all_idle() {
	local states
	states=$(node_states) || return 1
	[ -n "$states" ] && ! grep -qv ' idle$' <<<"$states"
}

# What each daemon said of why it is not there; each start begins a new .out.
tell_why() {
	local name file
	for name in "$@"; do
		file=$log_dir/$name.out
		[ -s "$file" ] || file=$log_dir/$name
		[ -s "$file" ] || continue
		{ grep -E 'error|fatal' "$file" | grep -v -i pmix || tail -n 3 "$file"; } | tail -n 4 |
			sed "s|^|lab:   $name: |" >&2
	done
}

# Does the slurmd of NODE take connections?
slurmd_listens() {
	local port holder line
	find_holder "$1" || return 1
	port=$(sed -n 's/^[Ss]lurmd[Pp]ort *= *//p' "$slurm_dir/slurm.conf")
	printf -v port '%04X' "${port:-6818}"
	grep -Eq "^ *[0-9]+: [0-9A-F]+:$port [0-9A-F:]+ 0A " "/proc/$holder/net/tcp" "/proc/$holder/net/tcp6"
}

# Are these there, and does slurmctld see every node that has a slurmd?
daemons_ready() {
	local nodes=() name daemon
	for name in "$@"; do
		find_daemon "$name" || return 1
		[ "$name" = ctld ] || slurmd_listens "$name" || return 1
	done
	[ ! -e "$run_dir/ctld.stopped" ] || return 0
	for name in $(node_names); do
		[ -e "$run_dir/$name.stopped" ] || nodes+=("$name")
	done
	controller_answers && nodes_answer "${nodes[@]}"
}

# Has one of those that were launched ended instead of being ready?
one_has_ended() {
	local name
	for name in "$@"; do
		[ -z "${launched[$name]:-}" ] || kill -0 "${launched[$name]}" 2>/dev/null || return 0
	done
	return 1
}

ready_or_over() {
	daemons_ready "$@" || one_has_ended "$@"
}

# launch_all SECONDS NAME...: 1 and words on stderr when they are not there for work by then.
launch_all() {
	local seconds=$1 name
	shift
	if [[ " $* " == *" ctld "* ]]; then
		launch_daemon ctld
		wait_until "$seconds" answers_or_over || true
	fi
	for name in "$@"; do
		[ "$name" = ctld ] || launch_daemon "$name"
	done
	wait_until "$seconds" ready_or_over "$@" || true
	daemons_ready "$@" && return 0
	explain_failure "$seconds" "$@"
	return 1
}

answers_or_over() {
	controller_answers || one_has_ended ctld
}

explain_failure() {
	local seconds=$1 name
	shift
	if one_has_ended "$@"; then
		for name in "$@"; do
			one_has_ended "$name" || continue
			say "$name: $(program_of "$name") did not start, or ended:"
			tell_why "$name"
		done
	else
		say "not ready after $seconds s: $(node_states | grep -v ' idle$' | tr '\n' ' ')"
		tell_why "$@"
	fi
}

check_daemon_name() {
	[ "${1:-}" = ctld ] || need_node "${1:-}"
}

cmd_start() {
	local daemon
	need_up
	check_daemon_name "${1:-}"
	lock_up 30
	rm -f "$run_dir/$1.stopped"
	find_daemon "$1" && return 0
	launch_all 20 "$1"
}

stop_command() {
	lock_up 30
	: >"$run_dir/$1.stopped"
	stop_daemon "$1" "$2"
}

cmd_stop() {
	need_up
	check_daemon_name "${1:-}"
	stop_command "$1" TERM
}

cmd_kill() {
	need_up
	need_node "${1:-}"
	stop_command "$1" KILL
}

cmd_wait_idle() {
	local seconds=${1:-20}
	need_up
	[[ $seconds =~ ^[0-9]{1,4}$ ]] || usage_error "wait-idle takes seconds, not '$seconds'"
	wait_until "$seconds" all_idle ||
		die "not idle after $seconds s: $(node_states | grep -v ' idle$' | tr '\n' ' ')"
}

# A node that is neither drained nor down refuses to be resumed. All in one
# request: slurmctld then asks them all at once whether they answer.
resume_round() {
	local name state names=''
	all_idle && return 0
	while read -r name state; do
		[[ $state != @(drain|down|fail)* ]] || names+=,$name
	done < <(node_states)
	[ -z "$names" ] || in_ctld timeout 5 scontrol update nodename="${names#,}" state=resume reason=none || true
	all_idle
} >/dev/null 2>&1

cmd_resume() {
	need_up
	wait_until 20 resume_round ||
		die "not idle after 20 s: $(node_states | grep -v ' idle$' | tr '\n' ' ')"
}

cmd_log() {
	need_up
	[ "${1:-}" = ctld ] || [ "${1:-}" = munged ] || need_node "${1:-}"
	[ -r "$(log_of "$1")" ] || die "no log of '$1' yet"
	cat "$(log_of "$1")"
}
