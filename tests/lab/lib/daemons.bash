# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# munged, slurmctld and slurmd of a lab.

daemon_path=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin

# start_in SPACE PIDNAME PROGRAM ARGS...: in the foreground mode of the daemon, detached.
start_in() {
	local space=$1 name=$2 holder
	shift 2
	holder=$(cat "$pid_dir/$space")
	setsid nsenter -t "$holder" -m -n -u -- env -i "PATH=$daemon_path" LANG=C "$@" \
		</dev/null >>"$log_dir/$name.out" 2>&1 3>&- 4>&- &
	echo $! >"$pid_dir/$name.daemon"
}

start_munged() {
	start_in ctld munged munged --foreground --key-file="$lab_dir/munge/key" \
		--socket=/run/munge/munge.socket.2 --pid-file="$lab_dir/munge/pid" \
		--seed-file="$lab_dir/munge/seed" --log-file="$log_dir/munged" --num-threads=2
	wait_for 5 test -S "$lab_dir/munge/run/munge.socket.2"
}

start_daemon() {
	case $1 in
	ctld) start_in ctld ctld slurmctld -D ;;
	*) start_in "$1" "$1" slurmd -D -N "$1" ;;
	esac
}

daemon_gone() {
	! [ -d "/proc/$1" ]
}

stop_daemon() {
	local pid
	pid=$(cat "$pid_dir/$1.daemon" 2>/dev/null) || return 0
	grep -qxF "$(readlink "/proc/$pid/ns/mnt" 2>/dev/null)" "$lab_dir/spaces" || return 0
	kill "$pid" 2>/dev/null || true
	wait_for 5 daemon_gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
	rm -f "$pid_dir/$1.daemon"
}

# Are all nodes idle? Quiet while slurmctld is not there yet.
all_idle() {
	local states
	states=$(in_space ctld timeout 5 sinfo -h -N -o %T 2>/dev/null | sort -u) || return 1
	[ "$states" = idle ]
}

cmd_start() {
	need_up
	[ -z "${1:-}" ] && usage_error "start what?"
	start_daemon "$1"
}

cmd_stop() {
	need_up
	[ -z "${1:-}" ] && usage_error "stop what?"
	stop_daemon "$1"
}
