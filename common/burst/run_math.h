/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_math - how the time of a round is shared out, and what samples of
 * latency say. Pure.
 */
#ifndef EG_BURST_RUN_MATH_H
#define EG_BURST_RUN_MATH_H

#include <stddef.h>
#include <stdint.h>

#define EG_SAMPLES_MAX 200

struct eg_samples {
	uint32_t ns[EG_SAMPLES_MAX];
	size_t count;
};

/* One more, unless it is full; a span beyond 32 bits counts as the longest. */
void eg_samples_add(struct eg_samples *samples, int64_t span_ns);

/* The smallest sample that @percent of all do not exceed; 0 without samples. Sorts them. */
uint32_t eg_samples_percentile(struct eg_samples *samples, unsigned int percent);

/* Spans in ns. The drains are for reads that were started in time. */
struct eg_time_shares {
	int64_t latency, alone, drain_one; /* each device; it may drain after either */
	int64_t together, drain; /* all at once */
	int64_t patience; /* for partners that are late with their first answer, in all */
};

/*
 * Share @left_ns between @rails devices, measured one after the other and then
 * all together. Never more than is needed for a good number, and a part is
 * left over.
 */
void eg_time_share(int64_t left_ns, size_t rails, struct eg_time_shares *ret);

/* How much of a round of @budget_ms is kept for sending its result. */
int64_t eg_time_reserve_ms(int64_t budget_ms);

#endif
