/* SPDX-License-Identifier: BSD-3-Clause */
#include "op_heap.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "../shared/fabric.h"

static size_t bytes_for(uint32_t count)
{
	return SE_ROUND_PAGE(count * sizeof(struct se_op *));
}

static int grow(struct se_op_heap *heap, uint32_t room)
{
	void *memory;

	if (heap->ops)
		memory = mremap(heap->ops, bytes_for(heap->room), bytes_for(room), MREMAP_MAYMOVE);
	else
		memory = mmap(NULL, bytes_for(room), PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -ENOMEM;
	heap->ops = memory;
	heap->room = room;
	return 0;
}

int se_op_heap_reserve(struct se_op_heap *heap, uint32_t count)
{
	uint32_t reserved = heap->reserved + count;
	int rc = reserved > heap->room ? grow(heap, reserved) : 0;

	if (rc == 0)
		heap->reserved = reserved;
	return rc;
}

void se_op_heap_unreserve(struct se_op_heap *heap, uint32_t count)
{
	heap->reserved -= count;
}

static void sift_down(struct se_op_heap *heap, uint32_t at)
{
	struct se_op *op = heap->ops[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count &&
		    heap->ops[child + 1]->due_ns < heap->ops[child]->due_ns)
			child++;
		if (op->due_ns <= heap->ops[child]->due_ns)
			break;
		heap->ops[at] = heap->ops[child];
		at = child;
	}
	heap->ops[at] = op;
}

void se_op_heap_push(struct se_op_heap *heap, struct se_op *op)
{
	uint32_t at = heap->count++;

	while (at > 0 && op->due_ns < heap->ops[(at - 1) / 2]->due_ns) {
		heap->ops[at] = heap->ops[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap->ops[at] = op;
}

struct se_op *se_op_heap_first(const struct se_op_heap *heap)
{
	return heap->count ? heap->ops[0] : NULL;
}

struct se_op *se_op_heap_pop(struct se_op_heap *heap)
{
	struct se_op *first = heap->ops[0];

	heap->ops[0] = heap->ops[--heap->count];
	if (heap->count > 0)
		sift_down(heap, 0);
	return first;
}

struct se_op *se_op_heap_take(struct se_op_heap *heap, const struct se_local_qp *qp)
{
	struct se_op *op;
	uint32_t at = 0;

	while (at < heap->count && heap->ops[at]->qp != qp)
		at++;
	if (at == heap->count)
		return NULL;
	op = heap->ops[at];
	memmove(&heap->ops[at], &heap->ops[at + 1], (--heap->count - at) * sizeof(heap->ops[0]));
	/* the rest is one place off */
	for (uint32_t i = heap->count / 2; i-- > 0;)
		sift_down(heap, i);
	return op;
}

void se_op_heap_drop(struct se_op_heap *heap, const struct se_local_qp *qp)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < heap->count; i++)
		if (heap->ops[i]->qp != qp)
			heap->ops[kept++] = heap->ops[i];
	heap->count = kept;
	for (uint32_t i = kept / 2; i-- > 0;)
		sift_down(heap, i);
}
