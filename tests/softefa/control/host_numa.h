/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_numa - the processors and memory nodes of this machine, which a node's
 * tree repeats: programs bind to what is really there.
 */
#ifndef SE_HOST_NUMA_H
#define SE_HOST_NUMA_H

#include <stdint.h>

#include "tree.h"

#define SE_CPUMAP_MAX 4096

struct se_host_numa {
	int node;
	char cpumap[SE_CPUMAP_MAX]; /* with the newline */
	char cpulist[SE_CPUMAP_MAX];
};

/* How many memory nodes are online, numbered from 0; at least 1. */
int se_host_numa_count(void);

/*
 * The memory node for a device on @pci_bus: buses below 0x80 are near the first
 * half of the nodes, the others near the second.
 */
void se_host_numa_read(uint32_t pci_bus, struct se_host_numa *ret);

/* Copy what topology tools read about processors and nodes below sys/ and proc/. */
void se_host_numa_copy(struct se_tree *tree);

#endif
