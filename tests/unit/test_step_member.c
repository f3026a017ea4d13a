/* SPDX-License-Identifier: BSD-3-Clause */
/* What a step's helper makes for the user beside the verdict: table, note, report's name. */
#include "tests/unit/test_node_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/step_verdict.h"
#include "common/burst/offer.h"
#include "common/burst/wire.h"
#include "common/verdict/report.h"
#include "prolog/policy.h"
#include "prolog/step/job_fabric.h"
#include "prolog/step/local.h"
#include "prolog/step/options.h"
#include "prolog/step/table.h"
#include "prolog/step/user_report.h"
#include "tests/unit/node_facts.h"

#define MANY 300
#define VERSION(major, minor) ((uint32_t)(major) << 16 | (minor))

static const struct {
	const char *pattern;
	uint32_t count;
	const char *path; /* NULL: refused */
	const char *text;
} paths[] = {
	{ "/r", 1, "/r", "" },
	{ "/r", 2, "/r.n3", "" },
	{ "/r/%N.json", 2, "/r/n3.json", "" },
	{ "/%j.%s", 2, "/17.2.n3", "" },
	{ "/%j.%s.%N", 1, "/17.2.n3", "" },
	{ "/100%%", 1, "/100%", "" },
	{ "/%q", 1, NULL, "EFAGATE_REPORT: only %N, %j, %s and %% are known" },
	{ "/%", 1, NULL, "EFAGATE_REPORT: only %N, %j, %s and %% are known" },
	{ "/0123456789012345678901234567", 1, NULL, "EFAGATE_REPORT: a path too long" },
	{ "/01234567890123456789", 2, NULL, "EFAGATE_REPORT: a path too long" },
};

static void a_report_has_a_name_of_its_own_on_each_node(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(paths); i++) {
		struct eg_step_options options = {
			.job = 17,
			.step = 2,
			.count = paths[i].count,
			.node = "n3",
			.report = paths[i].pattern,
		};
		struct eg_err err = { 0 };
		char path[24];
		int rc = eg_user_report_path(&options, path, sizeof(path), &err);

		print_message("# %s\n", paths[i].pattern);
		assert_string_equal(err.text, paths[i].text);
		assert_int_equal(rc == 0, paths[i].path != NULL);
		if (!rc)
			assert_string_equal(path, paths[i].path);
	}
}

static const struct {
	enum eg_step_huge_page word;
	const char *user;
	struct eg_job_fabric_answer fabric;
	const char *note;
} notes[] = {
	{ EG_STEP_HUGE_PAGE_KEEP, NULL, { .version = VERSION(2, 1) }, "left alone, as asked" },
	{ EG_STEP_HUGE_PAGE_0, NULL, { .version = VERSION(2, 1) }, "set to 0, as asked" },
	{ EG_STEP_HUGE_PAGE_0,
	  "1",
	  { .version = VERSION(1, 19) },
	  "left as the user set it: FI_EFA_USE_HUGE_PAGE=1" },
	{ EG_STEP_HUGE_PAGE_AUTO,
	  NULL,
	  { .version = 0 },
	  "left alone: the ranks and their forks need 486 of 500 huge pages" },
	{ EG_STEP_HUGE_PAGE_AUTO,
	  NULL,
	  { .version = VERSION(1, 17) },
	  "left alone: the ranks and their forks need 486 of 500 huge pages; libfabric 1.17 of this "
	  "node is older than 1.19 and does not know it, the job may bring its own" },
	{ EG_STEP_HUGE_PAGE_AUTO,
	  NULL,
	  { .version = VERSION(1, 9), .own = true },
	  "left alone: the ranks and their forks need 486 of 500 huge pages; libfabric 1.9 of this "
	  "job is older than 1.19 and does not know it" },
};

static void a_note_says_why(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	const struct eg_ready ready = { .devices = 1 };

	(void)state;
	report->facts.job.forks_per_rank = 8;
	report->facts.huge_pages =
		(struct eg_huge_page_pool){ .measured = true, .size_kib = 2048, .free = 500 };
	for (size_t i = 0; i < EG_COUNT(notes); i++) {
		struct eg_step_options options = { .node = "n3",
						   .ranks = 1,
						   .huge_page = notes[i].word,
						   .user_huge_page = notes[i].user };
		char text[EG_STEP_NOTE_MAX], expected[EG_STEP_NOTE_MAX];

		(void)snprintf(expected, sizeof(expected), "efagate: n3: FI_EFA_USE_HUGE_PAGE %s",
			       notes[i].note);
		eg_step_local_note(&options, report, &ready, &notes[i].fabric, text, sizeof(text));
		assert_string_equal(text, expected);
	}
}

/* "EG203 warn none: text", a line a finding, of a good node whose step is as @options say. */
static const char *judged(const struct eg_step_options *options, const struct eg_policy *policy,
			  const struct eg_job_fabric_answer *fabric, struct eg_report *report)
{
	static char text[1024];
	size_t length = 0;

	memset(&report->findings, 0, sizeof(report->findings));
	eg_step_local_judge(options, policy, fabric, report);
	text[0] = '\0';
	for (size_t i = 0; i < report->findings.count; i++) {
		const struct eg_finding *one = &report->findings.list[i];

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %s %s: %s",
					   i ? "\n" : "", one->id, eg_outcome_name(one->outcome),
					   eg_blame_name(one->blame), one->text);
	}
	return text;
}

static void a_step_is_judged_as_its_tasks_meet_the_node(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_job_fabric_answer fabric = { .devices = -1 };
	struct eg_step_options options = { .huge_page = EG_STEP_HUGE_PAGE_AUTO };
	struct eg_policy policy;

	(void)state;
	eg_policy_init(&policy);
	make_good_node(&report->facts);
	/* What this process may lock is no matter. */
	report->facts.memlock_bytes = 65536;
	assert_string_equal(judged(&options, &policy, &fabric, report), "");
	options.memlock_binds = true;
	options.memlock_bytes = UINT64_MAX;
	assert_string_equal(judged(&options, &policy, &fabric, report), "");
	options.memlock_bytes = 8 << 20;
	assert_string_equal(judged(&options, &policy, &fabric, report),
			    "EG203 warn none: memlock limit is 8 MiB, below 16 GiB");
	/* It is the tasks' own, in a container too. */
	report->facts.in_container = true;
	assert_string_equal(judged(&options, &policy, &fabric, report),
			    "EG203 warn none: memlock limit is 8 MiB, below 16 GiB");
	assert_int_equal(eg_policy_set(&policy, "EG203", "ignore", NULL), 0);
	assert_string_equal(judged(&options, &policy, &fabric, report),
			    "EG203 pass none: memlock limit is 8 MiB, below 16 GiB");
}

static void a_library_or_a_variable_leads_away_from_efa(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_job_fabric_answer fabric = { .own = true, .devices = 4, .path = "/mpi/lib\n" };
	struct eg_step_options options = { .huge_page = EG_STEP_HUGE_PAGE_AUTO };
	struct eg_policy policy;

	(void)state;
	eg_policy_init(&policy);
	make_good_node(&report->facts);
	assert_string_equal(judged(&options, &policy, &fabric, report), "");
	fabric.devices = 0;
	assert_string_equal(
		judged(&options, &policy, &fabric, report),
		"EG206 warn none: LD_LIBRARY_PATH (/mpi/lib?) in the job's environment keeps it "
		"from EFA");
	options.provider = "FI_PROVIDER=tcp";
	assert_string_equal(
		judged(&options, &policy, &fabric, report),
		"EG206 warn none: FI_PROVIDER=tcp in the job's environment keeps it from EFA");
}

static void devices_that_a_step_was_not_given_are_no_fault_of_the_node(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	const struct eg_job_fabric_answer fabric = { .devices = -1 };
	struct eg_step_options options = { .huge_page = EG_STEP_HUGE_PAGE_AUTO };
	struct eg_device_facts *devices;
	struct eg_policy policy;

	(void)state;
	eg_policy_init(&policy);
	make_good_node(&report->facts);
	devices = report->facts.devices;
	for (int i = 0; i < 4; i++) {
		devices[i].opens = EG_NO;
		devices[i].open_errno = EPERM;
		devices[i].has_fabric = EG_NOT_MEASURED;
	}
	assert_string_equal(judged(&options, &policy, &fabric, report),
			    "EG105 fail none: 4 EFA cannot be opened, first 0000:10:1b.0 "
			    "(rdmap16s27): Operation not permitted, not given to this step "
			    "(--gres)");
	/* One that nobody may open is the node's. */
	devices[2].open_errno = EACCES;
	assert_string_equal(judged(&options, &policy, &fabric, report),
			    "EG105 fail device: 4 EFA cannot be opened, first 0000:10:1b.0 "
			    "(rdmap16s27): Operation not permitted");
}

static void the_jobs_library_is_the_first_of_its_path(void **state)
{
	char path[PATH_MAX], list[3 * PATH_MAX];

	(void)state;
	assert_false(eg_job_fabric_find("", path));
	assert_string_equal(path, "");
	tree_file("two/libfabric.so.1", "");
	tree_file("three/libfabric.so.1", "");
	(void)snprintf(list, sizeof(list), ":relative:%s/one:%s/two:%s/three", tree, tree, tree);
	assert_true(eg_job_fabric_find(list, path));
	assert_string_equal(path, tree_path("two/libfabric.so.1"));
	assert_false(eg_job_fabric_find("/nonexistent:/nowhere", path));
}

static void fill(struct eg_offer *offer, struct eg_result *result, uint16_t devices)
{
	memset(offer, 0, sizeof(*offer));
	memset(result, 0, sizeof(*result));
	offer->device_count = devices;
	result->round = 1;
	for (uint8_t i = 0; i < devices; i++) {
		offer->devices[i].pci = (struct eg_pci_addr){ .bus = (uint8_t)(0x10 + i) };
		(void)snprintf(offer->devices[i].name, sizeof(offer->devices[i].name), "rdma%u", i);
		result->rails[result->count++] = (struct eg_rail_result){
			.device = i,
			.state = EG_RAIL_OK,
			.alone_bytes = 1000,
			.alone_ns = 1000,
			.together_bytes = 500,
			.together_ns = 1000,
			.latency_p50_ns = 15200,
			.latency_p99_ns = 19000,
			.latency_samples = 9,
		};
	}
}

static void the_table_has_a_row_a_device(void **state)
{
	static const char *const names[] = { "n1", "n2" };
	EG_CLEANUP(eg_free) struct eg_offer *offer = malloc(sizeof(*offer));
	EG_CLEANUP(eg_free) struct eg_result *result = malloc(sizeof(*result));
	EG_CLEANUP(eg_free) char *text = NULL;
	struct eg_step_table table;

	(void)state;
	assert_int_equal(eg_step_table_init(&table, names, 2), 0);
	assert_null(eg_step_table_text(&table));
	fill(offer, result, 2);
	eg_step_table_add(&table, 0, offer, result);
	/* With a second partner the device fails: that counts. */
	result->rails[result->count++] = (struct eg_rail_result){
		.partner = 1, .device = 1, .state = EG_RAIL_FAILED, .text = "Unresponsive receiver"
	};
	/* And one with a device nobody offered. */
	result->rails[result->count++] = (struct eg_rail_result){ .device = 9 };
	eg_step_table_add(&table, 1, offer, result);
	/* A later stage measures nothing. */
	result->round = 2;
	result->rails[0].state = EG_RAIL_CORRUPT;
	eg_step_table_add(&table, 1, offer, result);
	eg_step_table_add(&table, 2, offer, result);
	text = eg_step_table_text(&table);
	assert_string_equal(
		text, "NODE  DEVICE  PCI             Gb/s  together    p50 us    p99 us  STATE\n"
		      "n1    rdma0   0000:10:00.0     8.0       4.0      15.2      19.0  ok\n"
		      "n1    rdma1   0000:11:00.0     8.0       4.0      15.2      19.0  ok\n"
		      "n2    rdma0   0000:10:00.0     8.0       4.0      15.2      19.0  ok\n"
		      "n2    rdma1   0000:11:00.0       -         -         -         -  failed: "
		      "Unresponsive receiver\n");
	eg_step_table_done(&table);
}

static void a_table_is_bounded(void **state)
{
	static const char *names[MANY];
	EG_CLEANUP(eg_free) struct eg_offer *offer = malloc(sizeof(*offer));
	EG_CLEANUP(eg_free) struct eg_result *result = malloc(sizeof(*result));
	EG_CLEANUP(eg_free) char *text = NULL;
	struct eg_step_table table;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		names[i] = "ip-10-0-0-1";
	assert_int_equal(eg_step_table_init(&table, names, MANY), 0);
	fill(offer, result, 32);
	for (uint32_t i = 0; i < MANY; i++)
		eg_step_table_add(&table, i, offer, result);
	text = eg_step_table_text(&table);
	assert_in_range(strlen(text), EG_STEP_TEXT_MAX / 2, EG_STEP_TEXT_MAX);
	assert_true(eg_step_text_valid(text, strlen(text)));
	assert_non_null(strstr(text, "\n(and "));
	assert_string_equal(strstr(text, " more devices)"), " more devices)\n");
	eg_step_table_done(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_has_a_name_of_its_own_on_each_node),
		cmocka_unit_test(a_note_says_why),
		cmocka_unit_test(a_step_is_judged_as_its_tasks_meet_the_node),
		cmocka_unit_test(a_library_or_a_variable_leads_away_from_efa),
		cmocka_unit_test(devices_that_a_step_was_not_given_are_no_fault_of_the_node),
		cmocka_unit_test_setup_teardown(the_jobs_library_is_the_first_of_its_path,
						tree_make, tree_remove),
		cmocka_unit_test(the_table_has_a_row_a_device),
		cmocka_unit_test(a_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
