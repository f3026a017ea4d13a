/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * recv_queue - the buffers that are posted to a queue pair: senders take them
 * one by one, from whatever process.
 */
#ifndef SE_RECV_QUEUE_H
#define SE_RECV_QUEUE_H

#include <stdint.h>

#include "op.h"
#include "route.h"

/*
 * Take the next posted buffer at the end of @route when it has room for @bytes.
 * Returns an se_status; SE_STATUS_REMOTE_NOT_READY when none is posted.
 */
int se_recv_take(const struct se_route *route, uint64_t bytes, struct se_recv_entry *ret);

/* Complete all buffers of this process's @qp, which takes none any more, as flushed. */
void se_recv_flush(const struct se_local_qp *qp);

/* Forget all buffers of @qp: its queue starts anew. */
void se_recv_reset(const struct se_local_qp *qp);

#endif
