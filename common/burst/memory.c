/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/memory.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NODES_MAX 64 /* bits of the mask */
#define HUGE_BYTES ((uintptr_t)2 << 20) /* x86-64, and arm64 with pages of 4 KiB */

void eg_memory_in_huge_pages(void *memory, size_t size)
{
	uintptr_t begin = ((uintptr_t)memory + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
	uintptr_t end = ((uintptr_t)memory + size) & ~(HUGE_BYTES - 1);

	if (begin < end)
		(void)madvise((uint8_t *)memory + (begin - (uintptr_t)memory), end - begin,
			      MADV_HUGEPAGE);
}

uint8_t *eg_memory_new(size_t size, int numa_node)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* Only a preference: memory elsewhere works too. */
	if (numa_node >= 0 && numa_node < NODES_MAX) {
		unsigned long mask = 1ul << numa_node;

		(void)syscall(SYS_mbind, memory, size, MPOL_PREFERRED, &mask, NODES_MAX + 1, 0);
	}
	return memory;
}

void eg_memory_free(uint8_t *memory, size_t size)
{
	if (memory)
		(void)munmap(memory, size);
}
