/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * units - times, rates and error names as they are typed.
 */
#ifndef SE_UNITS_H
#define SE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* "500us", "2ms", "1s", at most an hour. False when @text is no such thing. */
bool se_units_time(const char *text, uint64_t *ret_ns);

/* "10gbit", "800mbit", "64kbit", at least 1 kbit. */
bool se_units_rate(const char *text, uint64_t *ret_bits_per_second);

/* "EACCES" or "13". */
bool se_units_error(const char *text, uint32_t *ret);

#endif
