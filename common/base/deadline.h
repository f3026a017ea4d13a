/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * deadline - points in time on the monotonic clock, in milliseconds.
 *
 * A span (timeout_ms) is given once, at the outermost function; below it
 * everything carries the point in time, so that spans never add up.
 */
#ifndef EG_BASE_DEADLINE_H
#define EG_BASE_DEADLINE_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t eg_now_ms(void);

/* Nanoseconds of CLOCK_MONOTONIC, for measuring. */
int64_t eg_now_ns(void);

/* The point @timeout_ms from now. */
int64_t eg_deadline_in(int64_t timeout_ms);

/* The earlier of two points. */
int64_t eg_deadline_min(int64_t a, int64_t b);

/* What is left until @deadline_ms, never negative, fit for poll(2). */
int eg_deadline_left(int64_t deadline_ms);

/* Sleep @span_ms or until @deadline_ms, whichever comes first. */
void eg_sleep_ms(int64_t span_ms, int64_t deadline_ms);

#endif
