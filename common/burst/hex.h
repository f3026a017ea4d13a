/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hex - bytes as lower-case hexadecimal digits and back, strictly. Pure.
 */
#ifndef EG_BURST_HEX_H
#define EG_BURST_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Append the 2 * @size digits and a final 0 at @text, which has room; returns where the 0 is. */
char *eg_hex_put(char *text, const uint8_t *data, size_t size);

/* The bytes of the @digits digits at @text: their number, or -EINVAL when they are others or do
 * not fit.
 */
long eg_hex_get(const char *text, size_t digits, uint8_t *ret, size_t size);

#endif
