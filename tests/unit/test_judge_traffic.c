/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "tests/unit/fabric_sim.h"

/* What is wrong with the fabric; nodes and devices counted from 0. */
static struct {
	struct {
		int node, device; /* device -1: all; node -1: end of list */
		enum eg_rail_state state;
	} bad[8];
	struct {
		uint32_t a, b;
		unsigned int until_stage; /* fails up to this stage */
		bool one_rail; /* only the first devices */
	} pair; /* a == b: none */
	uint32_t island; /* nodes below it form one, 0: none */
	bool closed; /* nothing between nodes */
} fabric;

static void all_good(void)
{
	memset(&fabric, 0, sizeof(fabric));
	fabric.bad[0].node = -1;
}

static void spoil(int node, int device, enum eg_rail_state state)
{
	for (int i = 0; i < 7; i++) {
		if (fabric.bad[i].node >= 0)
			continue;
		fabric.bad[i].node = node;
		fabric.bad[i].device = device;
		fabric.bad[i].state = state;
		fabric.bad[i + 1].node = -1;
		return;
	}
}

static enum eg_rail_state of_device(uint32_t node, uint8_t device)
{
	for (int i = 0; fabric.bad[i].node >= 0; i++) {
		if (fabric.bad[i].node == (int)node &&
		    (fabric.bad[i].device < 0 || fabric.bad[i].device == device))
			return fabric.bad[i].state;
	}
	return EG_RAIL_OK;
}

static enum eg_rail_state said_state(const struct sim *sim, uint32_t node, uint8_t device,
				     uint32_t other, uint8_t peer, unsigned int stage)
{
	enum eg_rail_state one = of_device(node, device);
	enum eg_rail_state two = of_device(other, peer);
	bool pair = (fabric.pair.a == node && fabric.pair.b == other) ||
		    (fabric.pair.a == other && fabric.pair.b == node);

	(void)sim;
	if (fabric.closed && node != other)
		return EG_RAIL_FAILED;
	if (fabric.island && (node < fabric.island) != (other < fabric.island))
		return EG_RAIL_FAILED;
	if (pair && fabric.pair.a != fabric.pair.b && stage <= fabric.pair.until_stage &&
	    !(fabric.pair.one_rail && (device || peer)))
		return EG_RAIL_FAILED;
	return one > two ? one : two;
}

/* Run and write "n3:EG403:fail:0000:10:1b.0 *:EG401:fail:" and so on. */
static const char *run(uint32_t nodes, uint8_t devices, uint64_t seed)
{
	static char text[1024];
	struct sim sim = { .nodes = nodes, .devices = devices, .seed = seed, .state = said_state };
	size_t length = 0;

	assert_int_equal(sim_run(&sim), 0);
	text[0] = '\0';
	for (size_t i = 0; i < sim.findings.count && length < sizeof(text); i++) {
		const struct eg_traffic_finding *one = &sim.findings.list[i];

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s:%s:%s:%s",
					   i ? " " : "",
					   one->node == EG_NODE_ALL ? "*" : sim_names[one->node],
					   one->finding.id, eg_outcome_name(one->finding.outcome),
					   one->finding.subject);
	}
	eg_traffic_findings_done(&sim.findings);
	return text;
}

/* Every size, and seeds enough that the bad one has every place in the plan. */
#define FOR_SEEDS(seed) for (uint64_t seed = 0; seed < 200; seed++)

static void a_good_fabric_has_no_findings_after_one_stage(void **state)
{
	(void)state;
	all_good();
	for (uint32_t nodes = 1; nodes <= 65; nodes++) {
		struct sim sim = { .nodes = nodes, .devices = 4, .state = said_state };

		assert_int_equal(sim_run(&sim), 0);
		assert_int_equal(sim.findings.count, 0);
		assert_int_equal(sim.stages, 1);
		eg_traffic_findings_done(&sim.findings);
	}
}

static void a_dead_device_is_blamed_and_no_other(void **state)
{
	(void)state;
	for (uint32_t nodes = 2; nodes <= 9; nodes++) {
		FOR_SEEDS(seed)
		{
			char wanted[64];
			int node = (int)(seed % nodes);

			all_good();
			spoil(node, 2, EG_RAIL_FAILED);
			(void)snprintf(wanted, sizeof(wanted), "n%d:EG403:fail:0000:12:1b.0",
				       node + 1);
			assert_string_equal(run(nodes, 4, seed), wanted);
		}
	}
}

static void a_dead_node_is_blamed_as_a_whole(void **state)
{
	(void)state;
	for (uint32_t nodes = 2; nodes <= 9; nodes++) {
		FOR_SEEDS(seed)
		{
			char wanted[64];
			int node = (int)(seed % nodes);

			all_good();
			spoil(node, -1, EG_RAIL_FAILED);
			(void)snprintf(wanted, sizeof(wanted), "n%d:EG402:fail:", node + 1);
			assert_string_equal(run(nodes, 4, seed), wanted);
		}
	}
}

static void wrong_bytes_are_another_id(void **state)
{
	(void)state;
	FOR_SEEDS(seed)
	{
		all_good();
		spoil(1, 0, EG_RAIL_CORRUPT);
		assert_string_equal(run(4, 4, seed), "n2:EG406:fail:0000:10:1b.0");
	}
}

/* Wrong bytes with a device that damages them say nothing of the other one. */
static void a_dead_device_that_met_a_corrupting_one_is_no_corrupting_one(void **state)
{
	(void)state;
	FOR_SEEDS(seed)
	{
		all_good();
		spoil(1, 0, EG_RAIL_CORRUPT);
		spoil(3, 0, EG_RAIL_FAILED);
		assert_string_equal(run(8, 2, seed), "n2:EG406:fail:0000:10:1b.0 "
						     "n4:EG403:fail:0000:10:1b.0");
	}
}

static void several_bad_ones_are_told_apart(void **state)
{
	(void)state;
	FOR_SEEDS(seed)
	{
		all_good();
		spoil(1, -1, EG_RAIL_FAILED);
		spoil(4, 3, EG_RAIL_FAILED);
		spoil(7, 3, EG_RAIL_FAILED);
		assert_string_equal(run(12, 4, seed), "n2:EG402:fail: n5:EG403:fail:0000:13:1b.0 "
						      "n8:EG403:fail:0000:13:1b.0");
	}
}

static void where_nothing_reaches_anything_it_is_the_cluster(void **state)
{
	(void)state;
	for (uint32_t nodes = 2; nodes <= 9; nodes++) {
		FOR_SEEDS(seed)
		{
			all_good();
			fabric.closed = true;
			assert_string_equal(run(nodes, 4, seed), "*:EG401:fail:");
		}
	}
}

static void islands_are_the_clusters_and_nobody_is_blamed(void **state)
{
	(void)state;
	for (uint32_t nodes = 4; nodes <= 24; nodes++) {
		for (uint32_t island = 2; island + 2 <= nodes; island++) {
			for (uint64_t seed = 0; seed < 20; seed++) {
				const char *text;

				all_good();
				fabric.island = island;
				text = run(nodes, 2, seed);
				if (strcmp(text, "*:EG409:fail:") != 0)
					fail_msg("%u nodes, island %u, seed %u: %s", nodes, island,
						 (unsigned int)seed, text);
			}
		}
	}
}

static void two_nodes_without_proof_are_a_pair(void **state)
{
	(void)state;
	all_good();
	fabric.pair.b = 1;
	fabric.pair.until_stage = EG_STAGES;
	fabric.pair.one_rail = true;
	/* One rail fails between the two, and neither side's device fails at home. */
	FOR_SEEDS(seed)
	assert_string_equal(run(2, 4, seed), "*:EG407:fail:");
}

static void a_pair_that_fails_between_good_nodes_blames_nobody(void **state)
{
	(void)state;
	FOR_SEEDS(seed)
	{
		const char *text;

		all_good();
		fabric.pair.b = 1;
		fabric.pair.until_stage = EG_STAGES;
		text = run(6, 2, seed);
		/* Only seen when the plan has them meet. */
		if (text[0])
			assert_string_equal(text, "*:EG407:fail:");
	}
}

static void a_failure_that_does_not_repeat_is_a_warning(void **state)
{
	bool seen = false;

	(void)state;
	FOR_SEEDS(seed)
	{
		const char *text;

		all_good();
		fabric.pair.b = 1;
		fabric.pair.until_stage = 1;
		text = run(6, 1, seed);
		seen |= text[0] != '\0';
		if (text[0] && strcmp(text, "n1:EG407:warn:") != 0)
			assert_string_equal(text, "n2:EG407:warn:");
	}
	assert_true(seen);
}

static void a_node_alone_is_asked_about_itself(void **state)
{
	(void)state;
	all_good();
	spoil(0, 1, EG_RAIL_FAILED);
	assert_string_equal(run(1, 4, 0), "n1:EG403:fail:0000:11:1b.0");
	/* Opposite each other in a ring. */
	spoil(0, 3, EG_RAIL_FAILED);
	assert_string_equal(run(1, 4, 0), "n1:EG403:fail:0000:11:1b.0 n1:EG403:fail:0000:13:1b.0");
}

static void expect_alone(uint8_t devices, const char *text)
{
	struct sim sim = { .nodes = 1, .devices = devices, .state = said_state };

	assert_int_equal(sim_run(&sim), 0);
	assert_int_equal(sim.findings.count, 1);
	assert_int_equal(sim.findings.list[0].node, EG_NODE_ALL);
	assert_int_equal(sim.findings.list[0].finding.outcome, EG_FAIL);
	assert_int_equal(sim.findings.list[0].finding.blame, EG_BLAME_CLUSTER);
	assert_string_equal(sim.findings.list[0].finding.id, "EG401");
	assert_string_equal(sim.findings.list[0].finding.text, text);
	eg_traffic_findings_done(&sim.findings);
}

static void a_node_alone_that_reaches_nothing_may_be_good(void **state)
{
	(void)state;
	all_good();
	spoil(0, -1, EG_RAIL_FAILED);
	expect_alone(4, "none of the 4 EFA devices of n1 reaches another: the node is bad, or the "
			"security group must allow all traffic from and to itself (or the subnets "
			"differ)");
	expect_alone(1, "the EFA device of n1 does not reach itself: the node is bad, or the "
			"security group must allow all traffic from and to itself (or the subnets "
			"differ)");
	/* No rule damages data. */
	all_good();
	spoil(0, -1, EG_RAIL_CORRUPT);
	assert_null(strstr(run(1, 4, 0), "EG401"));
}

/* Independent failures of single tries, in percent, from the seed. */
static enum eg_rail_state by_chance(const struct sim *sim, uint32_t node, uint8_t device,
				    uint32_t other, uint8_t peer, unsigned int stage)
{
	uint64_t x = sim->seed * 0x9e3779b97f4a7c15ULL + stage;

	if (node == 7)
		return EG_RAIL_FAILED;
	if (other == 7)
		return EG_RAIL_FAILED;
	x = (x ^ node * 65537ULL ^ other * 257ULL ^ device * 7ULL ^ peer) * 0xff51afd7ed558ccdULL;
	x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
	x ^= x >> 29;
	return x % 100 < sim->percent ? EG_RAIL_FAILED : EG_RAIL_OK;
}

static void chance_blames_no_good_node(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct sim sim = {
			.nodes = 64, .devices = 4, .seed = seed, .state = by_chance, .percent = 1
		};
		bool found = false;

		assert_int_equal(sim_run(&sim), 0);
		for (size_t i = 0; i < sim.findings.count; i++) {
			const struct eg_traffic_finding *one = &sim.findings.list[i];

			if (!strcmp(one->finding.id, "EG402") && one->node == 7)
				found = true;
			else if (strcmp(one->finding.id, "EG407") != 0)
				fail_msg("seed %u: %s %s", (unsigned int)seed, one->finding.id,
					 one->finding.text);
		}
		assert_true(found);
		eg_traffic_findings_done(&sim.findings);
	}
}

static void the_texts_name_device_partners_and_cause(void **state)
{
	struct sim sim = { .nodes = 4, .devices = 4, .seed = 1, .state = said_state };

	(void)state;
	all_good();
	spoil(2, 0, EG_RAIL_FAILED);
	assert_int_equal(sim_run(&sim), 0);
	assert_int_equal(sim.findings.count, 1);
	assert_non_null(strstr(sim.findings.list[0].finding.text,
			       "EFA 0000:10:1b.0 (rdmap16s27) unreachable: fails with n"));
	assert_non_null(strstr(sim.findings.list[0].finding.text,
			       ", which are good with others: Unresponsive receiver"));
	assert_int_equal(sim.findings.list[0].finding.blame, EG_BLAME_DEVICE);
	eg_traffic_findings_done(&sim.findings);
	sim.nodes = 2;
	assert_int_equal(sim_run(&sim), 0);
	assert_int_equal(sim.findings.count, 0);
	/* The slowest of the simulated devices: the most nanoseconds. */
	assert_int_equal(sim.slowest.node, 1);
	assert_string_equal(sim.slowest.device, "rdmap19s27");
}

static void results_that_nobody_asked_for_are_refused(void **state)
{
	static struct eg_offer offer;
	static struct eg_result result;
	struct eg_conduct conduct;

	(void)state;
	sim_name_nodes();
	sim_offer(2, &offer);
	assert_int_equal(eg_conduct_init(&conduct, 3, sim_names, 1), 0);
	assert_int_equal(eg_conduct_offer(&conduct, 0, &offer), 0);
	assert_int_equal(eg_conduct_offer(&conduct, 0, &offer), -EEXIST);
	assert_int_equal(eg_conduct_offer(&conduct, 1, &offer), 0);
	/* The third has nothing to offer and is left out. */
	assert_int_equal(eg_conduct_next(&conduct), 1);
	assert_false(eg_conduct_takes_part(&conduct, 2));
	result.round = 2;
	assert_int_equal(eg_conduct_result(&conduct, 0, &result), -EPROTO);
	result.round = 1;
	assert_int_equal(eg_conduct_result(&conduct, 2, &result), -EPROTO);
	assert_int_equal(eg_conduct_result(&conduct, 0, &result), 0);
	assert_int_equal(eg_conduct_result(&conduct, 0, &result), -EEXIST);
	/* The other one is never heard: nothing is concluded. */
	assert_int_equal(eg_conduct_end_stage(&conduct), 0);
	assert_int_equal(conduct.tries.count, 2);
	assert_int_equal(conduct.tries.list[0].state, EG_RAIL_UNKNOWN);
	assert_int_equal(eg_conduct_next(&conduct), 0);
	eg_conduct_done(&conduct);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_fabric_has_no_findings_after_one_stage),
		cmocka_unit_test(a_dead_device_is_blamed_and_no_other),
		cmocka_unit_test(a_dead_node_is_blamed_as_a_whole),
		cmocka_unit_test(wrong_bytes_are_another_id),
		cmocka_unit_test(a_dead_device_that_met_a_corrupting_one_is_no_corrupting_one),
		cmocka_unit_test(several_bad_ones_are_told_apart),
		cmocka_unit_test(where_nothing_reaches_anything_it_is_the_cluster),
		cmocka_unit_test(islands_are_the_clusters_and_nobody_is_blamed),
		cmocka_unit_test(two_nodes_without_proof_are_a_pair),
		cmocka_unit_test(a_pair_that_fails_between_good_nodes_blames_nobody),
		cmocka_unit_test(a_failure_that_does_not_repeat_is_a_warning),
		cmocka_unit_test(a_node_alone_is_asked_about_itself),
		cmocka_unit_test(a_node_alone_that_reaches_nothing_may_be_good),
		cmocka_unit_test(chance_blames_no_good_node),
		cmocka_unit_test(the_texts_name_device_partners_and_cause),
		cmocka_unit_test(results_that_nobody_asked_for_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
