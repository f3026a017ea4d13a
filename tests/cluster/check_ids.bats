#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-3-Clause
# Ids that need more than a fault of the software EFA: files put over those of the
# node, a card that tells something else, a libfabric that leaves devices out.
# And what a node must not get away with: nothing unread passes in silence.

bats_require_minimum_version 1.5.0

load node
load numa

setup_file() {
	fabric_up
}

teardown_file() {
	fabric_down
}

setup() {
	draw_device
	files=$BATS_TEST_TMPDIR
	pci=/sys/bus/pci/devices
}

teardown() {
	"$softefa" fault "$fabric" n1 clear
}

# The class folder as it is, without the link of one device.
without_verbs() {
	mkdir "$files/ib"
	"$softefa" enter "$fabric" n1 -- bash -euc "for link in /sys/class/infiniband/*; do
			ln -s \"\$(readlink -f \"\$link\")\" $files/ib/; done"
	rm "$files/ib/$name"
}

@test "EG104 a device with driver and without verbs device" {
	without_verbs
	on "mount --bind $files/ib /sys/class/infiniband; \$efagate check --no-fabric"
	[ "$status" = 2 ]
	must "EG104 fail: EFA $address has a driver but no verbs device"
}

@test "EG901 neither verbs device nor a driver that can be read" {
	without_verbs
	mkdir "$files/device"
	# A file where the link to the driver is.
	"$softefa" enter "$fabric" n1 -- cp -r --no-dereference "$pci/$address/." "$files/device"
	rm "$files/device/driver"
	echo x >"$files/device/driver"
	on "mount --bind $files/ib /sys/class/infiniband
		mount --bind $files/device $pci/$address; \$efagate check --no-fabric"
	[ "$status" = 3 ]
	must "EG901 unknown: EFA $address has no verbs device, and its driver could not be read"
}

@test "EG106 a device that libfabric leaves out" {
	echo "libfabric = $(realpath "$O/tests/cluster/odd_libfabric.so")" >"$files/conf"
	export ODD_HIDE=$name
	check --config "$files/conf"
	[ "$status" = 2 ]
	must "EG106 fail: EFA $address ($name) not offered by libfabric"
}

@test "EG205 a libfabric that offers none" {
	echo "libfabric = $(realpath "$O/tests/cluster/odd_libfabric.so")" >"$files/conf"
	export ODD_HIDE=all
	check --config "$files/conf"
	[ "$status" = 1 ]
	must "EG205 warn: libfabric 1.17 offers none of 4 EFA that open"
}

@test "EG901 a libfabric that ends its process leaves the other layers known" {
	echo "libfabric = $(realpath "$O/tests/cluster/odd_libfabric.so")" >"$files/conf"
	"$softefa" fault "$fabric" "n1/$name" unbound
	export ODD_HIDE=abort
	check --config "$files/conf"
	[ "$status" = 2 ]
	must "EG103 fail: EFA $address on PCI without driver" \
		"EG901 unknown: libfabric not measured: libfabric ended its process: Aborted"
}

@test "EG108 a device without RDMA read among three with it" {
	on "ODD_CARD=$name LD_PRELOAD=$(realpath "$O/tests/cluster/odd_card.so") \$efagate check --no-fabric"
	[ "$status" = 1 ]
	must "EG108 warn: EFA $address has capabilities 0x6, its siblings 0x7"
}

@test "EG204 a kernel without copy-on-fork" {
	on "ODD_FORK=1 LD_PRELOAD=$(realpath "$O/tests/cluster/odd_card.so") \$efagate check --no-fabric"
	[ "$status" = 1 ]
	must "EG204 warn: no copy-on-fork of pinned memory"
}

# function ADDRESS CLASS VENDOR DEVICE [SECONDARY-BUS]: a PCI function; with a bus, a bridge to it.
function_files() {
	local folder=$files/bus/$1 bus=${5:-00}
	mkdir -p "$folder"
	echo "0x$2" >"$folder/class"
	echo "0x$3" >"$folder/vendor"
	echo "0x$4" >"$folder/device"
	printf '0x%s\n' "$3" >"$folder/subsystem_vendor"
	printf '0x%s\n' "$4" >"$folder/subsystem_device"
	echo 3 >"$folder/local_cpus"
	# ids, class, header type, and of a bridge its buses
	printf '%b' "\\x${3:2:2}\\x${3:0:2}\\x${4:2:2}\\x${4:0:2}\\x00\\x00\\x00\\x00\\x00\\x${1:13:0}${2:4:2}\\x${2:2:2}\\x${2:0:2}\\x00\\x00\\x0${5:+1}" >"$folder/config"
	[ -n "${5:-}" ] || printf '\0' >>"$folder/config"
	printf '%b' "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x${1:5:2}\\x$bus\\x$bus" >>"$folder/config"
	truncate -s 64 "$folder/config"
}

@test "EG111 a device at another NUMA node than its type has it" {
	local own=$((draw / 2))
	numa_files
	on "$mounts \$efagate check --no-fabric"
	[ "$status" = 0 ]
	[ -z "$(findings)" ]
	[ "$(awk '/^rdmap/ { printf "%s", $3 }' <<<"$output")" = 0011 ]
	on "$mounts mount --bind $files/at$((1 - own)) $pci/$address/local_cpus; \$efagate check --no-fabric"
	[ "$status" = 1 ]
	must "EG111 warn: EFA $address is at NUMA node $((1 - own)), its type has it at $own"
}

@test "EG111 on every type whose devices are known with their nodes" {
	local type list place seen all= table=$BATS_TEST_DIRNAME/../../etc/instances.conf
	numa_files
	while read -r type list; do
		"$softefa" node create "$fabric" "$type" --type "$type"
		mounts="mount --bind $files/numa /sys/devices/system/node
			mount --bind $files/cpu /sys/devices/system/cpu;"
		for place in ${list//,/ }; do
			mounts+="mount --bind $files/at${place#*@} $pci/${place%@*}/local_cpus;"
		done
		seen=$("$softefa" enter "$fabric" "$type" -- bash -euc "$mounts
			$efagate check --no-fabric || :
			mount --bind $files/at0 $pci/${place%@*}/local_cpus; $efagate check --no-fabric || :" |
			grep ^EG111)
		[ "${seen%%;*}" = "EG111 warn: EFA ${place%@*} is at NUMA node 0, its type has it at 1" ]
		[ "$(wc -l <<<"$seen")" = 1 ]
		all+=" $type"
	done < <(awk '!/^#/ && $NF ~ /@/ { print $1, $NF }' "$table")
	[ "$all" = " p4d.24xlarge p4de.24xlarge p5.48xlarge p5en.48xlarge p6-b200.48xlarge p6-b300.48xlarge" ]
}

@test "each device has its switch and the GPU nearest to it" {
	local at
	function_files 0000:0f:00.0 060400 1d0f 0200 10
	function_files 0000:10:1c.0 030200 10de 20b2
	function_files 0000:10:1d.0 030200 10de 20b2
	function_files 0000:20:01.0 030000 1d0f 1111
	function_files 0000:90:1c.0 120000 1da3 1000
	for at in "${addresses[@]}"; do
		ln -s "$("$softefa" enter "$fabric" n1 -- readlink -f "$pci/$at")" "$files/bus/$at"
	done
	on "mount --bind $files/bus $pci; \$efagate check --no-fabric --json"
	[ "$status" = 0 ]
	diff - <(jq -r '.devices[] | [.pci, .pci_switch // "-", .gpu // "-"] | join(" ")' <<<"$output") <<-END
		0000:10:1b.0 0000:0f:00.0 0000:10:1c.0
		0000:20:1b.0 - -
		0000:90:1b.0 - 0000:90:1c.0
		0000:a0:1b.0 - -
	END
}

# places MORE: what kept_places says on n1 after the shell commands MORE.
places() {
	on "${1:-} HWLOC_PLUGINS_PATH=/nonexistent $(realpath "$O/tests/cluster/kept_places") $files/kept ${boot:-b1}"
	[ "$status" = 0 ]
}

@test "places on PCI are kept for a boot, which devices there are is seen each time" {
	local all length other
	numa_files
	places "$mounts"
	all=$(tail -n +2 <<<"$output")
	[ "$output" = "hwloc
0000:10:1b.0 efa0 0 - -
0000:20:1b.0 efa0 0 - -
0000:90:1b.0 efa0 1 - -
0000:a0:1b.0 efa0 1 - -" ]
	# Without the files of NUMA nodes: it is the same because it was kept.
	places
	[ "$output" = "kept
$all" ]
	boot=b2 places "$mounts"
	[ "$output" = "hwloc
$all" ]
	places "$mounts"
	[ "${lines[0]}" = hwloc ]
	"$softefa" fault "$fabric" "n1/$name" gone
	places "$mounts"
	[ "$output" = "hwloc
$(grep -v "^$address" <<<"$all")" ]
	"$softefa" fault "$fabric" "n1/$name" back
	places "$mounts"
	[ "$output" = "hwloc
$all" ]
	# A function whose kind cannot be read is left to hwloc.
	places "$mounts mount --bind /dev/null $pci/$address/modalias;"
	[ "$output" = "hwloc
$all" ]
	cp "$files/kept" "$files/whole"
	for length in 0 1 20 60 100 $(($(stat -c %s "$files/whole") - 2)); do
		head -c "$length" "$files/whole" >"$files/kept"
		places "$mounts"
		[ "$output" = "hwloc
$all" ]
		cmp "$files/kept" "$files/whole"
	done
	for other in 's/ 0 - -$/ 0 -/' 's/ 0 - -$/ -7 - -/' 's/ 1 - -$/ 1 - 0000:zz:00.0/' \
		's/^0000:90:1b.0/0000:90:1b.1/' 's/ 1 - -$/ 1 - - x/' 's/ b1 / b1x /' 's/ 4$/ 3/'; do
		sed "$other" "$files/whole" >"$files/kept"
		! cmp -s "$files/kept" "$files/whole"
		places "$mounts"
		[ "$output" = "hwloc
$all" ]
	done
	head -c 20000 /dev/urandom >"$files/kept"
	places "$mounts"
	[ "${lines[0]}" = hwloc ]
}

@test "EG201 a job whose ranks and forks would starve" {
	check --ranks 8
	[ "$status" = 1 ]
	must "EG201 warn: 8 ranks with 8 forks each on 4 EFA need 15552 huge pages, 10561 are available"
	grep -qx 'demand      15552 huge pages for 8 ranks with 8 forks each' <<<"$output"
	check --ranks 8 --forks 0
	[ "$status" = 0 ]
	echo "forks_per_rank = 2" >"$files/conf"
	check --ranks 8 --config "$files/conf" --json
	[ "$status" = 0 ]
	[ "$(jq -c '.huge_pages | [.ranks, .forks_per_rank, .demand, .total]' <<<"$output")" = "[8,2,5184,10561]" ]
}

@test "EG202 huge pages left over where no job runs, beyond those of static users" {
	echo 10500 >"$files/free"
	local mounts="mount --bind $files/free /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages;"
	on "$mounts \$efagate check --no-fabric --idle"
	[ "$status" = 1 ]
	must "EG202 warn: 61 of 10561 huge pages in use and no job runs"
	# Whether a job runs is not known here: no slurmd.
	on "$mounts \$efagate check --no-fabric"
	[ "$status" = 0 ]
	echo "huge_pages_kept = 61" >"$files/conf"
	on "$mounts \$efagate check --no-fabric --idle --config $files/conf"
	[ "$status" = 0 ]
}

# A process named as a daemon of Slurm; in a UTS namespace of its own it is of this node alone.
@test "EG202 is found out by itself where slurmd runs and no job" {
	echo 10500 >"$files/free"
	cp "$(command -v sleep)" "$files/slurmd"
	cp "$(command -v sleep)" "$files/slurmstepd"
	local start="mount --bind $files/free /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
		unshare --uts bash -euc '$files/slurmd 60 & daemon=\$!; trap \"kill \\\$daemon\" EXIT;
		runs() { until grep -qx \$1 /proc/\$2/comm; do sleep 0.01; done; }; runs slurmd \$daemon;"
	on "$start \$efagate check --no-fabric'"
	[ "$status" = 1 ]
	must "EG202 warn: 61 of 10561 huge pages in use and no job runs"
	on "$start $files/slurmstepd 60 & step=\$!; trap \"kill \\\$daemon \\\$step\" EXIT; runs slurmstepd \$step; \$efagate check --no-fabric'"
	[ "$status" = 0 ]
}

@test "EG206 the environment of a job keeps it from EFA, outside of a job it is nobody's" {
	export FI_PROVIDER=tcp
	check
	[ "$status" = 0 ]
	export SLURM_JOB_ID=17
	check
	[ "$status" = 1 ]
	must "EG206 warn: FI_PROVIDER=tcp in the job's environment keeps it from EFA"
	[ "$(grep -c ' yes  *yes  *yes ' <<<"$output")" = 4 ]
	export FI_PROVIDER=efa
	check
	[ "$status" = 0 ]
	export NCCL_NET=Socket
	check
	must "EG206 warn: NCCL_NET=Socket in the job's environment keeps it from EFA"
}

@test "in a container what cannot be opened is unknown, and so is what its libfabric lacks" {
	"$softefa" fault "$fabric" "n1/$name" noopen EPERM
	on "unshare --user --map-root-user \$efagate check --no-fabric"
	[ "$status" = 3 ]
	must "EG105 unknown: EFA $address ($name) cannot be opened now: Operation not permitted"
	on "unshare --cgroup \$efagate check --no-fabric"
	[ "$status" = 3 ]
	must "EG105 unknown: EFA $address ($name) cannot be opened now: Operation not permitted"
	on "\$efagate check --no-fabric"
	[ "$status" = 2 ]
	must "EG105 fail: EFA $address ($name) cannot be opened: Operation not permitted"
	"$softefa" fault "$fabric" n1 clear
	echo "libfabric = $(realpath "$O/tests/cluster/odd_libfabric.so")" >"$files/conf"
	on "ODD_HIDE=all unshare --user --map-root-user \$efagate check --config $files/conf"
	[ "$status" = 3 ]
	must "EG205 unknown: libfabric 1.17 offers none of 4 EFA that open"
}

@test "EG901 a bus that is not there, or that this user may not read" {
	on "mount -t tmpfs none /sys/bus; \$efagate check --no-fabric --expect-devices 4"
	[ "$status" = 3 ]
	must "EG901 unknown: PCI not measured: '/sys/bus/pci/devices': No such file or directory"
	on "mount -t tmpfs -o mode=0000 none /sys/bus/pci
		setpriv --bounding-set=-dac_override,-dac_read_search \$efagate check --no-fabric --expect-devices 4"
	[ "$status" = 3 ]
	[[ $(findings) == *"EG901 unknown: PCI not measured: '/sys/bus/pci/devices': Permission denied"* ]]
}

@test "EG901 the class of RDMA devices cannot be read" {
	on "mount -t tmpfs -o mode=0000 none /sys/class/infiniband
		setpriv --bounding-set=-dac_override,-dac_read_search \$efagate check --no-fabric"
	[ "$status" = 3 ]
	[[ $(findings) == *"EG901 unknown: verbs not measured: '/sys/class/infiniband': Permission denied"* ]]
}

@test "EG901 huge pages whose number is no number" {
	printf 'many\n' >"$files/free"
	on "mount --bind $files/free /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
		\$efagate check --no-fabric"
	[ "$status" = 3 ]
	[[ $(findings) == "EG901 unknown: huge pages not measured: '/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages': "* ]]
}

@test "no sysfs at all is unknown, not a bad node" {
	on "mount -t tmpfs none /sys; \$efagate check --no-fabric --expect-devices 4"
	[ "$status" = 3 ]
	[[ $(findings) != *" fail: "* ]]
	[[ $(findings) == *"EG901 unknown: PCI not measured"* ]]
}

# The node has just started, as far as /proc tells.
@test "a device that is late after boot is waited for, one that stays away is named" {
	echo "42.07 80.11" >"$files/uptime"
	on "mount --bind $files/uptime /proc/uptime; \$efagate check --json"
	[ "$status" = 0 ]
	[ "$(jq -c '[.waited_ms, ([.devices[] | select(.layers | to_entries | all(.value)) | select(.counters)] | length)]' <<<"$output")" = "[null,4]" ]
	"$softefa" fault "$fabric" "n1/$name" unbound
	(sleep 1 && "$softefa" fault "$fabric" "n1/$name" bound) 3>&- &
	on "mount --bind $files/uptime /proc/uptime; \$efagate check --no-fabric --json"
	wait
	[ "$status" = 0 ]
	[ "$(jq '.waited_ms >= 400 and .waited_ms <= 3000' <<<"$output")" = true ]
	"$softefa" fault "$fabric" "n1/$name" unbound
	echo "late_ms = 500" >"$files/conf"
	on "mount --bind $files/uptime /proc/uptime; \$efagate check --no-fabric --config $files/conf --json"
	[ "$status" = 2 ]
	[ "$(jq -r '.findings[].id, (.waited_ms >= 400)' <<<"$output" | paste -sd' ')" = "EG103 true" ]
	echo "601.00 80.11" >"$files/uptime"
	on "mount --bind $files/uptime /proc/uptime; \$efagate check --no-fabric --json"
	[ "$status" = 2 ]
	[ "$(jq .waited_ms <<<"$output")" = null ]
}

@test "mlx5 devices beside EFA are not counted" {
	local decoy=$files/class
	mkdir -p "$decoy" "$files/mlx/device"
	echo 0x15b3 >"$files/mlx/device/vendor"
	echo 0x101e >"$files/mlx/device/device"
	echo "5: InfiniBand" >"$files/mlx/node_type"
	"$softefa" enter "$fabric" n1 -- bash -euc "for link in /sys/class/infiniband/*; do
			ln -s \"\$(readlink -f \"\$link\")\" $decoy/; done"
	ln -s "$files/mlx" "$decoy/ibp115s0f0"
	on "mount --bind $decoy /sys/class/infiniband; \$efagate check --no-fabric --expect-devices 4"
	[ "$status" = 0 ]
	[[ $output != *ibp115s0f0* ]]
}

@test "a report with something in every field is what the schema says" {
	EG_TEST_REPORT=$files/full.json "$O/tests/unit/test_report"
	"$BATS_TEST_DIRNAME/../validate-report" "$files/full.json"
	run jq -r '[paths(type != "object" and type != "array")] | length' "$files/full.json"
	[ "$output" -gt 150 ]
	jq '.surprise = 1' "$files/full.json" >"$files/more.json"
	run "$BATS_TEST_DIRNAME/../validate-report" "$files/more.json"
	[ "$status" = 1 ]
	[[ $output == *"'surprise' was unexpected"* ]]
	echo '{"schema": "efagate.other/1"}' >"$files/more.json"
	run "$BATS_TEST_DIRNAME/../validate-report" "$files/more.json"
	[ "$status" = 1 ]
}

@test "replay judges every kind of finding of a node alike" {
	local number=0 file
	numa_files
	echo 10500 >"$files/free"
	mounts+="mount --bind $files/free /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages;"
	# One after the other all that can be wrong, in one node and then in another.
	on "$mounts mount --bind $files/at1 $pci/0000:10:1b.0/local_cpus
		SLURM_JOB_ID=1 FI_PROVIDER=tcp ODD_CARD=rdmap160s27 \\
			LD_PRELOAD=$(realpath "$O/tests/cluster/odd_card.so") \\
			\$efagate check --no-fabric --idle --ranks 8 --expect-devices 5 --json"
	[ "$(jq -r '[.findings[].id] | join(" ")' <<<"$output")" = "EG102 EG108 EG202 EG201 EG206" ]
	echo "$output" >"$files/1.json"
	# Without copy-on-fork forks take no huge pages.
	on "ODD_FORK=1 LD_PRELOAD=$(realpath "$O/tests/cluster/odd_card.so") \$efagate check --no-fabric --ranks 8 --json"
	[ "$(jq -r '[.findings[].id] | join(" ")' <<<"$output")" = EG204 ]
	echo "$output" >"$files/3.json"
	"$softefa" fault "$fabric" "n1/$name" noopen EPERM
	check --json --expect-devices 3
	[ "$(jq -r '[.findings[].id] | join(" ")' <<<"$output")" = "EG109 EG105 EG110" ]
	echo "$output" >"$files/2.json"
	run -1 --separate-stderr "$efagate" replay "$files/3.json"
	[ "${lines[0]}" = "no difference" ]
	for file in "$files"/[12].json; do
		run -2 --separate-stderr "$efagate" replay "$file"
		[ "${lines[0]}" = "no difference" ]
		number=$((number + 1))
	done
	[ $number = 2 ]
}

@test "-v says where the time went" {
	check -v
	[ "$status" = 0 ]
	[[ $stderr =~ ^"efagate check: "[0-9]+" ms, of these gathering "[0-9]+" ms, host "[0-9.]+" ms, PCI by hwloc "[0-9.]+" ms, verbs "[0-9.]+" ms, libfabric "[0-9.]+" ms, drivers and counters "[0-9.]+" ms" ]]
}

# make soak does it 10,000 times.
@test "looking again and again leaves no descriptor open and takes no more memory" {
	local rounds=${EG_OPEN_ROUNDS:-100}
	on "HWLOC_PLUGINS_PATH=/nonexistent $(realpath "$O/tests/cluster/open_often") $rounds"
	[ "$status" = 0 ]
	[[ $output =~ ^"$rounds rounds, +0 descriptors, "[+-]([0-9]+)" KiB"$ ]]
	[ "${BASH_REMATCH[1]}" -lt 2048 ]
}

# Before 1.14 all are of the device; reads came with 1.10.1, writes with 2.5, the network's with 2.17.
@test "counters are those that the driver's version has, and none is missed" {
	local version rest seen=
	while read -r version rest; do
		"$softefa" node create "$fabric" "d$version" --type p4de.24xlarge --driver "$version"
		run --separate-stderr "$softefa" enter "$fabric" "d$version" -- "$efagate" check --no-fabric --json
		show
		[ "$status" = 0 ]
		[ "$(jq -r '.devices[3].counters | (.port // {}) as $port |
			[(.device | length), ($port | length)] +
			[("rx_drops", "rdma_read_bytes", "rdma_write_bytes", "retrans_timeout_events") as $name |
				if $port | has($name) then "port" elif .device | has($name) then "device" else "-" end] |
			join(" ")' <<<"$output")" = "$rest" ]
		[ "$(jq '[.devices[].counters | has("lifespan")] | any' <<<"$output")" = false ]
		seen+=" $version"
	done <<-END
		0.9.0 17 0 device - - -
		1.10.0 17 0 device - - -
		1.14.0 12 13 port port - -
		2.4.0 12 13 port port - -
		2.5.0 12 17 port port port -
		2.17.0 12 22 port port port port
	END
	[ "$seen" = " 0.9.0 1.10.0 1.14.0 2.4.0 2.5.0 2.17.0" ]
}

# Memory that is touched, not time: it does not depend on what else runs.
@test "a check of 32 devices takes less than 32 MB" {
	"$softefa" node create "$fabric" large --type p5.48xlarge
	run --separate-stderr "$softefa" enter "$fabric" large -- /usr/bin/python3 -c '
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 32 * 1024)' "$efagate" check --json
	[ "$output" = "0 True" ]
}

@test "every id has a test that provokes it" {
	local id
	for id in $("$efagate" explain | awk '/^EG/ { print $1 }'); do
		grep -qE "^@test \".*$id" "$BATS_TEST_DIRNAME"/*.bats || {
			echo "no test provokes $id"
			return 1
		}
	done
}
