# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of the gate on four nodes share; loaded behind helpers.

names=(rdmap16s27 rdmap32s27 rdmap144s27 rdmap160s27)
addresses=(0000:10:1b.0 0000:20:1b.0 0000:90:1b.0 0000:a0:1b.0)

# In setup: a node and a device for this test, and nothing remembered on any node.
draw_place() {
	local index other
	node=n$(($(draw 4 "$BATS_TEST_NUMBER") + 1))
	index=$(draw 4 $((BATS_TEST_NUMBER + 100)))
	name=${names[index]}
	pci=${addresses[index]}
	others=$(for other in n1 n2 n3 n4; do [ "$other" = "$node" ] || echo "$other"; done)
	echo "# $node/$pci, seed $EG_TEST_SEED"
	for other in n1 n2 n3 n4; do lab on "$other" rm -rf /var/lib/efagate /run/efagate; done
}

# In teardown.
clear_faults() {
	local other
	for other in n1 n2 n3 n4; do lab efa fault "$other" clear; done
}

# "n1, n2, n4": the others in one line.
others_text() {
	paste -sd, <<<"$others" | sed 's/,/, /g'
}

# The times of a session bear a machine with other work.
patient=('gate_timeout_ms = 7900' 'meet_ms = 6000' 'session_ms = 7800')

# gate NODE LIST [VARIABLE...]: as slurmd runs it for a job, ${job:-77}, on the nodes LIST.
gate() {
	lab on "$1" env -i "SLURMD_NODENAME=$1" "SLURM_JOB_ID=${job:-77}" SLURM_JOB_UID=2001 \
		"SLURM_NODELIST=$2" "${@:3}" "$EFAGATE_LAB/prolog"
}

# What a device of NODE has read so far.
read_bytes() {
	lab on "$1" cat "/sys/class/infiniband/$name/ports/1/hw_counters/rdma_read_bytes"
}

nobody_is_drained() {
	[ "$(lab run sinfo -h -N -o %E | sort -u)" = none ]
}
