/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/heap.h"

#include <limits.h>
#include <malloc.h>
#include <stdlib.h>

#include "common/burst/memory.h"

void eg_heap_in_huge_pages(size_t bytes)
{
	void *block;

	/* Large blocks too come from the heap, which stays, and threads use the same. */
	(void)mallopt(M_MMAP_MAX, 0);
	(void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
	(void)mallopt(M_ARENA_MAX, 1);
	block = malloc(bytes);
	if (!block)
		return;
	eg_memory_in_huge_pages(block, bytes);
	free(block);
}
