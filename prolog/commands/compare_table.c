/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>

#include "prolog/commands/compare.h"

#define ROW "%-26s  %10s  %10s  %7s  %s\n"

static void print_row(FILE *out, const char *name, const struct eg_compare *compare,
		      enum eg_compare_row row, size_t place)
{
	struct eg_compare_ratio ratio;
	char with[24], without[24], median[24], spread[48];

	eg_compare_ratio(compare, row, place, &ratio);
	if (!(ratio.median > 0))
		return;
	(void)snprintf(with, sizeof(with), "%.2f", ratio.with);
	(void)snprintf(without, sizeof(without), "%.2f", ratio.without);
	(void)snprintf(median, sizeof(median), "%.2f", ratio.median);
	(void)snprintf(spread, sizeof(spread), "%.2f to %.2f", ratio.least, ratio.most);
	fprintf(out, ROW, name, with, without, median, spread);
}

/* That the pool was used, and was not: the kernel's own numbers. */
static void print_use(FILE *out, const struct eg_compare *compare)
{
	const struct eg_compare_run *with = &compare->with[0], *without = &compare->without[0];
	char left[24], right[24], proof[96];

	(void)snprintf(left, sizeof(left), "%" PRIu64, with->own_kib / with->page_kib);
	(void)snprintf(right, sizeof(right), "%" PRIu64, without->own_kib / without->page_kib);
	(void)snprintf(proof, sizeof(proof), "free %" PRIu64 ", then %" PRIu64, with->free_before,
		       with->free_after);
	fprintf(out, ROW, "huge pages of two endpoints", left, right, "", proof);
}

void eg_compare_print(FILE *out, const char *node, const struct eg_compare *compare)
{
	const struct eg_compare_run *with = &compare->with[0];
	char name[40];

	if (!compare->runs) {
		fprintf(out, "%s: huge pages not compared\n", node);
		return;
	}
	fprintf(out, "%s: messages from %s to %s, packets on huge pages and not, %zu runs each\n",
		node, with->from, with->to, compare->runs);
	fprintf(out, "libfabric %s; without: %s\n", with->version,
		compare->without[0].starved ? "all free huge pages held"
					    : "FI_EFA_USE_HUGE_PAGE=0");
	fprintf(out, ROW, "", "WITH", "WITHOUT", "RATIO", "SPREAD");
	print_use(out, compare);
	print_row(out, "opening, first message, ms", compare, EG_COMPARE_OPEN_MS, 0);
	for (size_t i = 0; i < EG_COMPARE_SIZES; i++) {
		(void)snprintf(name, sizeof(name), "%u KiB, us", eg_compare_bytes(i) / 1024);
		print_row(out, name, compare, EG_COMPARE_LATENCY_US, i);
	}
	for (size_t i = 0; i < EG_COMPARE_SIZES; i++) {
		(void)snprintf(name, sizeof(name), "%u KiB, MB/s", eg_compare_bytes(i) / 1024);
		print_row(out, name, compare, EG_COMPARE_RATE_MBS, i);
	}
	print_row(out, "registering 64 MiB, ms", compare, EG_COMPARE_REGISTER_MS, 0);
}
