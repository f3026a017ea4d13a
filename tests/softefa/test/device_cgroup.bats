# SPDX-License-Identifier: BSD-3-Clause
# A resource manager's device constraint holds for an emulated device: the
# kernel refuses to open the node file before the library is asked.

load common

setup() {
	softefa_setup
	cgroup=
	mkdir "$work/cgroups"
}

teardown() {
	if [ -n "$cgroup" ]; then
		rmdir "$cgroup"
	fi
	if mountpoint -q "$work/cgroups"; then
		umount "$work/cgroups"
	fi
	softefa_teardown
}

# group TYPE OPTION...: a new group in $cgroup, of a hierarchy mounted for this test
group() {
	local type=$1
	shift
	mount -t "$type" "$@" softefa-test "$work/cgroups"
	cgroup=$work/cgroups/softefa-test.$$
	mkdir "$cgroup"
}

# constrained CMD...: on n1, uverbs0 of which is denied
constrained() {
	FI_EFA_ENABLE_SHM_TRANSFER=0 timeout -k 1 30 "${constraint[@]}" \
		"$softefa" enter "$fabric" n1 -- "$@"
}

# What holds in either version. The first device is denied, the second is not.
denied_is_denied() {
	run constrained cat /dev/infiniband/uverbs0
	[ "$output" = "cat: /dev/infiniband/uverbs0: Operation not permitted" ]
	run constrained ibv_devices
	[[ "$output" == *rdmap16s27* ]]
	run constrained ibv_devinfo -d rdmap16s27
	[ "$status" -ne 0 ]
	[ "$output" = "Failed to open device" ]
	run constrained ibv_devinfo -d rdmap32s27
	[ "$status" -eq 0 ]
	[[ "$output" == *PORT_ACTIVE* ]]
	# one device that does not open hides all from libfabric 1.17
	run constrained fi_info -p efa -t FI_EP_RDM
	[ "$output" = "fi_getinfo: -61" ]
	run on n1 ibv_devinfo -d rdmap16s27
	[ "$status" -eq 0 ]
}

@test "the device cgroup, version 1: a denied device cannot be opened, also by root" {
	node n1 p4de.24xlarge
	group cgroup -o devices
	echo "c 231:192 rwm" >"$cgroup/devices.deny"
	# shellcheck disable=SC2016 # for the shell in the group
	constraint=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup")
	denied_is_denied
}

@test "the device cgroup, version 2: a program in the kernel denies it" {
	node n1 p4de.24xlarge
	group cgroup2
	constraint=("$build/test/device_bpf" "$cgroup" 231 192)
	denied_is_denied
}
