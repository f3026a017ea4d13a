/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * heap - what libfabric takes by malloc(), in few large pages.
 */
#ifndef EG_BURST_HEAP_H
#define EG_BURST_HEAP_H

#include <stddef.h>

/*
 * Each efa endpoint's address vector has room for 16,384 peers, which the provider writes through
 * when the first is entered (1.17: 39,849,984 bytes; it takes no smaller number), and its pools.
 */
#define EG_HEAP_ENDPOINT_BYTES (44u << 20)

/*
 * For a process that opens many endpoints, before its first thread: the next @bytes of its heap
 * are of transparent huge pages where the kernel gives them ("madvise" or "always" in
 * /sys/kernel/mm/transparent_hugepage/enabled), so that writing them is a fault in 2 MiB and not
 * in 4 KiB. Nothing is taken now, no page of the hugetlb pools at any time; where it cannot be
 * done all is as it was. From then on this process's malloc() uses the one heap and gives
 * nothing back before its end.
 */
void eg_heap_in_huge_pages(size_t bytes);

#endif
