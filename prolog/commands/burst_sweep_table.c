/* SPDX-License-Identifier: BSD-3-Clause */
/* The sizes of efagate burst --sweep for people: over all devices, or of one. */
#include <stdlib.h>
#include <string.h>

#include "common/burst/sweep.h"
#include "prolog/commands/burst.h"

/* A number of each device that was measured with one size. */
struct numbers {
	double list[EG_DEVICES_MAX];
	size_t count;
};

static int compare(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static double mega_bytes(uint64_t bytes, uint64_t ns)
{
	return (double)bytes * 1e3 / (double)ns;
}

static void add(struct numbers *numbers, double value)
{
	numbers->list[numbers->count++] = value;
}

/* One cell; "-" where nothing was measured. */
static void put(FILE *out, const struct numbers *numbers, double value)
{
	if (numbers->count)
		fprintf(out, "  %10.2f", value);
	else
		fprintf(out, "  %10s", "-");
}

/* Of an even number the lower one of the middle: a value that was seen. */
static double median(struct numbers *numbers)
{
	qsort(numbers->list, numbers->count, sizeof(numbers->list[0]), compare);
	return numbers->count ? numbers->list[(numbers->count - 1) / 2] : 0;
}

static void print_size(FILE *out, const struct eg_sweep *sweep, size_t place)
{
	struct numbers p50 = { .count = 0 }, p99 = { .count = 0 }, alone = { .count = 0 };
	double together = 0;

	for (size_t i = 0; i < sweep->count; i++) {
		const struct eg_sweep_point *point = &sweep->rails[i].points[place];

		if (point->latency_samples) {
			add(&p50, point->latency_p50_ns / 1e3);
			add(&p99, point->latency_p99_ns / 1e3);
		}
		if (point->alone_ns)
			add(&alone, mega_bytes(point->alone_bytes, point->alone_ns));
		if (point->together_ns)
			together += mega_bytes(point->together_bytes, point->together_ns);
	}
	if (!alone.count && !p50.count)
		return;
	fprintf(out, "%10u", eg_sweep_bytes(place));
	put(out, &p50, median(&p50));
	put(out, &p99, median(&p99));
	put(out, &alone, median(&alone));
	if (sweep->count > 1) {
		put(out, &alone, alone.count ? alone.list[0] : 0);
		put(out, &alone, together);
	}
	(void)fputc('\n', out);
}

void eg_burst_sweep_print(FILE *out, const struct eg_sweep *sweep)
{
	const char *reads =
		sweep->count && !sweep->rails[0].device_reads ? "reads made of messages" : "reads";

	if (!sweep->sizes || !sweep->count) {
		fprintf(out, "reads by size: not measured\n");
		return;
	}
	if (sweep->count > 1)
		fprintf(out,
			"%s by size from %s: the median of %zu devices, each alone; the slowest; all together\n",
			reads, sweep->peer, sweep->count);
	else
		fprintf(out, "%s by size from %s: %s\n", reads, sweep->peer, sweep->rails[0].name);
	fprintf(out, "%10s  %10s  %10s  %10s", "BYTES", "p50 us", "p99 us", "MB/s");
	if (sweep->count > 1)
		fprintf(out, "  %10s  %10s", "SLOWEST", "TOGETHER");
	(void)fputc('\n', out);
	for (size_t place = 0; place < sweep->sizes; place++)
		print_size(out, sweep, place);
}
