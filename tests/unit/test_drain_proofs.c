/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/report.h"
#include "prolog/gate/proofs.h"
#include "prolog/gate/trusted.h"

/* Reports in the order they are read; what is then believed of node n3. */
static const struct {
	struct {
		int64_t time;
		enum eg_outcome outcome;
	} reports[3];
	bool proven;
	const char *reason;
} rows[] = {
	{ { { 10, EG_FAIL } }, true, "efagate EG102: found at 10 (job 17)" },
	{ { { 10, EG_PASS } }, false, "" },
	{ { { 10, EG_WARN } }, false, "" },
	{ { { 10, EG_UNKNOWN } }, false, "" },
	{ { { 10, EG_FAIL }, { 20, EG_PASS } }, false, "" },
	{ { { 20, EG_PASS }, { 10, EG_FAIL } }, false, "" },
	{ { { 10, EG_PASS }, { 20, EG_FAIL } }, true, "efagate EG102: found at 20 (job 17)" },
	{ { { 20, EG_FAIL }, { 10, EG_FAIL } }, true, "efagate EG102: found at 20 (job 17)" },
	/* Of one second, whatever the order, the one that accuses nobody. */
	{ { { 10, EG_FAIL }, { 10, EG_PASS } }, false, "" },
	{ { { 10, EG_PASS }, { 10, EG_FAIL } }, false, "" },
	/* What could not be measured ends no accusation, in whatever order. */
	{ { { 10, EG_FAIL }, { 20, EG_UNKNOWN } }, true, "efagate EG102: found at 10 (job 17)" },
	{ { { 20, EG_UNKNOWN }, { 10, EG_FAIL } }, true, "efagate EG102: found at 10 (job 17)" },
	{ { { 20, EG_UNKNOWN }, { 10, EG_FAIL }, { 15, EG_PASS } }, false, "" },
};

static void add(struct eg_proofs *proofs, const char *node, int64_t time, enum eg_outcome outcome)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_finding_spec spec = { .id = "EG102", .outcome = outcome, .blame = EG_BLAME_NODE };

	assert_non_null(report);
	strcpy(report->facts.node, node);
	report->time = time;
	report->job_id = 17;
	if (outcome != EG_PASS)
		eg_findings_add(&report->findings, &spec, "found at %d", (int)time);
	assert_int_equal(eg_proofs_add(proofs, report), 0);
}

static void the_newest_report_of_a_node_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		EG_CLEANUP(eg_proofs_done) struct eg_proofs proofs = { 0 };

		print_message("[ reports  ] row %zu\n", i);
		for (size_t k = 0; k < 3 && rows[i].reports[k].time; k++)
			add(&proofs, "n3", rows[i].reports[k].time, rows[i].reports[k].outcome);
		assert_int_equal(proofs.count, 1);
		assert_int_equal(proofs.list[0].proven, rows[i].proven);
		assert_string_equal(proofs.list[0].reason, rows[i].reason);
	}
}

static void nodes_are_kept_apart_and_in_order(void **state)
{
	EG_CLEANUP(eg_proofs_done) struct eg_proofs proofs = { 0 };

	(void)state;
	add(&proofs, "n3", 1, EG_FAIL);
	add(&proofs, "n1", 1, EG_PASS);
	add(&proofs, "n2", 1, EG_FAIL);
	assert_int_equal(proofs.count, 3);
	assert_string_equal(proofs.list[0].node, "n1");
	assert_string_equal(proofs.list[1].node, "n2");
	assert_string_equal(proofs.list[2].node, "n3");
	assert_false(proofs.list[0].proven);
	assert_true(proofs.list[2].proven);
}

static void a_report_of_many_nodes_is_refused(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_proofs_done) struct eg_proofs proofs = { 0 };

	(void)state;
	assert_non_null(report);
	strcpy(report->facts.node, "n[1-64]");
	assert_int_equal(eg_proofs_add(&proofs, report), -EINVAL);
	assert_int_equal(proofs.count, 0);
}

static void a_file_of_the_system_is_trusted(void **state)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	EG_CLEANUP(eg_free) char *text = NULL;
	struct eg_err err = { 0 };
	size_t length = 0;

	(void)state;
	fd = eg_trusted_open("/etc//passwd", &err);
	assert_string_equal(err.text, "");
	assert_true(fd >= 0);
	text = eg_trusted_read(fd, "/etc/passwd", &length, &err);
	assert_non_null(text);
	assert_int_equal(strlen(text), length);
}

static void what_others_can_write_is_not_trusted(void **state)
{
	char file[] = "/tmp/efagate-trusted.XXXXXX";
	EG_CLEANUP(eg_close_fd) int fd = mkstemp(file);
	struct eg_err err = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(eg_trusted_open(file, &err), -EPERM);
	assert_string_equal(err.text, "'/tmp': others than root can write to it");
	assert_int_equal(eg_trusted_open("/etc/../tmp", &err), -EPERM);
	assert_string_equal(err.text, "'/etc/../tmp': others than root can write to it");
	assert_int_equal(eg_trusted_open("/proc/self/status", &err), -EPERM);
	assert_string_equal(err.text, "'/proc/self': is a symbolic link");
	assert_int_equal(eg_trusted_open("/dev/null", &err), -EPERM);
	assert_string_equal(err.text, "'/dev/null': not a regular file");
	assert_int_equal(eg_trusted_open("/etc/no-such-file", &err), -ENOENT);
	assert_string_equal(err.text, "'/etc/no-such-file': No such file or directory");
	assert_int_equal(eg_trusted_open("", &err), -ENOENT);
	(void)unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_report_of_a_node_counts),
		cmocka_unit_test(nodes_are_kept_apart_and_in_order),
		cmocka_unit_test(a_report_of_many_nodes_is_refused),
		cmocka_unit_test(a_file_of_the_system_is_trusted),
		cmocka_unit_test(what_others_can_write_is_not_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
