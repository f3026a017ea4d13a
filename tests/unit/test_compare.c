/* SPDX-License-Identifier: BSD-3-Clause */
/* What runs with and without huge pages mean together. */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/report.h"
#include "prolog/commands/compare.h"

static struct eg_compare compare;

static int fill(void **state)
{
	static const uint64_t with[EG_COMPARE_RUNS] = { 100, 120, 90, 110, 300 };

	(void)state;
	memset(&compare, 0, sizeof(compare));
	compare.runs = EG_COMPARE_RUNS;
	compare.registered = true;
	for (size_t i = 0; i < EG_COMPARE_RUNS; i++) {
		compare.with[i].page_kib = compare.without[i].page_kib = 2048;
		compare.with[i].own_kib = 108 * 2048;
		compare.with[i].free_before = 512;
		compare.with[i].sizes[1] =
			(struct eg_compare_size){ .latency_ns = 2000, .bytes = with[i], .ns = 1 };
		compare.without[i].sizes[1] =
			(struct eg_compare_size){ .latency_ns = 4000, .bytes = 100, .ns = 1 };
		compare.registration.huge_ns[i] = 1000000;
		compare.registration.small_ns[i] = 8000000;
	}
	return 0;
}

static void the_middle_run_is_told_and_the_range(void **state)
{
	struct eg_compare_ratio ratio;

	(void)state;
	eg_compare_ratio(&compare, EG_COMPARE_RATE_MBS, 1, &ratio);
	assert_true(ratio.with == 110e3 && ratio.without == 100e3);
	assert_true(ratio.median == 1.1 && ratio.least == 0.9 && ratio.most == 3);
	eg_compare_ratio(&compare, EG_COMPARE_LATENCY_US, 1, &ratio);
	assert_true(ratio.with == 2 && ratio.without == 4 && ratio.median == 0.5);
	eg_compare_ratio(&compare, EG_COMPARE_REGISTER_MS, 0, &ratio);
	assert_true(ratio.with == 1 && ratio.without == 8 && ratio.median == 0.125);
}

static void what_one_run_lacks_has_no_ratio(void **state)
{
	struct eg_compare_ratio ratio;

	(void)state;
	eg_compare_ratio(&compare, EG_COMPARE_RATE_MBS, 0, &ratio);
	assert_true(ratio.median == 0);
	compare.without[3].sizes[1].ns = 0;
	eg_compare_ratio(&compare, EG_COMPARE_RATE_MBS, 1, &ratio);
	assert_true(ratio.median == 0);
	compare.registered = false;
	eg_compare_ratio(&compare, EG_COMPARE_REGISTER_MS, 0, &ratio);
	assert_true(ratio.median == 0);
	compare.runs = 0;
	eg_compare_ratio(&compare, EG_COMPARE_LATENCY_US, 1, &ratio);
	assert_true(ratio.median == 0);
}

static void the_pool_must_be_used_with_and_not_without(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));

	(void)state;
	assert_non_null(report);
	eg_compare_judge(&compare, report);
	assert_int_equal(report->findings.count, 0);
	compare.without[4].own_kib = 4 * 2048;
	eg_compare_judge(&compare, report);
	assert_int_equal(report->findings.count, 1);
	assert_string_equal(report->findings.list[0].text,
			    "huge pages not compared: without them the provider used 4");
	compare.with[2].own_kib = 0;
	compare.with[2].free_before = 512;
	eg_compare_judge(&compare, report);
	assert_int_equal(report->findings.count, 2);
	assert_string_equal(report->findings.list[1].text,
			    "huge pages not compared: with them the provider used none (512 free)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_middle_run_is_told_and_the_range, fill),
		cmocka_unit_test_setup(what_one_run_lacks_has_no_ratio, fill),
		cmocka_unit_test_setup(the_pool_must_be_used_with_and_not_without, fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
