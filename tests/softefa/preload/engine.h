/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * engine - the device's work: takes what a doorbell announces and carries it
 * out in the thread that rang. Nothing is polled.
 */
#ifndef SE_ENGINE_H
#define SE_ENGINE_H

#include <stdbool.h>

struct se_local_qp;
struct se_op;

/* The send queue of @qp may have new entries. */
void se_engine_ring(struct se_local_qp *qp);

/* Complete all requests of @qp, which is in the error state, as flushed. */
void se_engine_flush(struct se_local_qp *qp);

/* Forget all requests of @qp: its send queue starts anew. */
void se_engine_reset(struct se_local_qp *qp);

/* Helper thread: try @op again. True when it must wait once more, until op->due_ns. */
bool se_engine_retry(struct se_op *op);

#endif
