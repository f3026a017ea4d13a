/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pattern - the bytes of the memory a device offers: they follow from a seed
 * of the device and the place, so that bytes of another device, another place
 * or another time are seen. Pure.
 */
#ifndef EG_BURST_PATTERN_H
#define EG_BURST_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fill @size bytes (a multiple of 8) as they stand at @offset (a multiple of 8) of the memory. */
void eg_pattern_fill(void *data, size_t size, uint64_t seed, uint64_t offset);

/* Are these the bytes? *@ret_wrong is the place of the first that is not. */
bool eg_pattern_check(const void *data, size_t size, uint64_t seed, uint64_t offset,
		      size_t *ret_wrong);

#endif
