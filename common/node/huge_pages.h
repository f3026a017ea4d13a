/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * huge_pages - the pool of huge pages of the default size, the size the efa
 * provider takes its packet pools from.
 */
#ifndef EG_NODE_HUGE_PAGES_H
#define EG_NODE_HUGE_PAGES_H

struct eg_err;
struct eg_huge_page_pool;

/*
 * @meminfo names the file that tells the default size ("/proc/meminfo").
 * Returns 0 with @ret->measured set, or -errno with @ret untouched: -ENOENT
 * for a kernel without huge pages, -EINVAL names the line or file.
 */
int eg_huge_pages_read(const char *sysfs, const char *meminfo, struct eg_huge_page_pool *ret,
		       struct eg_err *err);

#endif
