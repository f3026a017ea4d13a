/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/memory.h"

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NODES_MAX 64 /* bits of the mask */

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
