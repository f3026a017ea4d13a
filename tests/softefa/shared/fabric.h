/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric - the layout of the fabric file, the memory that all processes with a
 * device of one software fabric share.
 *
 * A fixed part holds the tables that are searched: nodes, devices with their
 * counters and faults, processes, contexts. Behind it lies one block for each
 * device with its queues and registered memory, and one for each process with its
 * mail; these are mapped only by the processes that use them. The file is sparse, so an unused row
 * costs nothing. Every row is written under the lock named at its table, rows are read without one:
 * their state is stored last.
 */
#ifndef SE_FABRIC_H
#define SE_FABRIC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "counter_names.h"
#include "fabric_block.h"
#include "fabric_fault.h"
#include "fabric_limits.h"
#include "fabric_mail.h"

#define SE_FABRIC_MAGIC 0x6166652d74666f73ull
#define SE_FABRIC_VERSION 3

struct se_node {
	_Atomic uint32_t state;
	uint32_t devices;
	char name[SE_NAME_MAX];
	char type[SE_NAME_MAX];
	uint64_t huge_pages; /* of 2 MiB */
	uint32_t driver; /* its version, see driver_version.h */
	uint32_t free_memlock; /* registered memory does not count against RLIMIT_MEMLOCK */
};

struct se_device {
	_Atomic uint32_t state;
	/* bit (1 << word) for every row below: the data path looks at nothing else when it is 0 */
	_Atomic uint32_t fault_mask;
	uint32_t node;
	uint32_t number; /* in its node */
	uint32_t uverbs; /* of /dev/infiniband/uverbsK: devices of other drivers come first */
	uint32_t pci_bus;
	uint32_t pci_slot;
	uint32_t part_id;
	uint32_t rate_gbps;
	uint32_t rdma_read;
	uint32_t rdma_write;
	uint64_t born_ns;
	uint8_t gid[SE_GID_SIZE];
	char name[SE_NAME_MAX];
	pthread_mutex_t lock; /* its block */
	pthread_mutex_t fault_lock; /* faults */
	pthread_mutex_t files_lock; /* written, and the files themselves */
	struct se_fault faults[SE_DEVICE_FAULTS];
	_Atomic uint64_t link_free_ns; /* when a rate-limited link has sent all it was given */
	_Alignas(SE_CACHE_LINE) _Atomic uint64_t counters[SE_COUNTER_COUNT];
	uint64_t written[SE_COUNTER_COUNT]; /* what the sysfs files say */
};

/*
 * A process that has or had a device open. A thread of it holds @alive for as
 * long as the process lives, and the kernel marks the lock when it dies, so
 * that neither a reused pid nor a killed process is taken for the owner, in
 * whatever PID namespace it is.
 */
struct se_process {
	_Atomic uint32_t state;
	pid_t pid; /* in its own namespace */
	uint32_t id; /* never used again */
	uint64_t pid_namespace;
	pthread_mutex_t alive;
};

/* An open device of a process; its file contexts/<id> holds the rings. */
struct se_context {
	_Atomic uint32_t state;
	uint32_t id;
	uint32_t process;
	uint32_t device;
	/* devices that this context has made an address handle for */
	_Atomic uint64_t ah_known[SE_DEVICES_MAX / 64];
};

struct se_fabric {
	uint64_t magic;
	uint32_t version;
	uint32_t gid_salt;
	pthread_mutex_t lock; /* nodes, processes, contexts */
	char boot_id[SE_BOOT_ID_MAX]; /* locks of an earlier boot are nobody's */
	_Atomic uint32_t next_context_id;
	uint32_t processes_used; /* rows ever used */
	uint32_t contexts_used;
	struct se_node nodes[SE_NODES_MAX];
	struct se_device devices[SE_DEVICES_MAX]; /* device k of node n is row n * 32 + k */
	struct se_process processes[SE_PROCESSES_MAX];
	struct se_context contexts[SE_CONTEXTS_MAX];
};

#define SE_BLOCK_BYTES SE_ROUND_PAGE(sizeof(struct se_block))
#define SE_BLOCKS_OFFSET SE_ROUND_PAGE(sizeof(struct se_fabric))
#define SE_MAIL_BYTES SE_ROUND_PAGE(sizeof(struct se_mail))
#define SE_MAILS_OFFSET (SE_BLOCKS_OFFSET + SE_DEVICES_MAX * SE_BLOCK_BYTES)
#define SE_FABRIC_BYTES (SE_MAILS_OFFSET + SE_PROCESSES_MAX * SE_MAIL_BYTES)

#endif
