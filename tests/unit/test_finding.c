/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/finding.h"

/* Every id of the design, in order; a new one is added here and in ids.c. */
static const char *const all_ids[] = {
	"EG101", "EG102", "EG103", "EG104", "EG105", "EG106", "EG107", "EG108",
	"EG109", "EG110", "EG111", "EG201", "EG202", "EG203", "EG204", "EG205",
	"EG206", "EG207", "EG301", "EG401", "EG402", "EG403", "EG404", "EG405",
	"EG406", "EG407", "EG408", "EG409", "EG410", "EG901", "EG902", "EG903",
};

static void the_table_has_every_id_once_and_in_order(void **state)
{
	const struct eg_id_text *table = eg_id_table();
	size_t i = 0;

	(void)state;
	for (; table[i].id; i++) {
		assert_true(i < EG_COUNT(all_ids));
		assert_string_equal(table[i].id, all_ids[i]);
		assert_true(strlen(table[i].title) > 0 && strlen(table[i].causes) > 0);
		assert_true(strlen(table[i].remedy) > 0);
		assert_true(strlen(table[i].remedy) < sizeof(((struct eg_finding *)0)->remedy));
		assert_ptr_equal(eg_id_find(table[i].id), &table[i]);
	}
	assert_int_equal(i, EG_COUNT(all_ids));
	assert_null(eg_id_find("EG999"));
	assert_null(eg_id_find(NULL));
}

static void words_go_there_and_back(void **state)
{
	(void)state;
	for (int i = EG_PASS; i <= EG_FAIL; i++)
		assert_int_equal(eg_outcome_parse(eg_outcome_name((enum eg_outcome)i)), i);
	for (int i = EG_BLAME_NONE; i <= EG_BLAME_CLUSTER; i++)
		assert_int_equal(eg_blame_parse(eg_blame_name((enum eg_blame)i)), i);
	assert_int_equal(eg_outcome_parse("good"), -1);
	assert_int_equal(eg_blame_parse(""), -1);
	assert_int_equal(eg_outcome_exit_code(EG_PASS), 0);
	assert_int_equal(eg_outcome_exit_code(EG_WARN), 1);
	assert_int_equal(eg_outcome_exit_code(EG_FAIL), 2);
	assert_int_equal(eg_outcome_exit_code(EG_UNKNOWN), 3);
}

static void add(struct eg_findings *findings, const char *id, enum eg_outcome outcome)
{
	struct eg_finding_spec spec = { .id = id, .outcome = outcome, .blame = EG_BLAME_NODE };

	eg_findings_add(findings, &spec, "number %zu", findings->count);
}

static void the_worst_is_the_first_of_its_outcome(void **state)
{
	EG_CLEANUP(eg_free) struct eg_findings *findings = calloc(1, sizeof(*findings));

	(void)state;
	assert_null(eg_findings_worst(findings));
	assert_int_equal(eg_findings_outcome(findings), EG_PASS);
	add(findings, "EG203", EG_WARN);
	assert_int_equal(eg_findings_outcome(findings), EG_WARN);
	add(findings, "EG901", EG_UNKNOWN);
	assert_int_equal(eg_findings_outcome(findings), EG_UNKNOWN);
	add(findings, "EG103", EG_FAIL);
	add(findings, "EG105", EG_FAIL);
	assert_int_equal(eg_findings_outcome(findings), EG_FAIL);
	assert_string_equal(eg_findings_worst(findings)->id, "EG103");
	assert_string_equal(eg_findings_worst(findings)->text, "number 2");
	assert_string_equal(eg_findings_worst(findings)->remedy, eg_id_find("EG103")->remedy);
	assert_string_equal(eg_findings_worst(findings)->subject, "");
}

static void a_full_list_never_drops_what_decides(void **state)
{
	EG_CLEANUP(eg_free) struct eg_findings *findings = calloc(1, sizeof(*findings));

	(void)state;
	for (size_t i = 0; i < EG_FINDINGS_MAX + 2; i++)
		add(findings, "EG408", EG_WARN);
	assert_int_equal(findings->count, EG_FINDINGS_MAX);
	assert_int_equal(findings->dropped, 2);
	add(findings, "EG402", EG_FAIL);
	assert_int_equal(findings->count, EG_FINDINGS_MAX);
	assert_int_equal(findings->dropped, 3);
	assert_int_equal(eg_findings_outcome(findings), EG_FAIL);
	assert_string_equal(eg_findings_worst(findings)->id, "EG402");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_every_id_once_and_in_order),
		cmocka_unit_test(words_go_there_and_back),
		cmocka_unit_test(the_worst_is_the_first_of_its_outcome),
		cmocka_unit_test(a_full_list_never_drops_what_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
