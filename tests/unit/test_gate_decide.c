/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/finding.h"
#include "common/verdict/reason.h"
#include "prolog/gate/decide.h"
#include "prolog/policy.h"

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

static void traffic_is_a_suspicion_and_no_proof(void **state)
{
	struct eg_findings list = { 0 };
	struct eg_policy policy;
	const struct eg_finding *found;

	(void)state;
	for (size_t i = 0; i < EG_COUNT(findings); i++)
		add(&list, i);
	found = eg_gate_suspicion(&list, NULL, 0);
	assert_string_equal(found->id, "EG402");
	found = eg_gate_suspicion(&list, NULL, (size_t)(found - list.list) + 1);
	assert_string_equal(found->id, "EG403");
	assert_null(eg_gate_suspicion(&list, NULL, (size_t)(found - list.list) + 1));
	eg_policy_init(&policy);
	assert_int_equal(eg_policy_set(&policy, "EG402", "warn", NULL), 0);
	assert_string_equal(eg_gate_suspicion(&list, &policy, 0)->id, "EG403");
	assert_int_equal(eg_policy_set(&policy, "EG101", "warn", NULL), 0);
	assert_int_equal(eg_policy_set(&policy, "EG108", "drain", NULL), 0);
	assert_string_equal(eg_gate_proof(&list, &policy)->id, "EG102");
}

static void what_is_ignored_passes(void **state)
{
	struct eg_findings list = { 0 };
	struct eg_policy policy;

	(void)state;
	eg_policy_init(&policy);
	add(&list, 1);
	eg_policy_apply(&policy, &list);
	assert_int_equal(eg_findings_outcome(&list), EG_FAIL);
	assert_int_equal(eg_policy_set(&policy, "EG102", "ignore", NULL), 0);
	eg_policy_apply(&policy, &list);
	assert_int_equal(eg_findings_outcome(&list), EG_PASS);
}

/* template, job, reason */
static const struct {
	const char *template;
	uint32_t job_id;
	const char *reason;
} reasons[] = {
	{ "", 17, "efagate EG102: row 1 (job 17)" },
	{ "", 0, "efagate EG102: row 1" },
	{ "Action:Replace", 17, "Action:Replace" },
	{ "{id}", 17, "EG102" },
	{ "EFA {id}, {text}{job}!", 17, "EFA EG102, row 1 (job 17)!" },
	{ "{text}{job}", 0, "row 1" },
	{ "{other} {", 17, "{other} {" },
	{ "say \"{id}\"\t", 17, "say 'EG102' " },
	{ "{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}"
	  "{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}{text}",
	  17,
	  "row 1row 1row 1row 1row 1row 1row 1row 1row 1row 1row 1row 1row 1row 1row 1row 1row 1row 1"
	  "row 1row 1row 1row 1row 1row 1" },
};

static void a_template_makes_the_reason(void **state)
{
	struct eg_findings list = { 0 };
	char reason[EG_REASON_MAX];

	(void)state;
	add(&list, 1);
	for (size_t i = 0; i < EG_COUNT(reasons); i++)
		assert_string_equal(eg_gate_reason(reasons[i].template, &list.list[0],
						   reasons[i].job_id, reason),
				    reasons[i].reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_fault_of_the_node_itself_is_proof),
		cmocka_unit_test(the_first_proof_among_others_is_taken),
		cmocka_unit_test(the_step_follows_from_how_things_stand),
		cmocka_unit_test(traffic_is_a_suspicion_and_no_proof),
		cmocka_unit_test(what_is_ignored_passes),
		cmocka_unit_test(a_template_makes_the_reason),
		cmocka_unit_test(a_drain_that_was_allowed_keeps_the_job_away_even_when_it_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
