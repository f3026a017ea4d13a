/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mac - HMAC-SHA-256 over a few pieces, by nettle: small, without global
 * state, and part of every distribution. Pure.
 */
#ifndef EG_BURST_MAC_H
#define EG_BURST_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EG_MAC_BYTES 32

struct eg_mac_part {
	const void *data;
	size_t size;
};

/* The code of @parts, one behind the other. Who calls keeps their borders unmistakable. */
void eg_mac(const void *key, size_t key_size, const struct eg_mac_part *parts, size_t count,
	    uint8_t ret[EG_MAC_BYTES]);

/* Are the first @size bytes the same? Takes as long for any bytes. */
bool eg_mac_equal(const uint8_t *a, const uint8_t *b, size_t size);

#endif
