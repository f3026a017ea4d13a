/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory - pages for traffic, near the device when that is possible.
 */
#ifndef EG_BURST_MEMORY_H
#define EG_BURST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/*
 * Ask for transparent huge pages where whole ones lie in @size bytes at @memory; only advice. The
 * device's table of registered pages is shorter then too.
 */
void eg_memory_in_huge_pages(void *memory, size_t size);

/* @size zeroed bytes at a page's start, preferably on memory node @numa_node (-1 any); or NULL. */
uint8_t *eg_memory_new(size_t size, int numa_node);

/* Takes NULL. */
void eg_memory_free(uint8_t *memory, size_t size);

#endif
