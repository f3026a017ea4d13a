/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * huge_page_use - does this process use huge pages, and is there a pool they
 * come from? Of the kernel's own files: what a test tree shows is no proof.
 */
#ifndef EG_NODE_HUGE_PAGE_USE_H
#define EG_NODE_HUGE_PAGE_USE_H

#include <stdint.h>

struct eg_err;

struct eg_huge_page_use {
	uint64_t size_kib; /* default size, 0: a kernel without huge pages */
	uint64_t free, reserved; /* of the machine's pool, of that size */
	uint64_t own_kib; /* what this process has touched, of all sizes */
};

/* 0 or -errno, -ENODATA when the files do not say it. */
int eg_huge_page_use_read(struct eg_huge_page_use *ret, struct eg_err *err);

/*
 * Reserve all pages that @use calls free, without touching them, so that who
 * asks for some in this process or beside it gets none until this process ends:
 * for libraries that cannot be told to do without. Where the kernel may
 * overcommit some they still get those. Returns how many were reserved.
 */
uint64_t eg_huge_pages_hold(const struct eg_huge_page_use *use);

/* @size bytes on huge pages of the default size, touched; NULL: there are none. Unmapped by
 * munmap(2). */
void *eg_huge_pages_new(uint64_t size);

#endif
