# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of `efagate check` share: a fabric of nodes with software EFA
# for a file, and n1, a p4de. Needs root, no Slurm. The device that is broken is
# drawn; its seed is printed when a test fails and EG_TEST_SEED sets it.

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

# In setup_file.
fabric_up() {
	export O=${O:-$BATS_TEST_DIRNAME/../../build}
	export efagate=$O/efagate softefa=${SOFTEFA_BUILD:-$O/softefa}/softefa
	export EG_TEST_SEED=${EG_TEST_SEED:-$RANDOM}
	export fabric=$BATS_FILE_TMPDIR/fabric
	"$softefa" fabric create "$fabric"
	"$softefa" node create "$fabric" n1 --type p4de.24xlarge
}

# In teardown_file.
fabric_down() {
	"$softefa" fabric remove "$fabric"
}

# In setup: $name and $address are of the device to break.
draw_device() {
	RANDOM=$((EG_TEST_SEED + BATS_TEST_NUMBER))
	draw=$((RANDOM % ${#names[@]}))
	name=${names[draw]} address=${addresses[draw]}
	echo "EG_TEST_SEED=$EG_TEST_SEED: device $name"
}

# Shows what a command said; a report is held against the schema.
show() {
	echo "exit $status"
	echo "$output"
	# shellcheck disable=SC2154
	echo "stderr: $stderr"
	[[ $output != "{"* ]] || "$BATS_TEST_DIRNAME/../validate-report" - <<<"$output"
}

# check [OPTION...]: on n1; stdout and stderr apart. A report is held against the schema.
check() {
	run --separate-stderr "$softefa" enter "$fabric" n1 -- "$efagate" check "$@"
	show
}

# on COMMAND: a shell command on n1, in whose namespace it may put mounts over
# files; $efagate is known to it.
on() {
	run --separate-stderr "$softefa" enter "$fabric" n1 -- bash -euc "$1"
	show
}

# findings: the lines of findings without their remedy.
findings() {
	grep -E '^EG[0-9]{3} ' <<<"$output" | sed 's/;.*//'
}

verdict() {
	sed -n 's/^verdict  *//p' <<<"$output"
}

# must TEXT...: these lines of findings and no others.
must() {
	diff <(findings) <(printf '%s\n' "$@")
}

# with_real_pages NODE COMMAND...: on a node that has the machine's own huge pages, those that
# its programs really get; else it has those of its type, in numbers.
with_real_pages() {
	local node=$1
	shift
	# shellcheck disable=SC2016 # expanded on the node
	"$softefa" enter "$fabric" "$node" -- unshare --mount bash -c '
		mount -t sysfs sysfs /mnt && mount --bind /mnt/kernel/mm/hugepages /sys/kernel/mm/hugepages &&
			umount /mnt && exec "$@"' bash "$@"
}
