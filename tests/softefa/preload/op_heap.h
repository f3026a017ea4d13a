/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * op_heap - waiting work requests, the earliest first. Its memory grows only
 * when a queue pair is made. Not thread-safe: the helper's lock is around it.
 */
#ifndef SE_OP_HEAP_H
#define SE_OP_HEAP_H

#include <stdint.h>

#include "op.h"

struct se_op_heap {
	struct se_op **ops;
	uint32_t count;
	uint32_t reserved; /* what was asked for */
	uint32_t room; /* what there is, never less */
};

/* Have room for @count more than is reserved. Returns 0 or -ENOMEM. */
int se_op_heap_reserve(struct se_op_heap *heap, uint32_t count);

/* Take @count off the reservation; the memory stays for the next. */
void se_op_heap_unreserve(struct se_op_heap *heap, uint32_t count);

void se_op_heap_push(struct se_op_heap *heap, struct se_op *op);

/* The earliest, NULL when there is none. */
struct se_op *se_op_heap_first(const struct se_op_heap *heap);

/* Take out the earliest; the heap must not be empty. */
struct se_op *se_op_heap_pop(struct se_op_heap *heap);

/* Take out one of @qp, NULL when there is none. */
struct se_op *se_op_heap_take(struct se_op_heap *heap, const struct se_local_qp *qp);

/* Take out all of @qp. */
void se_op_heap_drop(struct se_op_heap *heap, const struct se_local_qp *qp);

#endif
