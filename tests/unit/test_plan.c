/* SPDX-License-Identifier: BSD-3-Clause */
/* Who meets whom in the first stage; the later ones stand in test_judge_*. */
#include "tests/unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "common/burst/offer.h"
#include "common/burst/plan.h"
#include "common/burst/tries.h"

#define NODES_MAX 300

static bool present[NODES_MAX];
static uint8_t kinds[NODES_MAX];
static bool met[NODES_MAX][NODES_MAX];

/* Stage 1 of @nodes that are all there. */
static struct eg_pairs plan(uint32_t nodes, uint64_t seed, uint32_t turn)
{
	static const struct eg_tries none;
	const struct eg_plan_view view = { .count = nodes,
					   .present = present,
					   .kinds = kinds,
					   .tries = &none,
					   .seed = seed,
					   .turn = turn };
	struct eg_pairs pairs = { 0 };

	assert_true(eg_plan_stage(&view, 1, &pairs) >= 0);
	return pairs;
}

static void start(uint32_t nodes)
{
	memset(present, 0, sizeof(present));
	memset(kinds, 0, sizeof(kinds));
	memset(met, 0, sizeof(met));
	for (uint32_t i = 0; i < nodes; i++)
		present[i] = true;
}

/* How many pairs of @pairs were met before; they are from now on. */
static uint32_t meet(const struct eg_pairs *pairs)
{
	uint32_t again = 0;

	for (size_t i = 0; i < pairs->count; i++) {
		uint32_t a = pairs->list[i].a, b = pairs->list[i].b;

		again += met[a][b];
		met[a][b] = met[b][a] = true;
	}
	return again;
}

/* The nodes reached from the first pair, each through its two partners. */
static uint32_t walk(const struct eg_pairs *pairs)
{
	uint32_t at = pairs->list[0].b, from = 0, count = 1;

	while (at != pairs->list[0].a) {
		for (size_t i = 0; i < pairs->count; i++) {
			const struct eg_pair *pair = &pairs->list[i];

			if (i != from && (pair->a == at || pair->b == at)) {
				at = pair->a == at ? pair->b : pair->a;
				from = (uint32_t)i;
				break;
			}
		}
		assert_true(++count <= pairs->count);
	}
	return count;
}

static void any_number_of_nodes_is_one_ring(void **state)
{
	(void)state;
	for (uint32_t nodes = 1; nodes < 80; nodes++) {
		for (uint32_t turn = 0; turn < 40; turn++) {
			struct eg_pairs pairs;

			start(nodes);
			pairs = plan(nodes, 17, turn);
			assert_int_equal(pairs.count, nodes == 2 ? 1 : nodes);
			if (nodes == 1)
				assert_int_equal(pairs.list[0].a, pairs.list[0].b);
			if (nodes > 2)
				assert_int_equal(walk(&pairs), nodes);
			eg_pairs_done(&pairs);
		}
	}
}

static void the_same_seed_and_turn_give_the_same_plan(void **state)
{
	struct eg_pairs one, other;

	(void)state;
	start(33);
	one = plan(33, 4711, 3);
	other = plan(33, 4711, 3);
	assert_int_equal(one.count, other.count);
	assert_memory_equal(one.list, other.list, one.count * sizeof(*one.list));
	eg_pairs_done(&one);
	eg_pairs_done(&other);
}

static void who_is_absent_or_of_another_kind_is_nobodys_partner(void **state)
{
	struct eg_pairs pairs;

	(void)state;
	for (uint32_t turn = 0; turn < 50; turn++) {
		start(20);
		present[4] = present[11] = false;
		for (uint32_t i = 0; i < 20; i++)
			kinds[i] = i % 3 == 0;
		pairs = plan(20, 5, turn);
		for (size_t i = 0; i < pairs.count; i++) {
			assert_true(present[pairs.list[i].a] && present[pairs.list[i].b]);
			assert_int_equal(kinds[pairs.list[i].a], kinds[pairs.list[i].b]);
		}
		/* 11 of the one kind, 7 of the other: a ring each. */
		assert_int_equal(pairs.count, 18);
		eg_pairs_done(&pairs);
	}
}

/* Of @nodes in @turns steps of one job: pairs that were had before. */
static uint32_t repeated(uint32_t nodes, uint32_t turns)
{
	uint32_t again = 0;

	start(nodes);
	for (uint32_t turn = 0; turn < turns; turn++) {
		struct eg_pairs pairs = plan(nodes, 17, turn);

		again += meet(&pairs);
		eg_pairs_done(&pairs);
	}
	return again;
}

static void steps_of_a_job_have_new_partners_while_there_are_any(void **state)
{
	(void)state;
	/* As many rings without a common pair as there are numbers below the half without a
	 * divisor.
	 */
	assert_int_equal(repeated(5, 2), 0);
	assert_int_equal(repeated(8, 2), 0);
	assert_int_equal(repeated(16, 4), 0);
	assert_int_equal(repeated(17, 8), 0);
	assert_int_equal(repeated(64, 16), 0);
	assert_int_equal(repeated(101, 50), 0);
	assert_int_equal(repeated(256, 64), 0);
	/* All pairs of 17 nodes were had then. */
	assert_int_equal(repeated(17, 9), 17);
}

static void other_jobs_repeat_a_pair_by_chance_only(void **state)
{
	uint32_t again = 0;

	(void)state;
	for (uint64_t job = 1; job <= 400; job++) {
		struct eg_pairs pairs;

		start(64);
		pairs = plan(64, job, 0);
		(void)meet(&pairs);
		eg_pairs_done(&pairs);
		pairs = plan(64, job + 1, 0);
		again += meet(&pairs);
		eg_pairs_done(&pairs);
	}
	/* 64 pairs of 2,016 in each: 2.03 of them again, 813 in all. */
	assert_in_range(again, 700, 930);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_nodes_is_one_ring),
		cmocka_unit_test(the_same_seed_and_turn_give_the_same_plan),
		cmocka_unit_test(who_is_absent_or_of_another_kind_is_nobodys_partner),
		cmocka_unit_test(steps_of_a_job_have_new_partners_while_there_are_any),
		cmocka_unit_test(other_jobs_repeat_a_pair_by_chance_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
