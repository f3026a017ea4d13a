/* SPDX-License-Identifier: BSD-3-Clause */
/* What the plan and the judge make of failures that come and go, and of nodes alone. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/failed_rails.h"
#include "common/burst/stage_time.h"
#include "common/burst/told.h"
#include "common/burst/wire.h"
#include "tests/unit/fabric_sim.h"

/* What does not work; node numbers count from 0. */
static struct {
	uint32_t lone; /* reaches only itself; 0 none, as node 0 */
	uint32_t dead; /* reaches nothing; 0 none */
	uint32_t out; /* reaches nothing until @out_stage; 0 none */
	unsigned int out_stage;
	bool cut; /* the pairs of stage 1 whose nodes' sum is a multiple of 16 */
	unsigned int flaky_percent; /* of pairs in stage 1 */
} fabric;

static bool is_flaky(uint32_t a, uint32_t b)
{
	uint32_t low = a < b ? a : b, high = a < b ? b : a;

	return (low * 2654435761u ^ high * 40503u) % 100 < fabric.flaky_percent;
}

static enum eg_rail_state state_of(const struct sim *sim, uint32_t node, uint8_t device,
				   uint32_t other, uint8_t peer, unsigned int stage)
{
	bool failed;

	(void)sim;
	(void)device;
	(void)peer;
	failed = fabric.dead && (node == fabric.dead || other == fabric.dead);
	failed |= fabric.lone && node != other && (node == fabric.lone || other == fabric.lone);
	failed |= fabric.out && stage <= fabric.out_stage &&
		  (node == fabric.out || other == fabric.out);
	failed |= fabric.cut && node != other && (node + other) % 16 == 0;
	failed |= stage == 1 && is_flaky(node, other);
	return failed ? EG_RAIL_FAILED : EG_RAIL_OK;
}

static void run(struct sim *sim)
{
	sim->state = state_of;
	assert_int_equal(sim_run(sim), 0);
}

/* How many findings of @id and @outcome there are, and that there is nothing else. */
static void only(const struct sim *sim, const char *id, enum eg_outcome outcome, size_t count)
{
	assert_int_equal(sim->findings.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(sim->findings.list[i].finding.id, id);
		assert_int_equal(sim->findings.list[i].finding.outcome, outcome);
	}
}

static void an_island_of_one_is_not_dead(void **state)
{
	(void)state;
	for (uint32_t nodes = 4; nodes <= 12; nodes++) {
		for (uint64_t seed = 0; seed < 50; seed++) {
			struct sim sim = { .nodes = nodes, .devices = 4, .seed = seed };

			memset(&fabric, 0, sizeof(fabric));
			fabric.lone = 1;
			run(&sim);
			only(&sim, "EG409", EG_FAIL, 1);
			assert_int_equal(sim.findings.list[0].node, 1);
			assert_int_equal(sim.findings.list[0].finding.blame, EG_BLAME_CLUSTER);
			assert_string_equal(sim.findings.list[0].finding.text,
					    "reaches no other node, though its own devices reach "
					    "each other: security group, subnet or zone");
			eg_traffic_findings_done(&sim.findings);
		}
	}
}

static void a_dead_node_beside_an_island_of_one_is_blamed(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct sim sim = { .nodes = 12, .devices = 4, .seed = seed };

		memset(&fabric, 0, sizeof(fabric));
		fabric.lone = 1;
		fabric.dead = 5;
		run(&sim);
		assert_int_equal(sim.findings.count, 2);
		assert_int_equal(sim.findings.list[0].node, 1);
		assert_string_equal(sim.findings.list[0].finding.id, "EG409");
		assert_int_equal(sim.findings.list[1].node, 5);
		assert_string_equal(sim.findings.list[1].finding.id, "EG402");
		eg_traffic_findings_done(&sim.findings);
	}
}

static void who_was_out_for_a_while_is_a_warning(void **state)
{
	(void)state;
	for (unsigned int stage = 1; stage < EG_STAGES; stage++) {
		for (uint64_t seed = 0; seed < 50; seed++) {
			struct sim sim = { .nodes = 16, .devices = 4, .seed = seed };

			memset(&fabric, 0, sizeof(fabric));
			fabric.out = 3;
			fabric.out_stage = stage;
			run(&sim);
			/* One a partner that was not met again. */
			assert_in_range(sim.findings.count, 1, 4);
			only(&sim, "EG407", EG_WARN, sim.findings.count);
			eg_traffic_findings_done(&sim.findings);
		}
	}
}

static void pairs_that_cut_the_ring_are_no_islands(void **state)
{
	bool seen = false;

	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct sim sim = { .nodes = 64, .devices = 2, .seed = seed };

		memset(&fabric, 0, sizeof(fabric));
		fabric.cut = true;
		run(&sim);
		for (size_t i = 0; i < sim.findings.count; i++)
			assert_string_equal(sim.findings.list[i].finding.id, "EG407");
		seen |= sim.findings.count >= 2;
		eg_traffic_findings_done(&sim.findings);
	}
	assert_true(seen);
}

static void many_warnings_are_counted_not_listed(void **state)
{
	struct sim sim = { .nodes = 256, .devices = 2, .seed = 1 };
	const struct eg_traffic_finding *last;

	(void)state;
	memset(&fabric, 0, sizeof(fabric));
	fabric.flaky_percent = 20;
	run(&sim);
	only(&sim, "EG407", EG_WARN, 17);
	last = &sim.findings.list[16];
	assert_int_equal(last->node, EG_NODE_ALL);
	assert_non_null(
		strstr(last->finding.text, " more pairs of nodes that also pass with each other"));
	assert_non_null(strstr(sim.findings.list[0].finding.text, "failed once with n"));
	assert_non_null(strstr(sim.findings.list[0].finding.text, " and passed when tried again"));
	eg_traffic_findings_done(&sim.findings);
}

/* The first @first nodes are of one type, the rest of another: what the judge says. */
static struct eg_traffic_findings of_types(uint32_t nodes, uint32_t first, const char *one,
					   const char *other)
{
	static struct eg_offer offer;
	static struct eg_round order;
	static struct eg_result result;
	struct sim sim = { .nodes = nodes, .devices = 2, .state = state_of };
	struct eg_traffic_findings findings = { 0 };
	struct eg_conduct conduct;

	memset(&fabric, 0, sizeof(fabric));
	sim_name_nodes();
	sim_offer(2, &offer);
	assert_int_equal(eg_conduct_init(&conduct, nodes, sim_names, 3), 0);
	for (uint32_t i = 0; i < nodes; i++) {
		strcpy(offer.instance_type, i < first ? one : other);
		assert_int_equal(eg_conduct_offer(&conduct, i, &offer), 0);
	}
	while (eg_conduct_next(&conduct) > 0) {
		for (uint32_t i = 0; i < nodes; i++) {
			eg_conduct_round(&conduct, i, 1000, &order);
			for (uint16_t k = 0; k < order.partner_count; k++) {
				if (strcmp(one, other) != 0 && strcmp(one, "c5n.18xlarge") != 0)
					assert_true((order.partners[k].index < first) ==
						    (i < first));
			}
			sim_answer(&sim, i, &order, &result);
			assert_int_equal(eg_conduct_result(&conduct, i, &result), 0);
		}
		assert_int_equal(eg_conduct_end_stage(&conduct), 0);
	}
	assert_int_equal(eg_conduct_judge(&conduct, &findings), 0);
	eg_conduct_done(&conduct);
	return findings;
}

static void types_that_cannot_talk_are_only_paired_within(void **state)
{
	struct eg_traffic_findings findings = of_types(6, 3, "p4d.24xlarge", "p5.48xlarge");

	(void)state;
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.list[0].finding.id, "EG409");
	assert_string_equal(findings.list[0].finding.text,
			    "EFA of p4d.24xlarge (n1) and of p5.48xlarge (n4) cannot talk: each "
			    "type was tried within itself only");
	eg_traffic_findings_done(&findings);
	/* A node without a partner is asked about itself. */
	findings = of_types(2, 1, "p4de.24xlarge", "dl1.24xlarge");
	assert_int_equal(findings.count, 1);
	eg_traffic_findings_done(&findings);
	findings = of_types(6, 3, "c5n.18xlarge", "p5.48xlarge");
	assert_int_equal(findings.count, 0);
	eg_traffic_findings_done(&findings);
	findings = of_types(6, 3, "p4d.24xlarge", "p4d.24xlarge");
	assert_int_equal(findings.count, 0);
	eg_traffic_findings_done(&findings);
}

/* Nothing reaches anything, and the provider says @error: what the judge says. */
static void closed_with(int32_t error, const char *text)
{
	static struct eg_offer offer;
	const struct eg_offer *offers[3] = { &offer, &offer, &offer };
	struct eg_tries tries = { 0 };
	struct eg_traffic_facts facts = {
		.count = 3, .names = sim_names, .offers = offers, .tries = &tries
	};
	struct eg_traffic_findings findings = { 0 };

	sim_name_nodes();
	sim_offer(2, &offer);
	for (uint32_t i = 0; i < 6; i++) {
		struct eg_try one = { .a = i % 3,
				      .b = (i + 1) % 3,
				      .a_device = (uint8_t)(i / 3),
				      .b_device = (uint8_t)(i / 3),
				      .state = EG_RAIL_FAILED,
				      .round = 1,
				      /* One device's own trouble does not change the cause. */
				      .provider_error = i ? error : 13 };

		assert_int_equal(eg_tries_add(&tries, &one), 0);
	}
	assert_int_equal(eg_judge_traffic(&facts, &findings), 0);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.list[0].finding.id, "EG401");
	assert_int_equal(findings.list[0].finding.blame, EG_BLAME_CLUSTER);
	assert_string_equal(findings.list[0].finding.text, text);
	eg_traffic_findings_done(&findings);
	eg_tries_done(&tries);
}

static void a_closed_group_is_told_with_the_rule_it_lacks(void **state)
{
	(void)state;
	closed_with(15, "none of the 6 EFA devices of 3 nodes reaches another node, though TCP "
			"does: the security group must allow all traffic from and to itself (or "
			"the subnets differ)");
	closed_with(4126, "none of the 6 EFA devices of 3 nodes reaches another node, though TCP "
			  "does: the security group lacks an outbound rule for all traffic to "
			  "itself (0.0.0.0/0 is not enough)");
}

/* "EG403 EG407 ", what node @node is told. */
static const char *ids_told(const struct eg_told *told, uint32_t node)
{
	static char text[64];
	struct eg_verdict verdict;

	memset(&verdict, 0, sizeof(verdict));
	eg_told_fill(told, node, &verdict);
	text[0] = '\0';
	for (uint16_t i = 0; i < verdict.finding_count; i++) {
		strcat(text, verdict.findings[i].id);
		strcat(text, " ");
	}
	return text;
}

/* Each of its devices may be bad, and all else that the judge tells. */
static void a_node_is_told_of_every_device(void **state)
{
	static struct eg_traffic_finding list[EG_DEVICES_MAX + 40];
	struct eg_traffic_findings findings = { .list = list, .count = EG_COUNT(list) };
	static struct eg_wire_buffer message;
	static struct eg_verdict verdict, back;
	struct eg_wire_header header;
	struct eg_told told;

	(void)state;
	for (size_t i = 0; i < EG_COUNT(list); i++) {
		list[i].node = i < EG_DEVICES_MAX ? 1 : EG_NODE_ALL;
		strcpy(list[i].finding.id, i < EG_DEVICES_MAX ? "EG403" : "EG407");
		memset(list[i].finding.text, 'x', 199);
		memset(list[i].finding.subject, 'y', 63);
	}
	assert_int_equal(eg_told_init(&told, &findings, 2), 0);
	eg_told_fill(&told, 1, &verdict);
	assert_int_equal(verdict.finding_count, EG_COUNT(list));
	eg_wire_put_verdict(&message, &verdict);
	assert_int_equal(eg_wire_get_header(message.data, &header), 0);
	assert_int_equal(eg_wire_get_verdict(message.data + EG_WIRE_HEADER, header.length, &back),
			 0);
	assert_int_equal(back.finding_count, EG_COUNT(list));
	assert_string_equal(back.findings[EG_DEVICES_MAX - 1].id, "EG403");
	assert_string_equal(back.findings[EG_COUNT(list) - 1].id, "EG407");
	eg_told_done(&told);
}

static void a_node_is_told_of_itself_then_of_all(void **state)
{
	static struct eg_traffic_finding list[] = {
		{ EG_NODE_ALL, { .id = "EG409" } }, { 1, { .id = "EG403" } },
		{ 2, { .id = "EG402" } },	    { 1, { .id = "EG407" } },
		{ EG_NODE_ALL, { .id = "EG407" } }, { 1, { .id = "EG404" } },
	};
	struct eg_traffic_findings findings = { .list = list, .count = EG_COUNT(list) };
	struct eg_told told;

	(void)state;
	assert_int_equal(eg_told_init(&told, &findings, 3), 0);
	assert_string_equal(ids_told(&told, 0), "EG409 EG407 ");
	assert_string_equal(ids_told(&told, 1), "EG403 EG407 EG404 EG409 EG407 ");
	assert_string_equal(ids_told(&told, 2), "EG402 EG409 EG407 ");
	eg_told_done(&told);
	assert_int_equal(eg_told_init(&told, NULL, 1), 0);
	assert_string_equal(ids_told(&told, 0), "");
	eg_told_done(&told);
}

static void failed_rails_say_whether_it_repeated(void **state)
{
	static const struct eg_try list[] = {
		{ .a = 2, .b = 1, .state = EG_RAIL_FAILED, .round = 1 },
		{ .a = 1, .b = 2, .a_device = 1, .state = EG_RAIL_OK, .round = 1 },
		{ .a = 1, .b = 2, .state = EG_RAIL_UNKNOWN, .round = 2 },
		{ .a = 1, .b = 2, .state = EG_RAIL_CORRUPT, .round = 2 },
		{ .a = 2, .b = 1, .state = EG_RAIL_OK, .round = 3 },
		{ .a = 3, .b = 3, .b_device = 1, .state = EG_RAIL_FAILED, .round = 3 },
	};
	struct eg_tries tries = { .list = (struct eg_try *)list, .count = EG_COUNT(list) };
	struct eg_failed_rails rails;

	(void)state;
	assert_int_equal(eg_failed_rails(&tries, &rails), 0);
	assert_int_equal(rails.count, 2);
	assert_ptr_equal(rails.list[0].last, &list[3]);
	assert_int_equal(rails.list[0].failed, 2);
	assert_int_equal(rails.list[0].passed, 1);
	assert_int_equal(rails.list[0].first_round, 1);
	assert_true(rails.list[0].last_passed);
	assert_ptr_equal(rails.list[1].last, &list[5]);
	assert_false(rails.list[1].last_passed);
	eg_failed_rails_done(&rails);
}

static void the_last_stage_waits_as_long_as_there_is_time(void **state)
{
	(void)state;
	assert_int_equal(eg_stage_wait_ms(1, 1200, 5500), 0);
	assert_int_equal(eg_stage_wait_ms(2, 1200, 5500), 0);
	assert_int_equal(eg_stage_wait_ms(3, 1200, 3100), 750);
	assert_int_equal(eg_stage_wait_ms(3, 1200, 2350), 0);
	assert_int_equal(eg_stage_wait_ms(3, 1200, -5), 0);
	assert_int_equal(eg_stage_wait_ms(3, 1200, 20000), 1500);
	assert_int_equal(eg_stage_budget_ms(1200, 2350), 1200);
	assert_int_equal(eg_stage_budget_ms(1200, 1500), 750);
	assert_int_equal(eg_stage_budget_ms(1200, 1049), 0);
	/* A whole stage is left to those who were ready last. */
	assert_int_equal(eg_stage_ready_deadline_ms(2000, 5950, 1200), 3600);
	assert_int_equal(eg_stage_budget_ms(1200, 5950 - 3600), 1200);
	assert_int_equal(eg_stage_ready_deadline_ms(2000, 3000, 1200), 2000);
	assert_int_equal(eg_stage_budget_ms(1200, -1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_island_of_one_is_not_dead),
		cmocka_unit_test(a_dead_node_beside_an_island_of_one_is_blamed),
		cmocka_unit_test(who_was_out_for_a_while_is_a_warning),
		cmocka_unit_test(pairs_that_cut_the_ring_are_no_islands),
		cmocka_unit_test(many_warnings_are_counted_not_listed),
		cmocka_unit_test(types_that_cannot_talk_are_only_paired_within),
		cmocka_unit_test(a_closed_group_is_told_with_the_rule_it_lacks),
		cmocka_unit_test(a_node_is_told_of_every_device),
		cmocka_unit_test(a_node_is_told_of_itself_then_of_all),
		cmocka_unit_test(failed_rails_say_whether_it_repeated),
		cmocka_unit_test(the_last_stage_waits_as_long_as_there_is_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
