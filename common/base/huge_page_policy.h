/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * huge_page_policy - should FI_EFA_USE_HUGE_PAGE=0 be set for a step?
 *
 * Each efa RDM endpoint pins 54 huge pages of 2 MiB for its packet pools. On
 * fork() the kernel copies pinned huge pages into the child at once; when the
 * pool has no free page left, fork() fails with ENOMEM. With the variable set
 * to 0 the pools use normal pages. Pure: no I/O, never says "set 1".
 *
 * Without copy-on-fork (kernel before 5.13, or rdma-core before 35) forks take no
 * pages and the provider ends a process that forks, whatever this variable says:
 * FI_EFA_FORK_SAFE=1 is the remedy there, and turns huge pages off by itself.
 * libfabric before 1.19 does not know the variable; it is set all the same,
 * because a job may bring a newer one than the node's.
 */
#ifndef EG_BASE_HUGE_PAGE_POLICY_H
#define EG_BASE_HUGE_PAGE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libfabric: (4096 tx + 8192 rx packets) x 9088 bytes, 18 + 36 pages of 2 MiB. */
#define EG_HUGE_PAGES_PER_ENDPOINT 54
#define EG_FORKS_PER_RANK_DEFAULT 8 /* workers of a data loader */

enum eg_huge_page_choice { EG_HUGE_PAGE_KEEP, EG_HUGE_PAGE_SET_0 };

struct eg_huge_page_facts {
	uint32_t ranks; /* the larger of tasks and GPUs on the node */
	uint32_t devices; /* EFA devices each rank opens */
	uint32_t endpoints_per_device; /* 1; 2 for Open MPI with MTL and BTL */
	uint32_t forks_per_rank; /* children living at the same time */
	uint64_t size_kib; /* of a page; other than 2048 the pools are not modelled: keep */
	uint64_t available; /* free - reserved + what may still be overcommitted */
	bool no_copy_on_fork; /* known not to be there */
	const char *user_value; /* FI_EFA_USE_HUGE_PAGE in the job's environment, NULL when unset */
};

struct eg_huge_page_decision {
	enum eg_huge_page_choice choice;
	uint64_t demand; /* pages: ranks x devices x endpoints x 54 x (1 + forks) */
	char reason[160]; /* one clause for -v and the report */
};

void eg_huge_page_decide(const struct eg_huge_page_facts *facts, struct eg_huge_page_decision *ret);

#endif
