/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * facts - all that was gathered about this node, without any opinion.
 *
 * Gatherers (pci, verbs, fabric, inventory, huge_pages, limits, counters,
 * instance) fill it, common/verdict judges it, the report carries it, and a
 * saved report gives it back for judging again. Plain data: no foreign types.
 */
#ifndef EG_NODE_FACTS_H
#define EG_NODE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/pci_addr.h"

#define EG_DEVICES_MAX 64 /* the largest type has 32; PCI shows no more than are attached */
#define EG_DEVICE_NAME_MAX 64 /* IBV_SYSFS_NAME_MAX */
#define EG_COUNTERS_MAX 48

/* What was found of something: a layer asked and seen, asked and missing, or not asked. */
enum eg_tri { EG_NOT_MEASURED, EG_NO, EG_YES };

enum eg_capability {
	EG_CAP_RDMA_READ = 1 << 0,
	EG_CAP_RNR_RETRY = 1 << 1,
	EG_CAP_CQ_WITH_SGID = 1 << 2,
	EG_CAP_RDMA_WRITE = 1 << 3,
};

struct eg_counter {
	char name[40]; /* "rdma_read_bytes"; the real file name */
	bool port; /* of ports/1, else of the device */
	uint64_t value;
};

enum eg_burst_state {
	EG_BURST_NOT_TRIED, /* then nothing else is known either */
	EG_BURST_UNKNOWN, /* could not be tried */
	EG_BURST_OK,
	EG_BURST_FAILED,
	EG_BURST_CORRUPT,
};

/* Counters that count what goes wrong, whoever causes it: eg_error_counters[] has their names. */
#define EG_ERROR_COUNTERS 6

/* Traffic of a device, as it read from a peer. What was not measured is 0. */
struct eg_burst_facts {
	enum eg_burst_state state;
	char peer[256]; /* the peer's node */
	struct eg_pci_addr peer_pci;
	bool peer_pci_known;
	bool device_reads; /* RDMA reads by the device, else emulated with messages */
	uint64_t alone_bytes, alone_ns; /* this device alone; no bytes in that time: none came */
	uint64_t together_bytes, together_ns; /* all devices of the node at once */
	uint32_t latency_p50_ns, latency_p99_ns, latency_samples;
	uint32_t tries, failed,
		corrupt; /* all it took part in, at either end; not good, wrong bytes */
	char provider[16]; /* libfabric's it went over: "efa"; "" not known */
	int provider_error; /* its number of what went wrong, 0 none */
	char error[128]; /* why it is not OK, in the provider's words */
	uint64_t errors[EG_ERROR_COUNTERS]; /* counted by the device meanwhile */
};

/* What is near a device on PCI. */
struct eg_locality {
	struct eg_pci_addr pci_switch; /* the bridge below the root that leads to it */
	struct eg_pci_addr gpu; /* shares the lowest bridge with it, or the root at least */
	bool pci_switch_known, gpu_known;
};

/* One device, joined over the layers by its PCI address. */
struct eg_device_facts {
	struct eg_pci_addr pci;
	bool pci_known; /* false: a verbs device whose PCI address could not be read */
	uint16_t device_id; /* 0xefa0 and up, 0 unknown */
	int numa_node; /* -1 unknown */
	struct eg_locality locality;
	char name[EG_DEVICE_NAME_MAX]; /* verbs name, "" without verbs device */
	char driver[32]; /* bound driver, "" none */
	enum eg_tri on_pci, has_driver, has_verbs, opens, has_fabric;
	int open_errno; /* why it does not open, 0 */
	uint32_t capabilities; /* enum eg_capability, valid when opens == EG_YES */
	uint8_t gid[16]; /* all zero: not initialised (when opens == EG_YES) */
	uint32_t rate_gbps; /* port rate, 0 unknown */
	struct eg_counter counters[EG_COUNTERS_MAX];
	size_t counter_count;
	struct eg_burst_facts burst;
};

struct eg_huge_page_pool {
	bool measured;
	uint64_t size_kib, total, free, reserved, surplus, overcommit;
};

/* Pages of one size, of the whole machine or of one of its NUMA nodes. */
struct eg_huge_page_part {
	int numa_node; /* -1 the whole machine */
	uint64_t size_kib, total, free;
};

#define EG_HUGE_PAGE_PARTS_MAX 32 /* two sizes on 8 NUMA nodes and some */

/* What is known of the job that is to run here. */
struct eg_job_facts {
	uint32_t ranks; /* 0: not known, its demand is not judged */
	uint32_t forks_per_rank;
	uint64_t huge_pages_kept; /* by static users of the site's, no job's */
	enum eg_tri is_idle; /* EG_YES: no job runs on this node */
	bool in_job; /* gathered by a task of a job, which has the devices it was given */
	char provider[128]; /* "FI_PROVIDER=tcp" of its environment, which keeps it from efa; "" */
};

/* What Kubernetes offers here, as it was said: the node's numbers or a pod's. */
struct eg_promise_facts {
	bool has_devices, has_huge_pages;
	uint32_t devices; /* vpc.amazonaws.com/efa */
	uint64_t huge_page_bytes; /* hugepages-2Mi */
};

/* Where a device of a type is expected. */
struct eg_place {
	struct eg_pci_addr pci;
	int numa_node; /* -1 not known */
};

/* The instance this is, and what is expected of it. */
enum eg_expectation_source {
	EG_EXPECT_NOTHING, /* unknown type: the number is not judged */
	EG_EXPECT_TABLE, /* DMI and the built-in table: fewer is a warning */
	EG_EXPECT_SITE, /* said by option or configuration: fewer is a failure */
	EG_EXPECT_LEARNED, /* by `efagate check --learn` of this instance: fewer is a failure */
};

struct eg_instance_facts {
	char type[64]; /* "p4de.24xlarge", "" unknown */
	char id[64]; /* "i-…", "" unknown */
	const char *type_source; /* "dmi", "option", "config", "" */
	enum eg_expectation_source source;
	uint32_t expected_devices; /* 0 with EG_EXPECT_NOTHING */
	uint32_t expected_gbps; /* of all devices together, 0 unknown */
	uint32_t accelerators; /* of the type, 0 none or unknown */
	struct eg_place places[EG_DEVICES_MAX]; /* of all devices expected, in bus order */
	size_t place_count; /* 0: not known */
};

/* Where the time of gathering went, in microseconds. */
enum eg_gather_part {
	EG_GATHER_HOST, /* DMI, tables, huge pages, limits */
	EG_GATHER_PCI, /* hwloc, or what was kept of it */
	EG_GATHER_VERBS, /* listing and opening */
	EG_GATHER_FABRIC, /* loading and asking libfabric, beside PCI and verbs */
	EG_GATHER_DEVICES, /* drivers and counters */
	EG_GATHER_PARTS,
};

struct eg_node_facts {
	char node[256]; /* host name or Slurm's node name */
	char boot_id[40];
	struct eg_instance_facts instance;
	size_t devices_dropped; /* more than EG_DEVICES_MAX were seen */
	char pci_error[256], verbs_error[256], fabric_error[256]; /* layer not measured: why */
	char huge_page_error[256]; /* there are some, and how many could not be read: why */
	char instance_error[256]; /* instance type or what is expected of it not known: why */
	char driver_version[32]; /* of AWS's efa module, "" of the kernel's own */
	char fabric_version[32]; /* "1.17", "" when not asked */
	uint32_t numa_count; /* NUMA nodes of the machine, 0 unknown */
	struct eg_huge_page_pool huge_pages; /* of the default size */
	struct eg_huge_page_part huge_page_parts[EG_HUGE_PAGE_PARTS_MAX];
	size_t huge_page_part_count;
	struct eg_job_facts job;
	struct eg_promise_facts promise;
	bool in_container; /* what is seen here need not be what the node has */
	bool copy_on_fork_measured, copy_on_fork;
	bool memlock_measured;
	uint64_t memlock_bytes; /* UINT64_MAX: unlimited */
	uint32_t duration_ms; /* of the gathering */
	uint32_t part_us[EG_GATHER_PARTS]; /* of that, the last look */
	bool pci_was_kept; /* places on PCI are what hwloc said earlier in this boot */
	uint32_t waited_ms; /* of that, for devices that were late after boot */
	size_t device_count;
	/* Last, and only @device_count of them mean anything: the rest is never touched. */
	struct eg_device_facts devices[EG_DEVICES_MAX]; /* in bus order */
};

/*
 * As before gathering, and as @facts are. A node has few of its possible 64
 * devices: what is beyond device_count is neither cleared nor copied, which
 * saves the gate some hundred page faults.
 */
void eg_node_facts_clear(struct eg_node_facts *ret);
void eg_node_facts_copy(struct eg_node_facts *ret, const struct eg_node_facts *facts);

#endif
