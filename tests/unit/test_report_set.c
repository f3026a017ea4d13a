/* SPDX-License-Identifier: BSD-3-Clause */
/* Many reports: each file is read once, the newest of each node is kept. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/verdict/report.h"
#include "prolog/commands/report_file.h"
#include "prolog/commands/report_set.h"

static char folder[] = "/tmp/efagate-set.XXXXXX";

static FILE *new_file(const char *name)
{
	char path[80];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	return file;
}

static void put(const char *name, const char *node, int hour, const char *type)
{
	FILE *file = new_file(name);

	fprintf(file,
		"{\"schema\":\"efagate.report/1\",\"time\":\"2026-01-01T%02d:00:00Z\","
		"\"trigger\":\"check\",\"node\":\"%s\",\"verdict\":\"pass\","
		"\"instance\":{\"type\":\"%s\"},\"devices\":[],\"findings\":[]}\n",
		hour, node, type);
	assert_int_equal(fclose(file), 0);
}

static void remove_files(struct eg_report_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		(void)unlink(paths->paths[i]);
}

static void add_type(const struct eg_report_row *row, const struct eg_report *report, void *context)
{
	char *types = context;

	assert_string_equal(row->node, report->facts.node);
	(void)snprintf(types + strlen(types), 200 - strlen(types), "%s=%s ", row->node,
		       report->facts.instance.type);
}

static void the_newest_of_each_node_is_there_when_all_files_are_gone(void **state)
{
	EG_CLEANUP(eg_report_paths_done) struct eg_report_paths paths = { 0 };
	EG_CLEANUP(eg_report_set_done) struct eg_report_set set = { 0 };
	char types[200] = "";

	(void)state;
	put("a.json", "n2", 3, "newest");
	put("b.json", "n10", 1, "old");
	put("c.json", "n2", 1, "old");
	put("d.json", "n10", 2, "first of two");
	put("e.json", "n10", 2, "second of two");
	put("f.json", "n1", 9, "only");
	put("g.json", "n2", 2, "old");
	assert_int_equal(eg_report_paths_add(&paths, folder, NULL), 0);
	assert_int_equal(eg_report_set_read(&paths, &set), 0);
	remove_files(&paths);
	assert_int_equal(set.count, 7);
	assert_int_equal(set.nodes, 3);
	assert_int_equal(set.unreadable, 0);
	assert_int_equal(eg_report_set_visit(&set, add_type, types), 0);
	assert_string_equal(types, "n1=only n2=newest n10=second of two ");
	for (size_t i = 0; i < set.count; i++) {
		assert_int_equal(set.rows[i].newest, set.rows[i].text != NULL);
		assert_null(set.rows[i].said);
		if (i)
			assert_true(strverscmp(set.rows[i - 1].node, set.rows[i].node) <= 0);
	}
}

/* Surveys at @hour of that day: n1 took part, n2 did not. */
static void put_survey(const char *name, int hour)
{
	FILE *file = new_file(name);

	fprintf(file,
		"{\"schema\":\"efagate.survey/1\",\"time\":%d,\"job_id\":7,\"findings\":[],"
		"\"nodes\":[{\"node\":\"n1\",\"state\":\"ready\",\"devices\":4,"
		"\"instance_type\":\"of the survey\",\"findings\":[]},"
		"{\"node\":\"n2\",\"state\":\"lost\",\"findings\":[]}]}\n",
		1767225600 + hour * 3600);
	assert_int_equal(fclose(file), 0);
}

static void add_survey(const struct eg_report_row *row, const struct eg_report *report,
		       void *context)
{
	char *all = context;

	(void)snprintf(all + strlen(all), 200 - strlen(all), "%s=%s:%s:%s:%zu ", row->node,
		       row->trigger, report->trigger, report->facts.instance.type,
		       report->findings.count);
}

static void the_newest_survey_says_what_was_found_where_a_node_took_part(void **state)
{
	static const struct {
		int survey, report; /* hours, 0: none */
		const char *all;
	} cases[] = {
		{ 5, 0, "n1=survey:survey:of the survey:0 n2=survey:survey::1 " },
		{ 5, 3, "n1=survey:survey:whole:0 n2=check:check:whole:0 " },
		{ 3, 5, "n1=check:check:whole:0 n2=check:check:whole:0 " },
	};

	(void)state;
	for (size_t i = 0; i < EG_COUNT(cases); i++) {
		EG_CLEANUP(eg_report_paths_done) struct eg_report_paths paths = { 0 };
		EG_CLEANUP(eg_report_set_done) struct eg_report_set set = { 0 };
		char all[200] = "";

		put_survey("a.json", cases[i].survey);
		put_survey("b.json", cases[i].survey - 1);
		for (int node = 1; cases[i].report && node <= 2; node++)
			put(node == 1 ? "c.json" : "d.json", node == 1 ? "n1" : "n2",
			    cases[i].report, "whole");
		assert_int_equal(eg_report_paths_add(&paths, folder, NULL), 0);
		assert_int_equal(eg_report_set_read(&paths, &set), 0);
		remove_files(&paths);
		assert_int_equal(set.count, cases[i].report ? 6 : 4);
		assert_int_equal(set.nodes, 2);
		assert_int_equal(set.surveys, 2);
		assert_int_equal(set.common_time, 1767225600 + cases[i].survey * 3600);
		assert_int_equal(eg_report_set_visit(&set, add_survey, all), 0);
		assert_string_equal(all, cases[i].all);
	}
}

static void what_cannot_be_read_is_counted_and_the_rest_is_there(void **state)
{
	EG_CLEANUP(eg_report_paths_done) struct eg_report_paths paths = { 0 };
	EG_CLEANUP(eg_report_set_done) struct eg_report_set set = { 0 };
	char types[200] = "", path[80];

	(void)state;
	put("a.json", "n1", 1, "good");
	put("b.json", "n1", 30, "bad time");
	(void)snprintf(path, sizeof(path), "%s/c.json", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(eg_report_paths_add(&paths, folder, NULL), 0);
	assert_int_equal(eg_report_set_read(&paths, &set), 0);
	remove_files(&paths);
	assert_int_equal(set.unreadable, 2);
	assert_int_equal(eg_report_set_visit(&set, add_type, types), 0);
	assert_string_equal(types, "n1=good ");
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_of_each_node_is_there_when_all_files_are_gone),
		cmocka_unit_test(the_newest_survey_says_what_was_found_where_a_node_took_part),
		cmocka_unit_test(what_cannot_be_read_is_counted_and_the_rest_is_there),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
