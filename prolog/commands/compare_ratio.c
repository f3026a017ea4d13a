/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "common/verdict/report.h"
#include "prolog/commands/compare.h"

static int compare_numbers(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static double median(double *list, size_t count)
{
	qsort(list, count, sizeof(*list), compare_numbers);
	return list[count / 2];
}

/* A figure of one run in the row's unit; 0 not measured. */
static double figure(const struct eg_compare_run *run, enum eg_compare_row row, size_t place)
{
	const struct eg_compare_size *size = &run->sizes[place];

	if (row == EG_COMPARE_OPEN_MS)
		return (double)run->open_ns / 1e6;
	if (row == EG_COMPARE_LATENCY_US)
		return size->latency_ns / 1e3;
	return size->ns ? (double)size->bytes * 1e3 / (double)size->ns : 0;
}

void eg_compare_ratio(const struct eg_compare *compare, enum eg_compare_row row, size_t place,
		      struct eg_compare_ratio *ret)
{
	double with[EG_COMPARE_RUNS], without[EG_COMPARE_RUNS], quotients[EG_COMPARE_RUNS];
	bool is_registration = row == EG_COMPARE_REGISTER_MS;
	size_t count = is_registration ? compare->registered * EG_COMPARE_RUNS : compare->runs;

	*ret = (struct eg_compare_ratio){ 0 };
	for (size_t i = 0; i < count; i++) {
		with[i] = is_registration ? (double)compare->registration.huge_ns[i] / 1e6
					  : figure(&compare->with[i], row, place);
		without[i] = is_registration ? (double)compare->registration.small_ns[i] / 1e6
					     : figure(&compare->without[i], row, place);
		if (!(with[i] > 0) || !(without[i] > 0))
			return;
		quotients[i] = with[i] / without[i];
	}
	if (!count)
		return;
	ret->with = median(with, count);
	ret->without = median(without, count);
	ret->median = median(quotients, count);
	ret->least = quotients[0];
	ret->most = quotients[count - 1];
}

static void add_unknown(struct eg_report *report, const struct eg_compare_run *run, bool without)
{
	struct eg_finding_spec spec = { .id = "EG901",
					.outcome = EG_UNKNOWN,
					.blame = EG_BLAME_NONE };
	unsigned long long pages =
		run->page_kib ? (unsigned long long)(run->own_kib / run->page_kib) : 0;

	if (without)
		eg_findings_add(&report->findings, &spec,
				"huge pages not compared: without them the provider used %llu",
				pages);
	else
		eg_findings_add(
			&report->findings, &spec,
			"huge pages not compared: with them the provider used none (%llu free)",
			(unsigned long long)run->free_before);
}

void eg_compare_judge(const struct eg_compare *compare, struct eg_report *report)
{
	for (size_t i = 0; i < compare->runs; i++) {
		if (!compare->with[i].own_kib) {
			add_unknown(report, &compare->with[i], false);
			return;
		}
		if (compare->without[i].own_kib) {
			add_unknown(report, &compare->without[i], true);
			return;
		}
	}
}
