/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * futex - waiting for a number in shared memory to change.
 */
#ifndef SE_FUTEX_H
#define SE_FUTEX_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Sleep while *@word is @value, at most @span_ns, without end when that is 0. */
static inline void se_futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t span_ns)
{
	const struct timespec span = { .tv_sec = (time_t)(span_ns / 1000000000u),
				       .tv_nsec = (long)(span_ns % 1000000000u) };

	(void)syscall(SYS_futex, word, FUTEX_WAIT, value, span_ns ? &span : NULL, NULL, 0);
}

static inline void se_futex_wake(_Atomic uint32_t *word)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

#endif
