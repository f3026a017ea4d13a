/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * huge_pages - the pool of huge pages of the default size, the size the efa
 * provider takes its packet pools from.
 */
#ifndef EG_NODE_HUGE_PAGES_H
#define EG_NODE_HUGE_PAGES_H

#include <stddef.h>
#include <stdint.h>

struct eg_err;
struct eg_huge_page_part;
struct eg_huge_page_pool;

/*
 * @meminfo names the file that tells the default size ("/proc/meminfo").
 * Returns 0 with @ret->measured set, or -errno with @ret untouched: -ENOENT
 * for a kernel without huge pages, -EINVAL names the line or file.
 */
int eg_huge_pages_read(const char *sysfs, const char *meminfo, struct eg_huge_page_pool *ret,
		       struct eg_err *err);

/*
 * Fill @ret with up to @max parts: the pools of other sizes than
 * @default_size_kib, and all sizes on each NUMA node, by node and size. What
 * cannot be read is left out. Returns their number.
 */
size_t eg_huge_page_parts_read(const char *sysfs, uint64_t default_size_kib,
			       struct eg_huge_page_part *ret, size_t max);

/* The number of NUMA nodes of the machine, 0 when it does not say. */
uint32_t eg_numa_count(const char *sysfs);

#endif
