/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/deadline.h"

#include <limits.h>
#include <time.h>

int64_t eg_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t eg_now_ms(void)
{
	return eg_now_ns() / 1000000;
}

int64_t eg_deadline_in(int64_t timeout_ms)
{
	return eg_now_ms() + timeout_ms;
}

int64_t eg_deadline_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int eg_deadline_left(int64_t deadline_ms)
{
	int64_t left = deadline_ms - eg_now_ms();

	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

void eg_sleep_ms(int64_t span_ms, int64_t deadline_ms)
{
	int64_t left = eg_deadline_min(span_ms, eg_deadline_left(deadline_ms));
	struct timespec span = { .tv_sec = left / 1000, .tv_nsec = (left % 1000) * 1000000 };

	if (left > 0)
		(void)nanosleep(&span, NULL);
}
