/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric - the layout of the fabric file, the memory that all processes with a
 * device of one software fabric share.
 *
 * A fixed part holds the tables that are searched: nodes, devices with their
 * counters and faults, processes, contexts. Behind it lies one block for each
 * device with its queues and registered memory; a block is mapped only by the
 * processes that use it. The file is sparse, so an unused row costs nothing.
 * Every row is written under the lock named at its table, rows are read without
 * one: their state is stored last.
 */
#ifndef SE_FABRIC_H
#define SE_FABRIC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "counter_names.h"

#define SE_FABRIC_MAGIC 0x6166652d74666f73ull
#define SE_FABRIC_VERSION 1

#define SE_NODES_MAX 64
#define SE_NODE_DEVICES 32
#define SE_DEVICES_MAX (SE_NODES_MAX * SE_NODE_DEVICES)
#define SE_PROCESSES_MAX 4096
#define SE_CONTEXTS_MAX 16384
#define SE_DEVICE_QPS 256
#define SE_DEVICE_CQS 512
#define SE_DEVICE_MRS 4096
#define SE_DEVICE_FAULTS 16
#define SE_NAME_MAX 64
#define SE_GID_SIZE 16
#define SE_BOOT_ID_MAX 40
#define SE_PAGE 4096u

/* Every context file has this length, sparse. */
#define SE_CONTEXT_BYTES (16u << 20)

enum se_state { SE_FREE = 0, SE_LIVE = 1 };

struct se_node {
	_Atomic uint32_t state;
	uint32_t devices;
	char name[SE_NAME_MAX];
	char type[SE_NAME_MAX];
};

enum se_fault_word {
	SE_FAULT_NONE,
	SE_FAULT_GONE,
	SE_FAULT_UNBOUND,
	SE_FAULT_UNREACHABLE,
	SE_FAULT_SLOW,
	SE_FAULT_NOOPEN,
	SE_FAULT_HANG,
	SE_FAULT_CORRUPT,
	SE_FAULT_ZERO_GID,
	SE_FAULT_WORDS,
};

#define SE_ANY_NODE 0xffffffffu
#define SE_ALWAYS_PPM 1000000u

/*
 * One fault of one device. A row says whom it concerns (@peer_node), for how
 * long (@until_ns of CLOCK_MONOTONIC, 0 for until cleared) and how often.
 */
struct se_fault {
	uint32_t word;
	uint32_t peer_node;
	uint64_t until_ns;
	uint32_t probability_ppm;
	uint32_t error; /* noopen: errno */
	uint64_t retry_ns; /* unreachable: how long is tried before giving up */
	uint64_t latency_ns; /* slow */
	uint64_t bits_per_second; /* slow, 0 for no limit */
};

struct se_device {
	_Atomic uint32_t state;
	/* bit (1 << word) for every row below: the data path looks at nothing else when it is 0 */
	_Atomic uint32_t fault_mask;
	uint32_t node;
	uint32_t number; /* in its node: uverbs<number> */
	uint32_t pci_bus;
	uint32_t pci_slot;
	uint32_t part_id;
	uint32_t rate_gbps;
	uint32_t rdma_read;
	uint8_t gid[SE_GID_SIZE];
	char name[SE_NAME_MAX];
	pthread_mutex_t lock; /* its block */
	pthread_mutex_t fault_lock; /* faults */
	pthread_mutex_t files_lock; /* written, and the files themselves */
	struct se_fault faults[SE_DEVICE_FAULTS];
	_Atomic uint64_t link_free_ns; /* when a rate-limited link has sent all it was given */
	_Atomic uint64_t counters[SE_COUNTER_COUNT];
	uint64_t written[SE_COUNTER_COUNT]; /* what the sysfs files say */
};

/*
 * A process that has or had a device open. A thread of it holds @alive for as
 * long as the process lives, and the kernel marks the lock when it dies, so
 * that neither a reused pid nor a killed process is taken for the owner.
 */
struct se_process {
	_Atomic uint32_t state;
	pid_t pid;
	uint64_t start_time; /* field 22 of /proc/PID/stat */
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

struct se_cq {
	_Atomic uint32_t state;
	uint32_t context; /* row */
	uint32_t context_id;
	uint32_t ring_offset;
	uint32_t entries;
	uint32_t entry_size;
	uint32_t produced;
	/* prepared once and never again: a peer may be about to take it */
	uint32_t has_lock;
	pthread_mutex_t lock; /* produced, and the ring */
};

/* Whose a queue pair or a piece of memory is. */
struct se_owner {
	uint32_t context; /* row */
	uint32_t context_id;
	uint32_t process; /* row */
	uint32_t pd;
};

enum se_qp_type { SE_QP_SRD, SE_QP_UD };

struct se_qp {
	_Atomic uint32_t state;
	uint32_t type;
	struct se_owner owner;
	uint32_t send_cq;
	uint32_t recv_cq;
	_Atomic uint32_t verbs_state;
	_Atomic uint32_t qkey;
	uint32_t rq_ring_offset;
	uint32_t rq_doorbell_offset;
	uint32_t rq_entries;
	uint16_t rq_consumed;
	uint16_t reserved;
	uint32_t has_lock; /* as that of a se_cq */
	pthread_mutex_t lock; /* rq_consumed */
};

struct se_mr {
	_Atomic uint32_t key; /* 0 is free */
	struct se_owner owner;
	uint32_t access;
	uint32_t last_key;
	uint64_t start;
	uint64_t length;
	uint64_t iova;
};

struct se_block {
	uint32_t qp_hint; /* where the search for a free number starts */
	struct se_qp qps[SE_DEVICE_QPS];
	struct se_cq cqs[SE_DEVICE_CQS];
	struct se_mr mrs[SE_DEVICE_MRS];
};

#define SE_ROUND_PAGE(bytes) (((uint64_t)(bytes) + SE_PAGE - 1) & ~(uint64_t)(SE_PAGE - 1))
#define SE_BLOCK_BYTES SE_ROUND_PAGE(sizeof(struct se_block))
#define SE_BLOCKS_OFFSET SE_ROUND_PAGE(sizeof(struct se_fabric))
#define SE_FABRIC_BYTES (SE_BLOCKS_OFFSET + SE_DEVICES_MAX * SE_BLOCK_BYTES)

#endif
