/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/run_math.h"

#include <stdlib.h>

#define MS 1000000
#define LATENCY_MAX_NS (10 * MS)
#define ALONE_MAX_NS (10 * MS) /* 100 reads of 1 MiB at 100 Gb/s */
#define TOGETHER_MAX_NS (30 * MS)
#define PATIENCE_MAX_NS (100 * MS)
#define RESERVE_MAX_MS 100

void eg_samples_add(struct eg_samples *samples, int64_t span_ns)
{
	if (samples->count < EG_SAMPLES_MAX)
		samples->ns[samples->count++] =
			span_ns > UINT32_MAX ? UINT32_MAX : (uint32_t)span_ns;
}

static int compare_samples(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

uint32_t eg_samples_percentile(struct eg_samples *samples, unsigned int percent)
{
	size_t rank = (samples->count * percent + 99) / 100;

	if (!samples->count)
		return 0;
	qsort(samples->ns, samples->count, sizeof(samples->ns[0]), compare_samples);
	return samples->ns[rank ? rank - 1 : 0];
}

static int64_t at_most(int64_t span, int64_t max)
{
	return span < max ? span : max;
}

void eg_time_share(int64_t left_ns, size_t rails, struct eg_time_shares *ret)
{
	int64_t count = rails ? (int64_t)rails : 1;

	if (left_ns < 0)
		left_ns = 0;
	/* In twentieths 3, 6, 2 x 1, 4, 2, 2; one is left for looking at the bytes. */
	left_ns /= 20;
	ret->latency = at_most(left_ns * 3 / count, LATENCY_MAX_NS);
	ret->alone = at_most(left_ns * 6 / count, ALONE_MAX_NS);
	ret->drain_one = left_ns / count;
	ret->together = at_most(left_ns * 4, TOGETHER_MAX_NS);
	ret->drain = left_ns * 2;
	ret->patience = at_most(left_ns * 2, PATIENCE_MAX_NS);
}

int64_t eg_time_reserve_ms(int64_t budget_ms)
{
	return at_most(budget_ms / 10, RESERVE_MAX_MS);
}
