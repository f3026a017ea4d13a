/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/finding.h"
#include "prolog/gate/decide.h"

static const struct {
	const char *id;
	enum eg_outcome outcome;
	enum eg_blame blame;
	bool proof;
} findings[] = {
	{ "EG101", EG_FAIL, EG_BLAME_NODE, true },
	{ "EG102", EG_FAIL, EG_BLAME_NODE, true },
	{ "EG103", EG_FAIL, EG_BLAME_DEVICE, true },
	{ "EG104", EG_FAIL, EG_BLAME_DEVICE, true },
	{ "EG105", EG_FAIL, EG_BLAME_DEVICE, true },
	{ "EG107", EG_FAIL, EG_BLAME_DEVICE, true },
	{ "EG110", EG_FAIL, EG_BLAME_DEVICE, true },
	/* Known from DMI alone. */
	{ "EG102", EG_WARN, EG_BLAME_NODE, false },
	{ "EG102", EG_UNKNOWN, EG_BLAME_NODE, false },
	{ "EG102", EG_PASS, EG_BLAME_NODE, false },
	/* Blame elsewhere. */
	{ "EG105", EG_FAIL, EG_BLAME_NONE, false },
	{ "EG105", EG_FAIL, EG_BLAME_PAIR, false },
	{ "EG101", EG_FAIL, EG_BLAME_CLUSTER, false },
	/* Not read from the node alone. */
	{ "EG106", EG_FAIL, EG_BLAME_DEVICE, false },
	{ "EG108", EG_FAIL, EG_BLAME_DEVICE, false },
	{ "EG203", EG_FAIL, EG_BLAME_NODE, false },
	{ "EG402", EG_FAIL, EG_BLAME_NODE, false },
	{ "EG403", EG_FAIL, EG_BLAME_DEVICE, false },
	{ "EG902", EG_UNKNOWN, EG_BLAME_NONE, false },
};

static void add(struct eg_findings *list, size_t row)
{
	struct eg_finding_spec spec = {
		.id = findings[row].id,
		.outcome = findings[row].outcome,
		.blame = findings[row].blame,
	};

	eg_findings_add(list, &spec, "row %zu", row);
}

static void only_a_fault_of_the_node_itself_is_proof(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(findings); i++) {
		struct eg_findings list = { 0 };

		print_message("[ finding  ] %s %s %s\n", findings[i].id,
			      eg_outcome_name(findings[i].outcome),
			      eg_blame_name(findings[i].blame));
		add(&list, i);
		assert_true((eg_gate_proof(&list, NULL) != NULL) == findings[i].proof);
	}
}

static void the_first_proof_among_others_is_taken(void **state)
{
	struct eg_findings list = { 0 };

	(void)state;
	assert_null(eg_gate_proof(&list, NULL));
	for (size_t i = EG_COUNT(findings); i-- > 0;)
		add(&list, i);
	assert_string_equal(eg_gate_proof(&list, NULL)->id, "EG110");
}

static const struct {
	struct eg_gate_view view;
	enum eg_gate_step step;
	int exit_code;
} views[] = {
	{ { .enforce = true, .read = true, .cap = 1 }, EG_GATE_RUN, 0 },
	{ { .enforce = true, .read = true, .out_of_service = true, .drained = 9, .cap = 1 },
	  EG_GATE_RUN,
	  0 },
	{ { 0 }, EG_GATE_RUN, 0 },
	{ { .proven = true, .read = true, .cap = 1 }, EG_GATE_OBSERVE, 0 },
	{ { .proven = true, .read = true, .out_of_service = true, .cap = 1 }, EG_GATE_OBSERVE, 0 },
	/* Nobody knows how many are drained already. */
	{ { .proven = true, .enforce = true, .cap = 1 }, EG_GATE_UNREAD, 0 },
	{ { .proven = true, .enforce = true, .read = true, .cap = 1 }, EG_GATE_DRAIN, 1 },
	{ { .proven = true, .enforce = true, .read = true, .drained = 59, .cap = 60 },
	  EG_GATE_DRAIN,
	  1 },
	{ { .proven = true, .enforce = true, .read = true, .out_of_service = true, .cap = 1 },
	  EG_GATE_KEEP,
	  1 },
	/* Out of service already: nothing more is taken away, so no cap. */
	{ { .proven = true,
	    .enforce = true,
	    .read = true,
	    .out_of_service = true,
	    .drained = 1,
	    .cap = 1 },
	  EG_GATE_KEEP,
	  1 },
	{ { .proven = true, .enforce = true, .read = true, .drained = 1, .cap = 1 },
	  EG_GATE_CAPPED,
	  0 },
	{ { .proven = true, .enforce = true, .read = true, .drained = 61, .cap = 60 },
	  EG_GATE_CAPPED,
	  0 },
	/* "Prolog error", for what this gate could not say then: no cap, it is gone already. */
	{ { .proven = true,
	    .enforce = true,
	    .read = true,
	    .out_of_service = true,
	    .owed = true,
	    .drained = 1,
	    .cap = 1 },
	  EG_GATE_DELIVER,
	  1 },
	{ { .proven = true, .enforce = true, .read = true, .owed = true, .cap = 1 },
	  EG_GATE_DRAIN,
	  1 },
	/* Just booted: said, whatever Slurm says. */
	{ { .proven = true, .enforce = true, .grace = true, .cap = 1 }, EG_GATE_GRACE, 0 },
	{ { .proven = true, .grace = true }, EG_GATE_OBSERVE, 0 },
};

static void the_step_follows_from_how_things_stand(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(views); i++) {
		print_message("[ view     ] row %zu\n", i);
		assert_int_equal(eg_gate_decide(&views[i].view), views[i].step);
		assert_int_equal(eg_gate_exit_code(views[i].step), views[i].exit_code);
	}
}

static void a_drain_that_was_allowed_keeps_the_job_away_even_when_it_fails(void **state)
{
	(void)state;
	assert_int_equal(eg_gate_exit_code(EG_GATE_UNDONE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_fault_of_the_node_itself_is_proof),
		cmocka_unit_test(the_first_proof_among_others_is_taken),
		cmocka_unit_test(the_step_follows_from_how_things_stand),
		cmocka_unit_test(a_drain_that_was_allowed_keeps_the_job_away_even_when_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
