/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_block - the rows of a device's queues and registered memory.
 */
#ifndef SE_FABRIC_BLOCK_H
#define SE_FABRIC_BLOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "fabric_limits.h"

/* What two processes write to all the time is kept in different ones. */
#define SE_CACHE_LINE 64

enum se_state { SE_FREE = 0, SE_LIVE = 1 };

struct se_cq {
	_Atomic uint32_t state;
	uint32_t context; /* row */
	uint32_t context_id;
	uint32_t ring_offset;
	uint32_t entries;
	uint32_t entry_size;
	uint32_t channel; /* event pipe, 0 for none */
	uint32_t doorbell_offset;
	uint64_t user_handle; /* what its owner calls it */
	_Atomic uint32_t inbox_wanted; /* somebody would have used it */
	uint32_t inbox_offset; /* 0 while it has none */
	uint32_t has_locks; /* prepared once and never again: a peer may be about to take them */
	_Alignas(SE_CACHE_LINE) pthread_mutex_t lock; /* the ring and the rest of this line */
	uint32_t produced;
	_Atomic uint32_t armed; /* the next completion makes an event */
	_Atomic uint32_t events;
	/* of senders; who empties the inbox touches neither */
	_Alignas(SE_CACHE_LINE) pthread_mutex_t inbox_lock; /* inbox_put */
	uint32_t inbox_put; /* messages ever put there */
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
	uint32_t unsolicited; /* immediate data of a write takes no receive */
	uint32_t has_lock; /* as that of a se_cq */
	/* of senders */
	_Alignas(SE_CACHE_LINE) pthread_mutex_t lock; /* the rest of this line */
	uint16_t rq_consumed;
	uint16_t rq_posted; /* what the doorbell last said, which is asked again when it is reached
			     */
};

struct se_mr {
	_Atomic uint32_t key; /* 0 is free */
	struct se_owner owner;
	uint32_t access;
	uint32_t last_key;
	uint64_t start;
	uint64_t length;
	uint64_t iova;
	uint32_t pin; /* of the owner, see pin.h */
	uint64_t pages; /* counted against the owner's RLIMIT_MEMLOCK */
};

struct se_block {
	uint32_t qp_hint; /* where the search for a free number starts */
	struct se_qp qps[SE_DEVICE_QPS];
	struct se_cq cqs[SE_DEVICE_CQS];
	struct se_mr mrs[SE_DEVICE_MRS];
};

#endif
