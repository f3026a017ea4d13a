# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The namespaces of a node (network, UTS, mount) and what is mounted in them.
# A holder process keeps each set alive; its end and that of the processes in
# them is the end of everything in it, mounts and interfaces included.

# Run in the new namespaces: mount what the node sees, then wait.
# shellcheck disable=SC2016 # expands in the inner shell
space_script='
set -eu
name=$1 dir=$2 softefa=$3 efa=$4
echo "$name" >/proc/sys/kernel/hostname
ip link set lo up
mkdir -p "$dir/space/$name"
mount -t tmpfs -o mode=755 efagate-lab "$dir/space/$name"
cd "$dir/space/$name"
for part in etc var/lib; do
	mkdir -p "up/$part" "work/$part"
	mount -t overlay efagate-lab -o "lowerdir=/$part,upperdir=$PWD/up/$part,workdir=$PWD/work/$part" "/$part"
done
mount -t tmpfs -o mode=755 efagate-lab /run
mkdir -p /run/munge /etc/slurm /etc/efagate
mount --bind "$dir/munge/run" /run/munge
mount --bind "$dir/slurm" /etc/slurm
mount --bind "$dir/efagate" /etc/efagate
cat "$dir/users/passwd" >>/etc/passwd
cat "$dir/users/group" >>/etc/group
cp "$dir/hosts" /etc/hosts
echo "hosts: files" >/etc/nsswitch.conf
echo "passwd: files" >>/etc/nsswitch.conf
echo "group: files" >>/etc/nsswitch.conf
[ "$efa" = no ] || "$softefa" mount "$dir/fabric" "$name"
touch "$dir/pid/$name.ready"
exec sleep infinity
'

# make_space NAME EFA: the holder's pid goes to pid/NAME.
make_space() {
	local name=$1 efa=$2
	setsid unshare --mount --net --uts --propagation private -- \
		/bin/sh -c "$space_script" lab-space "$name" "$lab_dir" "$softefa" "$efa" \
		</dev/null >"$log_dir/$name.space" 2>&1 3>&- 4>&- &
	echo $! >"$pid_dir/$name"
}

space_ready() {
	local name
	for name in "$@"; do
		[ -e "$pid_dir/$name.ready" ] || return 1
	done
}

# The ids of a space's mount namespace, kept so that it is found when its holder is gone.
note_space() {
	local pid
	pid=$(cat "$pid_dir/$1")
	readlink "/proc/$pid/ns/mnt" >>"$lab_dir/spaces"
}

# in_space NAME CMD...: no environment, no inherited descriptors beyond 0-2.
in_space() {
	local name=$1 pid
	shift
	pid=$(cat "$pid_dir/$name" 2>/dev/null) || die "no node '$name' in this lab"
	[ -d "/proc/$pid" ] || die "the namespaces of '$name' are gone"
	exec_in "$pid" "$@"
}

exec_in() {
	local pid=$1
	shift
	nsenter -t "$pid" -m -n -u -- "$@" 3>&- 4>&-
}

# A bridge beside slurmctld, one cable a node. Addresses 10.77.0.0/16 exist only in there.
address_of() {
	local index=${1#n}
	echo "10.77.$((1 + index / 250)).$((1 + index % 250))"
}

make_bridge() {
	in_space ctld sh -c 'ip link add br0 type bridge && ip link set br0 up &&
		ip addr add 10.77.0.1/16 dev br0'
}

cable() {
	local name=$1 pid
	pid=$(cat "$pid_dir/$name")
	in_space ctld sh -c "ip link add $name type veth peer name eth0 netns $pid &&
		ip link set $name master br0 up"
	in_space "$name" sh -c "ip addr add $(address_of "$name")/16 dev eth0 && ip link set eth0 up"
}

# Every process in one of the lab's mount namespaces, by the ids noted.
lab_pids() {
	local entry space pid
	[ -s "$lab_dir/spaces" ] || return 0
	for entry in /proc/[0-9]*/ns/mnt; do
		space=$(readlink "$entry" 2>/dev/null) || continue
		grep -qxF "$space" "$lab_dir/spaces" || continue
		pid=${entry#/proc/}
		echo "${pid%%/*}"
	done
}

# Signal each process of the lab by its pid.
signal_lab() {
	local pid
	for pid in $(lab_pids); do
		kill "-$1" "$pid" 2>/dev/null || true
	done
}

lab_is_empty() {
	[ -z "$(lab_pids)" ]
}
