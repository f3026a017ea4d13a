/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "common/verdict/finding.h"

/* Stable once released: an id never changes its meaning. A remedy fits struct eg_finding. */
static const struct eg_id_text table[] = {
	{ "EG101", "no EFA device on PCI",
	  "The instance was launched without EFA interfaces, or the hypervisor attached none.",
	  "check the launch template's network interfaces for InterfaceType efa; replace the "
	  "instance" },
	{ "EG102", "fewer EFA devices on PCI than expected",
	  "A device fell off the bus, or the launch template attaches fewer interfaces than the "
	  "instance type has.",
	  "stop and start or replace the instance; if the launch template attaches fewer, set "
	  "expected_devices" },
	{ "EG103", "EFA device on PCI without driver",
	  "The efa kernel module is not loaded, is too old for the device, or failed to probe it.",
	  "load the efa module (modprobe efa), read the kernel log for efa messages, reboot, then "
	  "replace the instance" },
	{ "EG104", "EFA device with driver but without verbs device",
	  "ib_uverbs is not loaded, the device did not finish its initialisation after boot, or "
	  "rdma-core is too old to know it.",
	  "load ib_uverbs, check that rdma-core knows the device; if it stays away, reboot or "
	  "replace the instance" },
	{ "EG105", "EFA device cannot be opened",
	  "The device node /dev/infiniband/uverbsN is missing, its permissions or a device cgroup "
	  "forbid it, or the driver refuses.",
	  "check /dev/infiniband/uverbs* and its permissions, the device cgroup (a job: ask for "
	  "the devices with --gres), and the kernel log" },
	{ "EG106", "EFA device opens in verbs but is not offered by libfabric",
	  "The provider could not set the device up, or FI_EFA_IFACE or a libfabric too old for it "
	  "leaves it out.",
	  "run fi_info -p efa with FI_LOG_LEVEL=warn; update the EFA installer's libfabric" },
	{ "EG107", "EFA device with an all-zero GID",
	  "The device was not initialised: it has no address and reaches nobody.",
	  "reload the efa module or reboot; if the GID stays zero, replace the instance" },
	{ "EG108", "EFA device differs from its siblings",
	  "Its capabilities or its port rate are not those of most devices of the node.",
	  "reboot and check again; if it stays different, replace the instance" },
	{ "EG109", "more EFA devices than expected",
	  "The configured number or instance type does not describe this node, or the table of "
	  "types is older than the type.",
	  "correct expected_devices or instance_type in efagate.conf" },
	{ "EG110", "one sick EFA device hides all from libfabric",
	  "The efa provider gives up as a whole when a single device cannot be opened.",
	  "repair or take away the device named; until then no job on this node can use EFA" },
	{ "EG111", "EFA device at another NUMA node than its type has it",
	  "The firmware tells the kernel another locality, numa=off or a kernel without NUMA, or the "
	  "table of types is wrong for it. Processes are then placed far from their device.",
	  "check numa_node of the device in sysfs and the kernel's command line; correct the row in "
	  "instances.conf" },
	{ "EG201", "huge pages below what the ranks will ask",
	  "Each endpoint takes 54 huge pages of 2 MiB and each fork() copies them; without free "
	  "pages fork() fails with ENOMEM.",
	  "set FI_EFA_USE_HUGE_PAGE=0 (--efa-huge-page=auto does; libfabric 1.19 and later know "
	  "it), or raise vm.nr_hugepages" },
	{ "EG202", "huge pages in use although no job runs",
	  "A process of an earlier job, a file in a hugetlbfs or a shared memory segment still "
	  "holds them.",
	  "end left-over processes, remove files in /dev/hugepages and segments shown by ipcs -m" },
	{ "EG203", "limit of locked memory too low",
	  "EFA registers (pins) memory; with a low RLIMIT_MEMLOCK registration fails in jobs.",
	  "set LimitMEMLOCK=infinity for slurmd and memlock unlimited in limits.conf" },
	{ "EG204", "kernel without copy-on-fork for pinned memory",
	  "Kernels before 5.13, or rdma-core before 35, cannot fork() safely beside registered "
	  "memory.",
	  "update the kernel and rdma-core; until then set FI_EFA_FORK_SAFE=1" },
	{ "EG205", "libfabric without usable efa provider",
	  "The libfabric found was built without efa, or is too old for these devices.",
	  "install libfabric of the EFA installer, or name it with libfabric in efagate.conf" },
	{ "EG206", "the job's environment selects another provider",
	  "FI_PROVIDER, I_MPI_OFI_PROVIDER, NCCL_NET or a transport variable of Open MPI keeps the "
	  "job from EFA, or its LD_LIBRARY_PATH leads to a libfabric that offers none; it falls back "
	  "to TCP without a word.",
	  "remove the variable from the job's environment if EFA is wanted" },
	{ "EG207", "Kubernetes offers other numbers than are here",
	  "The device plugin, or the kubelet for huge pages, has counted at another time: devices "
	  "came late or went, or the pool was changed.",
	  "restart the device plugin's pod and the kubelet; if devices are missing see EG102 to EG105" },
	{ "EG301", "error counters moved during our own traffic",
	  "Retransmit timeouts, impaired or unresponsive connections, command errors or dropped "
	  "packets were counted by a device that works, during efagate burst --self. Traffic of a job "
	  "at the same time counts too.",
	  "run efagate burst against other nodes; when the counters move with all of them, replace "
	  "the instance" },
	{ "EG401", "no device reaches any peer",
	  "The security group does not allow all traffic to itself, in and out, or the nodes are in "
	  "different subnets or zones. On a node alone, none of whose devices reaches another, it "
	  "may be the node as well.",
	  "add the missing rule to the security group; check subnet and zone" },
	{ "EG402", "node unreachable, proven by several partners",
	  "All its devices fail with partners that are good with each other.",
	  "replace the instance" },
	{ "EG403", "device unreachable while the node's others are fine",
	  "One device fails with partners that are good with others.", "replace the instance" },
	{ "EG404", "device slow",
	  "Its measured rate is well below its line rate, its siblings or the site's floor.",
	  "run efagate burst --self and against another node; if it stays slow, replace the "
	  "instance" },
	{ "EG405", "node slow against the session's median",
	  "Its rates are below those of nodes of the same type in the same session.",
	  "check its placement group and other load; if it stays slow, replace the instance" },
	{ "EG406", "data arrived corrupt", "The bytes received are not the bytes sent.",
	  "take the node out of service and report it to AWS support" },
	{ "EG407", "a pair fails without proof against either node",
	  "Both ends pass with others, or there was nobody else to ask.",
	  "run efagate survey over more nodes" },
	{ "EG408", "the partner was absent",
	  "It did not come to the meeting, came late or left; nothing was measured.",
	  "see that the partner runs (its slurmd, or efagate by hand) and that TCP reaches it; look at "
	  "its log" },
	{ "EG409", "groups of nodes that pass inside and fail across",
	  "Different zones, subnets or security groups, or instance types that cannot talk EFA with "
	  "each other.",
	  "keep a job inside one zone, security group and family of types" },
	{ "EG410", "nobody met the leader",
	  "The leader's TCP port is blocked by a firewall or security group, or its port range is "
	  "taken.",
	  "open the configured port range between the nodes" },
	{ "EG901", "a check could not run",
	  "A file, library or layer could not be asked; nothing was measured there.",
	  "remove the cause named; nothing is concluded about the hardware" },
	{ "EG902", "the deadline was reached",
	  "A driver, a library or a partner did not answer in time.",
	  "look for processes in state D and driver messages in the kernel log; raise --timeout if "
	  "the node is only slow" },
	{ "EG903", "the drain cap was reached",
	  "More nodes failed in the cap's time than may be drained; a common cause is likely.",
	  "look for the common cause; raise the cap only when the faults are real" },
	{ NULL, NULL, NULL, NULL },
};

const struct eg_id_text *eg_id_table(void)
{
	return table;
}

const struct eg_id_text *eg_id_find(const char *id)
{
	for (const struct eg_id_text *entry = table; id && entry->id; entry++) {
		if (!strcmp(entry->id, id))
			return entry;
	}
	return NULL;
}
