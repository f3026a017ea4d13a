/* SPDX-License-Identifier: BSD-3-Clause */
/* What devices count of errors while efagate sends: taken twice, judged as EG301. */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/node/counters.h"
#include "common/node/facts.h"
#include "common/verdict/judge_self.h"
#include "common/verdict/report.h"
#include "prolog/commands/error_counts.h"
#include "tests/unit/test_node_tree.h"

/* Two devices that are good with each other. */
static struct eg_report *make_report(void)
{
	struct eg_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->facts.device_count = 2;
	for (uint8_t i = 0; i < 2; i++) {
		struct eg_device_facts *device = &report->facts.devices[i];

		(void)snprintf(device->name, sizeof(device->name), "rdmap%us0", 16 + i);
		device->pci = (struct eg_pci_addr){ .bus = (uint8_t)(0x10 + i) };
		device->pci_known = true;
		device->opens = EG_YES;
		device->capabilities = EG_CAP_RDMA_READ;
		device->burst.state = EG_BURST_OK;
		device->burst.device_reads = true;
		device->burst.tries = 2;
	}
	return report;
}

static void errors_of_a_device_that_works_are_warned_of(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = make_report();

	(void)state;
	eg_judge_self(&report->facts, &report->findings);
	assert_int_equal(report->findings.count, 0);
	report->facts.devices[1].burst.errors[0] = 5;
	report->facts.devices[1].burst.errors[5] = UINT64_MAX;
	eg_judge_self(&report->facts, &report->findings);
	assert_int_equal(report->findings.count, 1);
	assert_string_equal(report->findings.list[0].id, "EG301");
	assert_int_equal(report->findings.list[0].outcome, EG_WARN);
	assert_string_equal(report->findings.list[0].subject, "0000:11:00.0");
	assert_string_equal(report->findings.list[0].text,
			    "EFA 0000:11:00.0 (rdmap17s0) counted errors while only efagate sent: "
			    "rx_drops 5, no_completion_cmds 18446744073709551615");
}

static void errors_of_a_device_that_fails_are_told_by_its_failure(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = make_report();

	(void)state;
	report->facts.devices[0].burst.errors[3] = 2;
	report->facts.devices[0].burst.failed = 1;
	report->facts.devices[1].burst.errors[3] = 2;
	report->facts.devices[1].burst.state = EG_BURST_UNKNOWN;
	eg_judge_self(&report->facts, &report->findings);
	assert_int_equal(report->findings.count, 0);
}

static void what_moved_is_counted_and_nothing_else(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = make_report();
	static struct eg_error_counts before, after;

	(void)state;
	tree_file("class/infiniband/rdmap16s0/ports/1/hw_counters/rx_drops", "3\n");
	tree_file("class/infiniband/rdmap16s0/hw_counters/cmds_err", "7\n");
	tree_file("class/infiniband/rdmap17s0/hw_counters/cmds_err", "many\n");
	eg_error_counts_take(tree, &report->facts, eg_deadline_in(5000), &before);
	assert_true(before.known);
	tree_file("class/infiniband/rdmap16s0/ports/1/hw_counters/rx_drops", "8\n");
	tree_file("class/infiniband/rdmap16s0/hw_counters/cmds_err", "6\n");
	tree_file("class/infiniband/rdmap17s0/hw_counters/cmds_err", "1\n");
	eg_error_counts_take(tree, &report->facts, eg_deadline_in(5000), &after);
	eg_error_counts_add(&before, &after, &report->facts);
	assert_string_equal(eg_error_counters[0], "rx_drops");
	assert_int_equal(report->facts.devices[0].burst.errors[0], 5);
	for (size_t i = 1; i < EG_ERROR_COUNTERS; i++)
		assert_int_equal(report->facts.devices[0].burst.errors[i], 0);
	for (size_t i = 0; i < EG_ERROR_COUNTERS; i++)
		assert_int_equal(report->facts.devices[1].burst.errors[i], 0);
	after.known = false;
	after.values[0][0] = 100;
	eg_error_counts_add(&before, &after, &report->facts);
	assert_int_equal(report->facts.devices[0].burst.errors[0], 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_of_a_device_that_works_are_warned_of),
		cmocka_unit_test(errors_of_a_device_that_fails_are_told_by_its_failure),
		cmocka_unit_test_setup_teardown(what_moved_is_counted_and_nothing_else, tree_make,
						tree_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
