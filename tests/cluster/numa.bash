# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A machine with two NUMA nodes, for tests on machines that have one.

# numa_files: in the folder $files what /sys shows of two packages with a NUMA node and
# two processors each, in $mounts the commands that put it over /sys of a node, its
# devices where a p4de has them. at0 and at1 are local_cpus of the two.
numa_files() {
	local cpu index place mask=(3 c)
	mkdir -p "$files/numa" "$files/cpu"
	printf '0-3\n' | tee "$files/cpu/online" "$files/cpu/possible" >"$files/cpu/present"
	printf '0-1\n' | tee "$files/numa/online" "$files/numa/possible" "$files/numa/has_memory" \
		>"$files/numa/has_cpu"
	for cpu in 0 1 2 3; do
		mkdir -p "$files/cpu/cpu$cpu/topology"
		echo $((cpu / 2)) >"$files/cpu/cpu$cpu/topology/physical_package_id"
		echo "$cpu" >"$files/cpu/cpu$cpu/topology/core_id"
		echo "${mask[cpu / 2]}" >"$files/cpu/cpu$cpu/topology/package_cpus"
	done
	for index in 0 1; do
		mkdir -p "$files/numa/node$index"
		echo "${mask[index]}" | tee "$files/at$index" >"$files/numa/node$index/cpumap"
		echo "10 20" >"$files/numa/node$index/distance"
		echo "Node $index MemTotal: 1048576 kB" >"$files/numa/node$index/meminfo"
	done
	mounts="mount --bind $files/numa /sys/devices/system/node
		mount --bind $files/cpu /sys/devices/system/cpu;"
	for index in 0 1 2 3; do
		place=/sys/bus/pci/devices/${addresses[index]}
		mounts+="[ ! -e $place ] || mount --bind $files/at$((index / 2)) $place/local_cpus;"
	done
}
