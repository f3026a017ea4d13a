/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/finding.h"
#include "common/verdict/reason.h"

#define A10 "aaaaaaaaaa"
#define A80 A10 A10 A10 A10 A10 A10 A10 A10

static const struct {
	const char *text;
	uint32_t job_id;
	const char *reason;
} reasons[] = {
	{ "3/4 EFA on PCI, missing 0000:90:1b.0", 17,
	  "efagate EG102: 3/4 EFA on PCI, missing 0000:90:1b.0 (job 17)" },
	{ "3/4 EFA on PCI", 0, "efagate EG102: 3/4 EFA on PCI" },
	{ "a\nb\t\"c\" \xc3\xa9", 1, "efagate EG102: a b 'c'    (job 1)" },
	/* 105 characters are left for a text without job, 88 with the longest job. */
	{ A80 A10 A10 "aaaaa", 0, "efagate EG102: " A80 A10 A10 "aaaaa" },
	{ A80 A10 A10 "aaaaaa", 0, "efagate EG102: " A80 A10 A10 "aa..." },
	{ A80 "aaaaaaaa", UINT32_MAX, "efagate EG102: " A80 "aaaaaaaa (job 4294967295)" },
	{ A80 A10, UINT32_MAX, "efagate EG102: " A80 "aaaaa... (job 4294967295)" },
};

static void a_reason_is_one_line_of_120_characters(void **state)
{
	char text[EG_REASON_MAX];

	(void)state;
	for (size_t i = 0; i < EG_COUNT(reasons); i++) {
		struct eg_finding finding = { .id = "EG102" };

		strcpy(finding.text, reasons[i].text);
		assert_ptr_equal(eg_reason_text(&finding, reasons[i].job_id, text), text);
		assert_string_equal(text, reasons[i].reason);
		assert_true(strlen(text) <= 120);
		assert_true(eg_reason_is_ours(text));
	}
}

static void only_our_own_reasons_are_ours(void **state)
{
	static const char *const others[] = {
		"",
		"efagate",
		"efagate ",
		"efagate EG",
		"efagate EG10",
		"efagate EG102",
		"efagate EG102:",
		"efagate EG1x2: text",
		"efagate EG1022: text",
		"efagate is broken",
		"Efagate EG102: text",
		" efagate EG102: text",
		"Prolog error",
		"see efagate EG102: text",
	};

	(void)state;
	for (size_t i = 0; i < EG_COUNT(others); i++)
		assert_false(eg_reason_is_ours(others[i]));
	assert_true(eg_reason_is_ours("efagate EG102: text"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reason_is_one_line_of_120_characters),
		cmocka_unit_test(only_our_own_reasons_are_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
