/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/offer.h"
#include "common/burst/tries.h"

#define FEW_NODES 4 /* below, three different partners cannot be had */
#define TRIES_WANTED 5 /* EG_STRIKES of the judge */
#define PROVEN_EACH 2 /* partners of a suspect in a stage */
#define DOUBTFUL_MAX 256 /* pairs tried once more in a stage */
#define MET_MAX 16 /* partners of a node that are remembered */

enum node_kind { UNKNOWN, PROVEN, SUSPECT };

struct node {
	enum node_kind kind;
	uint32_t now[EG_PARTNERS_MAX]; /* partners of this stage */
	uint32_t load; /* of @now */
	uint32_t met[MET_MAX]; /* partners of the stages before */
	uint32_t met_count;
};

struct plan {
	const struct eg_plan_view *view;
	struct eg_pairs *pairs;
	struct node *nodes;
	uint32_t *order; /* the present ones, shuffled; proven first after sort_out() */
	bool last; /* stage */
	uint32_t present, proven, suspects;
	uint32_t next; /* proven node whose turn it is */
	bool any_ok; /* between different nodes */
};

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static void shuffle(uint32_t *list, uint32_t count, uint64_t seed)
{
	for (uint32_t i = count; i > 1; i--) {
		uint32_t k = (uint32_t)(draw(&seed) % i);
		uint32_t kept = list[i - 1];

		list[i - 1] = list[k];
		list[k] = kept;
	}
}

static bool meets(const struct node *node, uint32_t partner)
{
	for (uint32_t i = 0; i < node->load; i++) {
		if (node->now[i] == partner)
			return true;
	}
	return false;
}

/* Nothing is added when one of them is busy, or the pair is there. */
static int add(struct plan *plan, uint32_t a, uint32_t b)
{
	struct eg_pairs *pairs = plan->pairs;
	struct node *left = &plan->nodes[a];
	struct node *right = &plan->nodes[b];

	if (left->load >= EG_PARTNERS_MAX || right->load >= EG_PARTNERS_MAX || meets(left, b))
		return 0;
	if (pairs->count == pairs->size) {
		size_t size = pairs->size ? pairs->size * 2 : 64;
		struct eg_pair *list = reallocarray(pairs->list, size, sizeof(*list));

		if (!list)
			return -ENOMEM;
		pairs->list = list;
		pairs->size = size;
	}
	pairs->list[pairs->count++] = (struct eg_pair){ a, b };
	left->now[left->load++] = b;
	if (a != b)
		right->now[right->load++] = a;
	return 0;
}

/* Each with the one @stride places on; 1: a ring. */
static int pair_ring(struct plan *plan, const uint32_t *list, uint32_t count, uint32_t stride)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < count; i++)
		rc = add(plan, list[i], list[(i + stride) % count]);
	return rc;
}

static enum node_kind kind_of(const struct eg_standing *standings, uint32_t node)
{
	enum node_kind kind = UNKNOWN;

	for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
		const struct eg_standing *standing = eg_standing_of(standings, node, i);

		if (standing->failed && !standing->ok)
			return SUSPECT;
		if (standing->ok)
			kind = PROVEN;
	}
	return kind;
}

static void remember(struct node *node, uint32_t partner)
{
	if (node->met_count < MET_MAX)
		node->met[node->met_count++] = partner;
}

static bool has_met(const struct node *node, uint32_t partner)
{
	for (uint32_t i = 0; i < node->met_count; i++) {
		if (node->met[i] == partner)
			return true;
	}
	return false;
}

/* Tries of a pair stand one after the other: each is remembered once. */
static void remember_all(struct plan *plan)
{
	const struct eg_tries *tries = plan->view->tries;

	for (size_t i = 0; i < tries->count; i++) {
		const struct eg_try *one = &tries->list[i];

		plan->any_ok |= one->a != one->b && one->state == EG_RAIL_OK;
		if (i && tries->list[i - 1].a == one->a && tries->list[i - 1].b == one->b)
			continue;
		remember(&plan->nodes[one->a], one->b);
		remember(&plan->nodes[one->b], one->a);
	}
}

/* What is known of each node; the proven ones come first in the order, then the suspects. */
static int sort_out(struct plan *plan)
{
	EG_CLEANUP(eg_free)
	struct eg_standing *standings =
		calloc(plan->view->count, EG_DEVICES_MAX * sizeof(*standings));
	EG_CLEANUP(eg_free) uint32_t *sorted = calloc(plan->view->count, sizeof(*sorted));
	uint32_t count = 0;

	if (!standings || !sorted)
		return -ENOMEM;
	eg_tries_stand(plan->view->tries, plan->view->count, standings);
	remember_all(plan);
	for (uint32_t i = 0; i < plan->present; i++)
		plan->nodes[plan->order[i]].kind = kind_of(standings, plan->order[i]);
	for (int kind = PROVEN; kind <= SUSPECT; kind++) {
		for (uint32_t i = 0; i < plan->present; i++) {
			if (plan->nodes[plan->order[i]].kind != (enum node_kind)kind)
				continue;
			sorted[count++] = plan->order[i];
			plan->proven += kind == PROVEN;
			plan->suspects += kind == SUSPECT;
		}
	}
	memcpy(plan->order, sorted, count * sizeof(*sorted));
	return 0;
}

/* One proven partner for @suspect, in turn; @again: also one it has met. */
static int pair_with_proven(struct plan *plan, uint32_t suspect, bool again, uint32_t *wanted)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && *wanted && i < plan->proven; i++) {
		uint32_t partner = plan->order[plan->next++ % plan->proven];
		size_t before = plan->pairs->count;

		if (!again && has_met(&plan->nodes[suspect], partner))
			continue;
		rc = add(plan, suspect, partner);
		*wanted -= plan->pairs->count - before != 0;
	}
	return rc;
}

/* Its tries so far with nodes that have turned out to be good. */
static uint32_t proven_met(const struct plan *plan, uint32_t suspect)
{
	const struct node *node = &plan->nodes[suspect];
	uint32_t count = 0;

	for (uint32_t i = 0; i < node->met_count; i++)
		count += plan->nodes[node->met[i]].kind == PROVEN;
	return count;
}

static int pair_suspects(struct plan *plan)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < plan->suspects; i++) {
		uint32_t suspect = plan->order[plan->proven + i];
		uint32_t wanted = PROVEN_EACH;

		/* Where earlier partners were no use as witnesses. */
		if (plan->last && proven_met(plan, suspect) + wanted < TRIES_WANTED)
			wanted++;
		rc = pair_with_proven(plan, suspect, false, &wanted);
		if (!rc)
			rc = pair_with_proven(plan, suspect, true, &wanted);
	}
	return rc;
}

/*
 * Suspects with each other. When there is nobody else the order is still that
 * of stage 1, in which neighbours have met.
 */
static int pair_suspects_together(struct plan *plan)
{
	const uint32_t *list = plan->order + plan->proven;

	if (plan->suspects < 2 || (plan->proven && !plan->last))
		return 0;
	return pair_ring(plan, list, plan->suspects, plan->proven || plan->last ? 1 : 2);
}

/* Both ends are good with others, and yet they failed with each other: once more. */
static int pair_doubtful(struct plan *plan)
{
	const struct eg_tries *tries = plan->view->tries;
	size_t before = plan->pairs->count;
	int rc = 0;

	for (size_t i = 0; !rc && i < tries->count; i++) {
		const struct eg_try *one = &tries->list[i];

		if (plan->pairs->count - before >= DOUBTFUL_MAX)
			break;
		if (one->a != one->b && eg_try_failed(one) && plan->nodes[one->a].kind == PROVEN &&
		    plan->nodes[one->b].kind == PROVEN && !eg_tries_passed_later(tries, i))
			rc = add(plan, one->a, one->b);
	}
	return rc;
}

static int pair_selves(struct plan *plan)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < plan->proven + plan->suspects; i++)
		rc = add(plan, plan->order[i], plan->order[i]);
	return rc;
}

static int pair_again(struct plan *plan)
{
	int rc = sort_out(plan);

	if (rc || plan->present < 2)
		return rc;
	/* Nobody reaches anybody, seen twice: there is nothing to compare with. */
	if (plan->last && (!plan->any_ok || plan->present == 2))
		return 0;
	rc = pair_suspects(plan);
	if (!rc)
		rc = pair_suspects_together(plan);
	if (!rc)
		rc = pair_doubtful(plan);
	if (!rc && !plan->last && plan->present < FEW_NODES && plan->suspects)
		rc = pair_selves(plan);
	return rc;
}

static int run(struct plan *plan, unsigned int stage)
{
	uint64_t seed = plan->view->seed;
	uint64_t turn = seed + stage;

	if (!plan->nodes || !plan->order)
		return -ENOMEM;
	for (uint32_t i = 0; i < plan->view->count; i++) {
		if (plan->view->present[i])
			plan->order[plan->present++] = i;
	}
	shuffle(plan->order, plan->present, seed);
	plan->next = (uint32_t)(draw(&turn) % plan->view->count);
	plan->last = stage == EG_STAGES;
	if (!plan->present)
		return 0;
	return stage == 1 ? pair_ring(plan, plan->order, plan->present, 1) : pair_again(plan);
}

long eg_plan_stage(const struct eg_plan_view *view, unsigned int stage, struct eg_pairs *ret)
{
	struct plan plan = { .view = view, .pairs = ret };
	int rc;

	ret->count = 0;
	plan.nodes = calloc(view->count, sizeof(*plan.nodes));
	plan.order = calloc(view->count, sizeof(*plan.order));
	rc = run(&plan, stage);
	free(plan.nodes);
	free(plan.order);
	return rc ? rc : (long)ret->count;
}

void eg_pairs_done(struct eg_pairs *pairs)
{
	free(pairs->list);
	*pairs = (struct eg_pairs){ 0 };
}
