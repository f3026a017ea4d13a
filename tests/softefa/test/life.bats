#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# shellcheck disable=SC2154,SC2030,SC2031 # set by common.bash, which bats loads
# Fabrics and nodes come and go, processes die, command lines are wrong.

load common

setup() { softefa_setup; }
teardown() { softefa_teardown; }

@test "a killed process is reclaimed with its endpoint and ring file" {
	node n1 p4de.24xlarge
	start_on n1 "$work/out" "$build/test/idle" rdmap16s27 60
	wait_for "$work/out" "^open"
	[ "$(json 's["nodes"][0]["devices"][0]["endpoints"]')" = 1 ]
	[ "$(json 'len(s["processes"])')" = 1 ]
	[ "$(find "$fabric/contexts" -type f | wc -l)" -eq 1 ]
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	[ "$(json 's["nodes"][0]["devices"][0]["endpoints"]')" = 0 ]
	[ "$(json 's["processes"]')" = "[]" ]
	[ "$(find "$fabric/contexts" -type f | wc -l)" -eq 0 ]
}

@test "a stopped process is not taken for dead" {
	node n1 p4de.24xlarge
	start_on n1 "$work/out" "$build/test/idle" rdmap16s27 60
	wait_for "$work/out" "^open"
	kill -STOP "${started[0]}"
	[ "$(json 's["nodes"][0]["devices"][0]["endpoints"]')" = 1 ]
	kill -CONT "${started[0]}"
}

@test "programs that end leave nothing behind" {
	node n1 p4de.24xlarge
	on n1 fi_info -p efa >/dev/null
	on n1 ibv_devinfo >/dev/null
	[ "$(find "$fabric/contexts" -type f | wc -l)" -eq 0 ]
	[ "$(json 'sum(d["endpoints"] for d in s["nodes"][0]["devices"])')" = 0 ]
}

@test "rows are used again: more endpoints than a device has numbers" {
	node n1 p4de.24xlarge
	run on n1 "$build/test/idle" rdmap16s27 0 again 300
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "300 made" ]
	[ "$(json 's["nodes"][0]["devices"][0]["endpoints"]')" = 0 ]
}

@test "the machine's own folders are as before" {
	look() {
		ls -d /dev/infiniband /etc/ld.so.preload 2>&1
		ls /sys /dev /etc
		cat /proc/self/mountinfo
	}
	before=$(look)
	node n1 p4de.24xlarge
	on n1 sh -c 'test -s /etc/ld.so.preload && touch /etc/new /dev/shm/new /sys/new'
	[ "$before" = "$(look)" ]
	[ ! -e /dev/shm/new ]
}

@test "/etc that is private already gets the file itself" {
	node n1 p4de.24xlarge
	mkdir "$work/etc"
	cp -r /etc/passwd /etc/ld.so.cache /etc/libibverbs.d "$work/etc"
	run unshare -m sh -c "mount --bind $work/etc /etc && $softefa mount $fabric n1 &&
		cat /etc/ld.so.preload && ibv_devices | grep -c rdmap"
	[ "$status" -eq 0 ]
	[ "$output" = "$(realpath "$build")/libsoftefa.so"$'\n4' ]
	[ "$(cat "$work/etc/ld.so.preload")" = "$(realpath "$build")/libsoftefa.so" ]
	[ ! -e "$fabric/nodes/n1/etc" ]
}

@test "SYSFS_PATH moves the tree without a mount" {
	node n1 p4de.24xlarge
	run env SYSFS_PATH="$fabric/nodes/n1/sys" LD_PRELOAD="$build/libsoftefa.so" \
		cat "$fabric/nodes/n1/sys/class/infiniband/rdmap16s27/ports/1/hw_counters/tx_bytes"
	[ "$output" = 0 ]
}

@test "remove takes the fabric and its folder away, and nothing else" {
	node n1 p4de.24xlarge
	"$softefa" fabric remove "$fabric"
	[ ! -e "$fabric" ]
	mkdir "$work/plain"
	touch "$work/plain/keep"
	run "$softefa" fabric remove "$work/plain"
	[ "$status" -eq 1 ]
	[ "$output" = "softefa: '$work/plain': no fabric there" ]
	[ -e "$work/plain/keep" ]
	"$softefa" fabric create "$work/plain"
	"$softefa" fabric remove "$work/plain"
	[ -e "$work/plain/keep" ]
}

@test "64 nodes fit, the next one is refused" {
	for i in $(seq 64); do node "n$i" p4d.24xlarge; done
	run node n65 p4d.24xlarge
	[ "$status" -eq 1 ]
	[ "$output" = "softefa: '$fabric': no room for another node, 64 are the most" ]
	[ "$(on n64 ibv_devices | grep -c rdmap)" -eq 4 ]
}

@test "the machine's own mount namespace is refused" {
	node n1 p4de.24xlarge
	run "$softefa" mount "$fabric" n1
	[ "$status" -eq 1 ]
	[[ "$output" == "softefa: this is the machine's own mount namespace;"* ]]
}

@test "a namespace is one node only" {
	node n1 p4de.24xlarge
	node n2 p4de.24xlarge
	run on n1 "$softefa" enter "$fabric" n2 true
	[ "$status" -eq 1 ]
	[[ "$output" == *"a node is mounted here already"* ]]
}

@test "existing fabrics and nodes are not made again" {
	run "$softefa" fabric create "$fabric"
	[ "$status" -eq 1 ]
	[ "$output" = "softefa: '$fabric': there is a fabric already" ]
	node n1 p4de.24xlarge
	run node n1 p4de.24xlarge
	[ "$status" -eq 1 ]
	[ "$output" = "softefa: '$fabric': there is a node 'n1' already" ]
}

# refused MESSAGE ARGUMENT...: exit code 64 and this first line
refused() {
	local message=$1
	shift
	run "$softefa" "$@"
	echo "$output"
	[ "$status" -eq 64 ]
	[ "${lines[0]}" = "softefa: $message" ]
}

@test "wrong command lines say what is wrong" {
	node n1 p4de.24xlarge
	refused "no command given"
	refused "no such command: 'fabric destroy'" fabric destroy "$fabric"
	refused "node create needs --type" node create "$fabric" n2
	refused "--type 'c5.large': no type with EFA, 'softefa types' lists them" \
		node create "$fabric" n2 --type c5.large
	refused "'../x': not a name for a node" node create "$fabric" ../x --type p5.48xlarge
	refused "--huge-pages '-1': not a number of pages" \
		node create "$fabric" n2 --type p5.48xlarge --huge-pages=-1
	refused "--devices '5': not a number from 1 to 4" \
		node create "$fabric" n2 --type p4d.24xlarge --devices 5
	refused "--driver '2.x': not a version like 2.17.0" \
		node create "$fabric" n2 --type p4d.24xlarge --driver 2.x
	refused "no such fault: 'broken'" fault "$fabric" n1 broken
	refused "gone takes no value" fault "$fabric" n1 gone now
	refused "slow needs a value" fault "$fabric" n1 slow
	refused "slow 'much': neither a time (500us) nor a rate (10gbit)" \
		fault "$fabric" n1 slow much
	refused "noopen 'ENOTHING': not an errno" fault "$fabric" n1 noopen ENOTHING
	refused "unreachable 'n9': neither all, in, out, nor a node, nor a time" \
		fault "$fabric" n1 unreachable n9
	refused "--percent '0': not between 0 and 100" fault "$fabric" n1 corrupt --percent 0
	refused "gone takes no --percent or --peer" fault "$fabric" n1 gone --percent 5
	refused "enter takes a folder, a node name and a command" enter "$fabric" n1
	refused "status takes a folder, and --json if wanted" status "$fabric" --xml
}

@test "what is not there is said" {
	node n1 p4de.24xlarge
	run "$softefa" fault "$fabric" n9 gone
	[ "$status" -eq 1 ]
	[ "$output" = "softefa: '$fabric': no node called 'n9'" ]
	run "$softefa" fault "$fabric" n1/rdmap1s1 gone
	[ "$status" -eq 1 ]
	[ "$output" = "softefa: 'n1': no device called 'rdmap1s1'" ]
	run "$softefa" status "$work/none"
	[ "$status" -eq 1 ]
	[ "$output" = "softefa: '$work/none': No such file or directory" ]
}

@test "--help names every command and fault" {
	run "$softefa" --help
	[ "$status" -eq 0 ]
	for word in "fabric create" "fabric remove" "node create" types mount enter fault status gone back \
		unbound bound unreachable reachable slow noopen hang corrupt zero-gid nofile forbidden closed silent drops status regfail nohugepages \
		oldkernel clear; do
		[[ "$output" == *"$word"* ]]
	done
}

@test "the library exports only what it stands in for" {
	run nm -D --defined-only "$build/libsoftefa.so"
	[ "$(awk '{print $3}' <<<"$output" | sort | xargs)" = "close efadv_create_cq \
efadv_create_qp_ex fopen fopen64 fstat fstat64 ibv_is_fork_initialized ibv_open_device ioctl \
mmap mmap64 open open64 openat openat64" ]
	run readelf -d "$build/libsoftefa.so"
	[ "$(grep NEEDED <<<"$output" | grep -vc 'libc\.so\|libdl\.so\|libpthread\.so')" -eq 0 ]
}
