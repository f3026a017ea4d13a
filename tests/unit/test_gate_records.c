/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "prolog/config.h"
#include "prolog/gate/debt.h"
#include "prolog/gate/pass.h"
#include "prolog/gate/slurm_nodes.h"
#include "prolog/gate/strikes.h"

static void a_pass_counts_for_its_time(void **state)
{
	(void)state;
	assert_true(eg_pass_is_fresh(100, 100, 1));
	assert_true(eg_pass_is_fresh(100, 159, 60));
	assert_false(eg_pass_is_fresh(100, 160, 60));
	assert_false(eg_pass_is_fresh(101, 100, 60));
	assert_false(eg_pass_is_fresh(0, 10, 60));
	assert_false(eg_pass_is_fresh(100, 100, 0));
}

static const struct eg_strike now = {
	.time = 1000, .job_id = 2, .boot_id = "b", .instance = "i", .id = "EG403", .subject = "s"
};

/* The earlier strike, and whether it agrees with the one above. */
static const struct {
	struct eg_strike then;
	bool agrees;
} rows[] = {
	{ { 940, 1, "b", "i", "EG403", "s", "" }, true },
	{ { 941, 1, "b", "i", "EG403", "s", "" }, false },
	{ { 400, 1, "b", "i", "EG403", "s", "" }, true },
	{ { 399, 1, "b", "i", "EG403", "s", "" }, false },
	{ { 1060, 1, "b", "i", "EG403", "s", "" }, false },
	{ { 940, 2, "b", "i", "EG403", "s", "" }, false },
	{ { 940, 1, "c", "i", "EG403", "s", "" }, false },
	{ { 940, 1, "b", "j", "EG403", "s", "" }, false },
	{ { 940, 1, "b", "i", "EG402", "s", "" }, false },
	{ { 940, 1, "b", "i", "EG403", "t", "" }, false },
};

static void a_second_session_agrees_only_on_the_same(void **state)
{
	struct eg_config config;

	(void)state;
	eg_config_init(&config);
	config.strike_gap_s = 60;
	config.strike_window_s = 600;
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		EG_CLEANUP(eg_free) struct eg_strikes *strikes = calloc(1, sizeof(*strikes));

		print_message("[ strike   ] row %zu\n", i);
		assert_non_null(strikes);
		strikes->list[0] = rows[i].then;
		strikes->count = 1;
		assert_true((eg_strikes_agreeing(strikes, &now, &config) != NULL) ==
			    rows[i].agrees);
	}
}

static void a_broken_file_of_strikes_accuses_nobody(void **state)
{
	char text[] = "940\t1\tb\ti\tEG403\ts\tfails with n1\n"
		      "nonsense\n\n\t\t\t\t\t\t\n"
		      "941\t1\tb\ti\tEG403\ts\n"
		      "942\t1\tb\ti\tEG403\ts\tx\ty\n"
		      "-5\t1\tb\ti\tEG403\ts\tx\n"
		      "943\t3\tb\t\tEG402\t\tnode";
	EG_CLEANUP(eg_free) struct eg_strikes *strikes = calloc(1, sizeof(*strikes));

	(void)state;
	assert_non_null(strikes);
	eg_strikes_parse(text, strikes);
	assert_int_equal(strikes->count, 2);
	assert_string_equal(strikes->list[0].text, "fails with n1");
	assert_int_equal(strikes->list[1].job_id, 3);
	assert_string_equal(strikes->list[1].instance, "");
	assert_string_equal(strikes->list[1].text, "node");
}

static void only_a_bare_prolog_error_of_that_time_is_owed(void **state)
{
	static const struct {
		const char *reason;
		int64_t time;
		bool out, matches;
	} nodes[] = {
		{ "Prolog error", 1000, true, true },	{ "Prolog error", 940, true, true },
		{ "Prolog error", 939, true, false },	{ "Prolog error", 4600, true, true },
		{ "Prolog error", 4601, true, false },	{ "Prolog error", 1000, false, false },
		{ "Prolog error ", 1000, true, false }, { "Prolog error: fan", 1000, true, false },
		{ "fan", 1000, true, false },		{ "", 1000, true, false },
	};
	struct eg_debt debt = { .time = 1000, .reason = "efagate EG102: x" };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(nodes); i++) {
		struct eg_slurm_node node = { .out_of_service = nodes[i].out,
					      .reason_time = nodes[i].time };

		strcpy(node.reason, nodes[i].reason);
		print_message("[ debt     ] row %zu\n", i);
		assert_int_equal(eg_debt_matches(&debt, &node), nodes[i].matches);
	}
	assert_false(eg_debt_is_old(&debt, 4600));
	assert_true(eg_debt_is_old(&debt, 4601));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pass_counts_for_its_time),
		cmocka_unit_test(a_second_session_agrees_only_on_the_same),
		cmocka_unit_test(a_broken_file_of_strikes_accuses_nobody),
		cmocka_unit_test(only_a_bare_prolog_error_of_that_time_is_owed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
