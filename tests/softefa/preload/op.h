/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * op - one work request between its doorbell and its completion, and the queue
 * pair it belongs to as this process sees it.
 */
#ifndef SE_OP_H
#define SE_OP_H

#include <pthread.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <stdbool.h>
#include <stdint.h>

#include "../shared/device_format.h"
#include "../shared/fabric.h"

struct se_open_device;

struct se_op {
	struct se_send_entry entry;
	struct se_local_qp *qp;
	struct se_op *next_free;
	uint64_t due_ns;
	uint64_t give_up_ns; /* 0 until the peer did not answer */
	uint32_t not_ready; /* times the receiver had no buffer */
	bool passed; /* one of those that the fault "silent" lets pass: tried again it still is */
};

struct se_local_qp {
	struct se_open_device *owner;
	uint32_t number;
	struct se_qp *shared;
	struct ib_uverbs_qp_cap cap;
	uint32_t ring_bytes; /* from ring_offset in the context file */
	uint32_t ring_offset;
	_Atomic uint32_t *sq_doorbell;
	const struct se_send_entry *sq_ring;
	uint32_t sq_entries;
	uint16_t sq_consumed;
	uint8_t rnr_retry;
	pthread_mutex_t lock; /* sq_consumed */
	int (*wr_complete)(void *verbs_qp_ex);
	struct se_op *free_ops; /* under the helper's lock, as is running */
	uint32_t running;
	uint32_t total_bytes; /* of this with its ops */
	struct se_op ops[];
};

#endif
