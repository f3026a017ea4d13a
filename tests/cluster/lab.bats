#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2016,SC2154,SC2143 # expanded on the node; helpers sets lab_program
# The lab itself: a real Slurm with software EFA, beside the machine's own.

load helpers

setup_file() {
	sha256sum /etc/passwd /etc/group /etc/hosts >"$BATS_FILE_TMPDIR/etc"
	ls -la /etc/slurm /dev/infiniband /etc/ld.so.preload >"$BATS_FILE_TMPDIR/paths" 2>&1 || true
	: >"$BATS_FILE_TMPDIR/folders"
	lab_up_once -n 4
}

teardown_file() {
	local folder
	# what a test that failed has left up
	while read -r folder; do
		lab -d "$folder" down
		rm -rf "$folder"
	done <"$BATS_FILE_TMPDIR/folders"
	lab_down
}

@test "srun as an ordinary user runs on four nodes" {
	run lab as user1 timeout 20 srun -N4 sh -c 'echo $(hostname) $(id -u)'
	[ "$status" -eq 0 ]
	[ "$(sort <<<"$output" | tr '\n' ' ')" = "n1 2001 n2 2001 n3 2001 n4 2001 " ]
}

@test "exit code, input, output and errors pass through" {
	run lab as user2 sh -c 'cat; echo err >&2; exit 7' <<<in
	[ "$status" -eq 7 ]
	[ "$output" = $'in\nerr' ]
}

@test "a command's environment is clean and its folder writable" {
	FROM_OUTSIDE=1 run lab on-as n2 user1 sh -c 'touch here && rm here && echo $HOME ${FROM_OUTSIDE-unset}'
	[ "$status" -eq 0 ]
	[ "$output" = "$EFAGATE_LAB/home/user1 unset" ]
}

@test "a batch job runs to its end" {
	printf '#!/bin/sh\nsrun hostname\n' >"$EFAGATE_LAB/home/user1/job"
	run lab as user1 sbatch -W -N2 -w n2,n3 -o out job
	[ "$status" -eq 0 ]
	run sort "$EFAGATE_LAB/home/user1/out"
	[ "$output" = $'n2\nn3' ]
}

@test "every node shows its own four EFA devices to fi_info" {
	run lab as user1 timeout 20 srun -N4 sh -c 'fi_info -p efa -t FI_EP_RDM | sed -n "s/ *domain: //p" | sort | tr "\n" " "; echo'
	[ "$status" -eq 0 ]
	[ "$(sort -u <<<"$output")" = "rdmap144s27-rdm rdmap160s27-rdm rdmap16s27-rdm rdmap32s27-rdm " ]
	[ "${#lines[@]}" -eq 4 ]
}

@test "libfabric on a node has no kernel symbols to read" {
	run lab on n1 sh -c 'wc -c </proc/kallsyms'
	[ "$output" = 0 ]
}

@test "a device taken from one node is missing there and nowhere else" {
	local names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
	local node=n$(($(draw 4 1) + 1)) device=${names[$(draw 4 2)]} other
	echo "# $node/$device"
	lab efa fault "$node/$device" gone
	for other in n1 n2 n3 n4; do
		run lab on "$other" ibv_devices
		[ "$status" -eq 0 ]
		if [ "$other" = "$node" ]; then
			[[ $output != *"$device"* ]]
		else
			[[ $output == *"$device"* ]]
		fi
	done
	lab efa fault "$node" clear
	run lab on "$node" ibv_devices
	[[ $output == *"$device"* ]]
}

@test "fi_pingpong crosses the fabric between two nodes with its data checked" {
	lab on-as n1 user1 timeout 60 fi_pingpong -p efa -e rdm -c -S 65536 &
	local server=$!
	sleep 1
	run lab on-as n2 user1 timeout 60 fi_pingpong -p efa -e rdm -c -S 65536 n1
	[ "$status" -eq 0 ]
	wait "$server"
	[[ $output == *"64k"* ]]
}

@test "a Prolog set with conf runs and its failure drains the node" {
	printf '#!/bin/sh\n[ "$SLURMD_NODENAME" != n3 ]\n' >"$EFAGATE_LAB/prolog"
	chmod 755 "$EFAGATE_LAB/prolog"
	lab conf slurm "Prolog=$EFAGATE_LAB/prolog"
	run lab as user1 timeout 20 srun -w n3 hostname
	[ "$status" -ne 0 ]
	run lab run sinfo -h -n n3 -o '%T %E'
	[[ $output == "drain"*" Prolog error" ]]
	lab conf slurm "Prolog="
	lab resume
}

@test "a stopped node is started again" {
	lab stop n4
	lab start n4
	run lab wait-idle 20
	[ "$status" -eq 0 ]
	run lab as user1 timeout 20 srun -w n4 hostname
	[ "$output" = n4 ]
}

# Without the function lab between the shell and the program, so that $! is the program.
lab_program_only() {
	exec "$lab_program" "$@"
}

# What the machine itself shows. Other tests may come and go meanwhile, in folders of their own.
machine_state() {
	grep -v ' /tmp/' /proc/mounts | sort
	ls /sys/class/net
	ls /run/netns 2>&1 || true
	# what slurmd makes when it takes a plugin that uses cgroups
	find /sys/fs/cgroup -name 'slurm_n[1-9]*' -o -name 'n[1-9]*_slurmstepd.scope'
}

# nothing_left DIR: no process sees its tmpfs or has any mount of it, so no namespace is left.
nothing_left() {
	local entry
	[ ! -e "$1" ]
	for entry in /proc/[0-9]*; do
		[ ! -e "$entry/root$1/space/mark" ]
	done
	[ -z "$(grep -l -s -F "$1/" /proc/[0-9]*/mountinfo)" ]
}

new_folder() {
	local folder
	folder=$(mktemp -d /tmp/efagate-test.XXXXXX)
	chmod 755 "$folder"
	echo "$folder" >>"$BATS_FILE_TMPDIR/folders"
	echo "$folder"
}

@test "a killed slurmd takes no job until it is started" {
	lab kill n2
	run lab on n2 cat /run/slurmd.pid
	[ "$status" -eq 0 ]
	# a zombie has no root
	[ ! -e "/proc/$output/root/run" ]
	lab conf slurm KillWait=3
	run lab as user1 timeout 20 srun -w n1,n3,n4 hostname
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	lab start n2
	lab wait-idle
	run lab as user1 timeout 20 srun -w n2 hostname
	[ "$output" = n2 ]
}

@test "slurmctld stopped and started knows its nodes" {
	lab stop ctld
	run lab run timeout 2 scontrol ping
	[[ $output != *" is UP"* ]]
	lab start ctld
	run lab as user1 timeout 20 srun -N4 hostname
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 4 ]
}

@test "conf replaces a key's line, any key takes effect, and reset undoes all" {
	lab conf reset
	cp "$(lab dir)/slurm/slurm.conf" "$BATS_TEST_TMPDIR/before"
	lab conf slurm KillWait=7 SelectType=select/linear SelectTypeParameters=
	run grep -c '^KillWait=' "$(lab dir)/slurm/slurm.conf"
	[ "$output" = 1 ]
	run lab run scontrol show config
	[[ $output == *"KillWait                = 7 sec"* ]]
	[[ $output == *"SelectType              = select/linear"* ]]
	lab conf efagate 'mode = enforce' 'expected_devices = 4'
	run lab on n3 cat /etc/efagate/efagate.conf
	# Behind it what a machine without the limit of a site with EFA needs.
	[ "$(sed '/^\[policy\]$/,$d' <<<"$output")" = $'mode = enforce\nexpected_devices = 4' ]
	[ "$(ulimit -l)" = unlimited ] || [ "$(tail -n 2 <<<"$output")" = $'[policy]\nEG203 = ignore' ]
	lab conf reset
	diff "$BATS_TEST_TMPDIR/before" "$(lab dir)/slurm/slurm.conf"
	run lab on n3 ls /etc/efagate
	[ "$output" = "" ]
}

slurmd_pids() {
	local node
	for node in n1 n2 n3 n4; do lab on "$node" cat /run/slurmd.pid; done
}

@test "conf restarts what a change concerns, and nothing when there is none" {
	local before ctld
	lab conf reset
	before=$(slurmd_pids) ctld=$(lab run cat /run/slurmctld.pid)
	lab conf reset
	lab conf plugstack
	lab conf efagate 'mode = observe'
	[ "$(slurmd_pids) $(lab run cat /run/slurmctld.pid)" = "$before $ctld" ]
	lab conf plugstack '# changed'
	[ -z "$(grep -xF "$before" <<<"$(slurmd_pids)")" ]
	[ "$(lab run cat /run/slurmctld.pid)" = "$ctld" ]
	lab stop n2
	lab conf reset
	run lab on n2 cat /run/slurmd.pid
	[ "$status" -ne 0 ]
	[ "$(lab run cat /run/slurmctld.pid)" != "$ctld" ]
	lab start n2
}

@test "one wrong line among several changes nothing" {
	cp "$(lab dir)/slurm/slurm.conf" "$BATS_TEST_TMPDIR/before"
	run lab conf slurm KillWait=9 nonsense
	[ "$status" -eq 64 ]
	[ "$output" = "lab: conf slurm: 'nonsense' is not KEY=VALUE; see lab --help" ]
	diff "$BATS_TEST_TMPDIR/before" "$(lab dir)/slurm/slurm.conf"
}

@test "reconfigure has the daemons read what was written into slurm.conf by hand" {
	local before
	before=$(slurmd_pids)
	sed -i 's/^KillWait=.*/KillWait=8/' "$(lab dir)/slurm/slurm.conf"
	lab reconfigure
	run lab run scontrol show config
	[[ $output == *"KillWait                = 8 sec"* ]]
	[ "$(slurmd_pids)" = "$before" ]
	lab conf reset
}

@test "a plugin that keeps slurmd from starting is named, and taking it out helps" {
	run lab conf plugstack 'required /nonexistent/plugin.so'
	[ "$status" -eq 1 ]
	[[ $output == *"n4: slurmd did not start, or ended:"*"/nonexistent/plugin.so"* ]]
	lab conf plugstack
	run lab as user1 timeout 20 srun -N4 hostname
	[ "${#lines[@]}" -eq 4 ]
}

@test "variables given arrive, and a signal reaches the command itself" {
	run lab on n1 --env ONE=1 --env 'TWO=a b' sh -c 'echo "$ONE $TWO"'
	[ "$output" = "1 a b" ]
	lab_program_only as user1 sh -c 'trap "echo told >&2; exit 9" TERM; echo here; while :; do sleep 0.05; done' \
		>"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	local pid=$! i
	for ((i = 0; i < 100; i++)); do
		[ ! -s "$BATS_TEST_TMPDIR/out" ] || break
		sleep 0.05
	done
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 9 ]
	[ "$(cat "$BATS_TEST_TMPDIR/err")" = told ]
}

@test "each node has a /var/lib/efagate, a /run, a /dev/shm and IPC of its own" {
	local part
	for part in /var/lib/efagate /run /dev/shm; do
		lab on n1 touch "$part/of-n1"
		run lab on n2 ls "$part/of-n1"
		[ "$status" -ne 0 ]
		[ ! -e "$part/of-n1" ]
		lab on n1 rm "$part/of-n1"
	done
	[ "$(lab on n1 readlink /proc/self/ns/ipc)" != "$(lab on n2 readlink /proc/self/ns/ipc)" ]
}

@test "up again with the same arguments is the same lab, with others another one" {
	local second holder
	second=$(new_folder)
	lab -d "$second" up -n 1 --no-efa
	holder=$(cat "$second/run/n1.holder")
	lab -d "$second" up -n 1 --no-efa
	[ "$(cat "$second/run/n1.holder")" = "$holder" ]
	lab -d "$second" up -n 2 --no-efa
	[ "$(lab -d "$second" nodes)" = $'n1\nn2' ]
	[ ! -e "/proc/$holder/root/run" ]
	lab -d "$second" down
	[ ! -e "$second" ]
}

@test "what up was asked for is there: types, huge pages, a prefix, lines of slurm.conf" {
	local second node
	second=$(new_folder)
	mkdir -p "$BATS_TEST_TMPDIR/prefix/bin"
	printf '#!/bin/sh\necho "$EFAGATE_PREFIX"\n' >"$BATS_TEST_TMPDIR/prefix/bin/efagate-here"
	chmod 755 "$BATS_TEST_TMPDIR/prefix/bin/efagate-here"
	printf '# a comment\n\nKillWait=11\nSchedulerType=\n' >"$BATS_TEST_TMPDIR/conf"
	lab -d "$second" up -n 3 --type p4de.24xlarge,p5.48xlarge --huge-pages 100 \
		--prefix "$BATS_TEST_TMPDIR/prefix" --conf "$BATS_TEST_TMPDIR/conf"
	for node in n1:4 n2:32 n3:32; do
		run lab -d "$second" on "${node%:*}" sh -c 'ibv_devices | grep -c rdmap'
		[ "$output" = "${node#*:}" ]
	done
	run lab -d "$second" on n2 cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	[ "$output" = 100 ]
	run lab -d "$second" on n2 efagate-here
	[ "$output" = "$BATS_TEST_TMPDIR/prefix" ]
	lab -d "$second" conf slurm KillWait=12
	lab -d "$second" conf reset
	[ "$(grep -cE '^(KillWait=11|SchedulerType=.*)$' "$second/slurm/slurm.conf")" = 1 ]
	eval "$(lab -d "$second" env)"
	[ "$EFAGATE_LAB $EFAGATE_PREFIX" = "$second $BATS_TEST_TMPDIR/prefix" ]
	lab down
	[ ! -e "$second" ]
}

@test "two ups at once in one folder make one lab" {
	local second first=0
	second=$(new_folder)
	lab -d "$second" up -n 2 --no-efa 3>&- &
	lab -d "$second" up -n 2 --no-efa
	wait $! || first=$?
	[ "$first" -eq 0 ]
	run lab -d "$second" as user1 timeout 20 srun -N2 hostname
	[ "$(sort <<<"$output" | tr '\n' ' ')" = "n1 n2 " ]
	lab -d "$second" down
	nothing_left "$second"
}

@test "the caller's umask and limits do not reach the lab" {
	local second soft hard
	second=$(new_folder)
	(umask 077 && ulimit -S -l 64 && lab -d "$second" up -n 1)
	# unlimited, or as much as a root without CAP_SYS_RESOURCE may have
	run lab -d "$second" on n1 sh -c 'grep locked /proc/$(cat /run/slurmd.pid)/limits'
	read -r _ _ _ soft hard _ <<<"$output"
	[ -n "$hard" ] && [ "$soft" = "$hard" ]
	run lab -d "$second" as user1 timeout 20 srun sh -c 'id -un; ulimit -l; ibv_devices | grep -c rdmap'
	[ "$output" = "user1
$(lab run bash -c 'ulimit -H -l')
4" ]
	lab -d "$second" down
	[ ! -e "$second" ]
}

@test "two labs at once do not meet, and down leaves nothing" {
	local second
	second=$(new_folder)
	machine_state >"$BATS_TEST_TMPDIR/before"
	lab -d "$second" up -n 2
	run lab -d "$second" as user1 timeout 20 srun -N2 hostname
	[ "$(sort <<<"$output" | tr '\n' ' ')" = "n1 n2 " ]
	run lab as user1 timeout 20 srun -N4 hostname
	[ "${#lines[@]}" -eq 4 ]
	lab -d "$second" efa fault n1 gone
	run lab on n1 ibv_devices
	[[ $output == *rdmap16s27* ]]
	lab -d "$second" down
	nothing_left "$second"
	machine_state >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	run lab as user1 timeout 20 srun -N4 hostname
	[ "$status" -eq 0 ]
}

@test "down after an up that was killed leaves nothing" {
	local second delay pid
	second=$(new_folder)
	machine_state >"$BATS_TEST_TMPDIR/before"
	for delay in 0.03 0.08 0.15 0.25 0.4; do
		mkdir -p "$second"
		lab_program_only -d "$second" up -n 3 3>&- &
		pid=$!
		sleep "$delay"
		kill -KILL "$pid" || true
		wait "$pid" || true
		lab -d "$second" down
		# killed before it had begun: the folder is as this test made it
		[ ! -e "$second" ] || rmdir "$second"
		nothing_left "$second"
	done
	machine_state >"$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

# A frozen process waits for its end until it is thawed (cgroup v1); v2 ends it all the same.
freeze_in() {
	local group=$1 file=freezer.state word=FROZEN
	[ -d /sys/fs/cgroup/freezer ] || file=cgroup.freeze word=1
	mkdir "$group"
	lab -d "$2" on n1 sh -c "sleep 60 3>&- & echo \$! >$group/cgroup.procs; echo $word >$group/$file"
	[ -n "$(cat "$group/cgroup.procs")" ]
}

@test "down ends a process that a test has left frozen" {
	local second group=/sys/fs/cgroup/freezer/efagate-lab-test-$$
	[ -d /sys/fs/cgroup/freezer ] || group=/sys/fs/cgroup/efagate-lab-test-$$
	second=$(new_folder)
	lab -d "$second" up -n 1 --no-efa
	freeze_in "$group" "$second"
	run lab -d "$second" down
	[ "$status" -eq 0 ]
	[ ! -e "$second" ]
	[ ! -e "$group" ]
}

@test "a machine without cgroups will do" {
	local second
	second=$(new_folder)
	run unshare --mount --propagation private bash -c 'umount -R -l /sys/fs/cgroup || exit
		"$0" -d "$1" up -n 1 --no-efa && "$0" -d "$1" as user1 timeout 20 srun hostname
		"$0" -d "$1" down' "$lab_program" "$second"
	[ "$status" -eq 0 ]
	[ "$output" = n1 ]
	nothing_left "$second"
}

@test "an up that fails says why and leaves nothing" {
	local second
	second=$(new_folder)
	echo Prolgo=/bin/true >"$BATS_TEST_TMPDIR/conf"
	run lab -d "$second" up -n 2 --no-efa --conf "$BATS_TEST_TMPDIR/conf"
	[ "$status" -eq 1 ]
	[[ $output == *"ctld: slurmctld did not start, or ended:"*"unrecognized key: Prolgo"* ]]
	nothing_left "$second"
	run lab -d "$second" up --type x9.huge
	[ "$status" -eq 1 ]
	[[ $output == *"x9.huge"*"n1: no software EFA"* ]]
	[ ! -e "$second" ]
}

@test "a folder that ordinary users cannot enter is refused by name" {
	local closed
	closed=$(mktemp -d /tmp/efagate-test.XXXXXX)
	echo "$closed" >>"$BATS_FILE_TMPDIR/folders"
	run lab -d "$closed/lab" up -n 1 --no-efa
	[ "$status" -eq 1 ]
	[[ $output == *"'$closed'"*"keeps ordinary users out"* ]]
	[ ! -e "$closed/lab" ]
	rmdir "$closed"
	run lab -d /var/lab up
	[ "$status" -eq 64 ]
}

@test "a folder with things under the lab's names is refused and keeps them" {
	local folder
	folder=$(new_folder)
	mkdir "$folder/home"
	echo kept >"$folder/home/file"
	run lab -d "$folder" up -n 1 --no-efa
	[ "$status" -eq 1 ]
	[ "$output" = "lab: '$folder' is no lab and has a 'home', take another folder" ]
	lab -d "$folder" down
	[ "$(cat "$folder/home/file")" = kept ]
	[ "$(ls -A "$folder")" = home ]
	rm -r "$folder"
}

@test "a test's own files in the folder outlive down, and up takes the folder again" {
	local folder
	folder=$(new_folder)
	lab -d "$folder" up -n 1 --no-efa
	echo kept >"$folder/mine"
	lab -d "$folder" down
	[ "$(ls -A "$folder")" = mine ]
	lab -d "$folder" up -n 1 --no-efa
	run lab -d "$folder" on n1 cat "$folder/mine"
	[ "$output" = kept ]
	lab -d "$folder" down
	rm -r "$folder"
}

@test "the machine's own files stay as they were" {
	sha256sum -c "$BATS_FILE_TMPDIR/etc"
	run diff "$BATS_FILE_TMPDIR/paths" <(ls -la /etc/slurm /dev/infiniband /etc/ld.so.preload 2>&1)
	[ "$status" -eq 0 ]
}

@test "a wrong command line is refused" {
	run lab frobnicate
	[ "$status" -eq 64 ]
	run lab up -n nine
	[ "$status" -eq 64 ]
	[ "$output" = "lab: -n takes a number from 1 to 999, not 'nine'; see lab --help" ]
	run lab -d /tmp/efagate-no-such-lab run true
	[ "$status" -eq 1 ]
	[ "$output" = "lab: no lab is up in '/tmp/efagate-no-such-lab'" ]
}
