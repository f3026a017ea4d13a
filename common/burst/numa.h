/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * numa - threads on the processors of a memory node. By the kernel's own
 * files and calls: hwloc's topology of a whole machine takes 10 ms to make,
 * for a number that sysfs has with the device.
 */
#ifndef EG_BURST_NUMA_H
#define EG_BURST_NUMA_H

#include <sched.h>
#include <stdbool.h>

/* "0-47,96-143" into a set; false, and nothing in it, when it is no such list. Pure. */
bool eg_numa_parse(const char *list, cpu_set_t *ret);

/* Has memory node @node processors that are in @allowed? */
bool eg_numa_has(const char *sysfs, int node, const cpu_set_t *allowed);

/*
 * Bind this thread to those of the processors in @allowed that belong to memory
 * node @node, as @sysfs ("/sys") has it; to all of @allowed when the node has
 * none of them, is unknown (-1) or not there. What the kernel refuses is left.
 */
void eg_numa_bind(const char *sysfs, int node, const cpu_set_t *allowed);

/* On which processors this thread may be; all when the kernel does not say. */
void eg_numa_allowed(cpu_set_t *ret);

#endif
