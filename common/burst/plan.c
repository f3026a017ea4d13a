/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/failed_rails.h"
#include "common/burst/groups.h"
#include "common/burst/offer.h"
#include "common/burst/tries.h"

#define FEW_NODES 4 /* below, three different partners cannot be had */
#define TRIES_WANTED 5 /* EG_STRIKES of the judge */
#define PROVEN_EACH 2 /* partners of a suspect in a stage */
#define CHORDS 2 /* pairs between two groups in a stage */
#define TURN_SEED 0xd1342543de82ef95ULL /* odd: no two turns near each other have one seed */
#define MET_MAX 16 /* partners of a node that are remembered */

enum node_kind { UNKNOWN, PROVEN, SUSPECT };

struct node {
	enum node_kind kind;
	bool silent; /* tried, and nothing of it passed with another */
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
	uint32_t open; /* proven ones with a place left: the first in @order */
	uint32_t next; /* of those, whose turn it is */
	struct eg_standing *standings; /* by node and device */
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

static uint8_t kind_of(const struct plan *plan, uint32_t node)
{
	return plan->view->kinds ? plan->view->kinds[node] : 0;
}

/* Nothing is added when one of them is busy, they cannot talk, or the pair is there. */
static int add(struct plan *plan, uint32_t a, uint32_t b)
{
	struct eg_pairs *pairs = plan->pairs;
	struct node *left = &plan->nodes[a];
	struct node *right = &plan->nodes[b];

	if (a != b && kind_of(plan, a) != kind_of(plan, b))
		return 0;
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

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * The strides that make one ring of @count nodes, no two of which share a
 * pair: those up to its half that have no divisor with it. Their number;
 * *@ret is the one at place @which of them.
 */
static uint32_t ring_strides(uint32_t count, uint32_t which, uint32_t *ret)
{
	uint32_t found = 0;

	for (uint32_t stride = 1; stride <= count / 2; stride++) {
		if (common_divisor(count, stride) != 1)
			continue;
		if (found++ == which)
			*ret = stride;
	}
	return found;
}

/* A ring of this session's own. */
static int pair_ring_of_turn(struct plan *plan, const uint32_t *list, uint32_t count)
{
	uint32_t stride = 1, strides = ring_strides(count, UINT32_MAX, &stride);

	if (strides)
		(void)ring_strides(count, plan->view->turn % strides, &stride);
	return pair_ring(plan, list, count, stride);
}

/* A ring of each kind. */
static int pair_rings(struct plan *plan)
{
	EG_CLEANUP(eg_free) uint32_t *sorted = calloc(plan->present, sizeof(*sorted));
	uint32_t begin, count = 0;
	int rc = 0;

	if (!sorted)
		return -ENOMEM;
	for (unsigned int kind = 0; !rc && kind <= UINT8_MAX && count < plan->present; kind++) {
		begin = count;
		for (uint32_t i = 0; i < plan->present; i++) {
			if (kind_of(plan, plan->order[i]) == kind)
				sorted[count++] = plan->order[i];
		}
		rc = pair_ring_of_turn(plan, sorted + begin, count - begin);
	}
	return rc;
}

static void classify(struct plan *plan, uint32_t node)
{
	bool failed = false, passed = false;

	for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
		const struct eg_standing *standing = eg_standing_of(plan->standings, node, i);

		failed |= standing->failed && !standing->ok;
		passed |= standing->ok != 0;
	}
	plan->nodes[node].kind = failed ? SUSPECT : passed ? PROVEN : UNKNOWN;
	plan->nodes[node].silent = failed && !passed;
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
	EG_CLEANUP(eg_free) uint32_t *sorted = calloc(plan->view->count, sizeof(*sorted));
	uint32_t count = 0;

	plan->standings = calloc(plan->view->count, EG_DEVICES_MAX * sizeof(*plan->standings));
	if (!plan->standings || !sorted)
		return -ENOMEM;
	eg_tries_stand(plan->view->tries, plan->view->count, plan->standings);
	remember_all(plan);
	for (uint32_t i = 0; i < plan->present; i++)
		classify(plan, plan->order[i]);
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
	plan->open = plan->proven;
	return 0;
}

/* Out of the open ones when its places are taken: nobody looks at it again. */
static void close_full(struct plan *plan, uint32_t place)
{
	uint32_t node = plan->order[place];

	if (plan->nodes[node].load < EG_PARTNERS_MAX)
		return;
	plan->order[place] = plan->order[--plan->open];
	plan->order[plan->open] = node;
}

/*
 * Proven partners for @suspect, in turn; @again: also one it has met. Looks at
 * a few more than it takes: those it has met.
 */
static int pair_with_proven(struct plan *plan, uint32_t suspect, bool again, uint32_t *wanted)
{
	int rc = 0;

	for (uint32_t i = plan->open; !rc && *wanted && plan->open && i > 0; i--) {
		uint32_t place = plan->next++ % plan->open;
		uint32_t partner = plan->order[place];
		size_t before = plan->pairs->count;

		if (!again && has_met(&plan->nodes[suspect], partner))
			continue;
		rc = add(plan, suspect, partner);
		*wanted -= plan->pairs->count - before != 0;
		close_full(plan, place);
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
	uint32_t stride = plan->proven || plan->last ? 1 : 2;

	if (plan->suspects < 2)
		return 0;
	/* Others than in the stage before. */
	if (plan->proven && plan->last && plan->suspects > 4)
		stride = 2;
	return pair_ring(plan, list, plan->suspects, stride);
}

/*
 * A node that reaches nobody may be broken, or an island of its own. It is
 * asked whether its own devices reach each other.
 */
static int pair_silent(struct plan *plan)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < plan->suspects; i++) {
		uint32_t node = plan->order[plan->proven + i];

		if (plan->nodes[node].silent)
			rc = add(plan, node, node);
	}
	return rc;
}

/* Both devices are good with others, and yet they failed with each other: once more. */
static bool is_doubtful(const struct plan *plan, const struct eg_failed_rail *rail)
{
	const struct eg_try *one = rail->last;

	return one->a != one->b && !rail->last_passed &&
	       eg_standing_of(plan->standings, one->a, one->a_device)->ok &&
	       eg_standing_of(plan->standings, one->b, one->b_device)->ok;
}

static int pair_doubtful(struct plan *plan)
{
	struct eg_failed_rails rails;
	int rc = eg_failed_rails(plan->view->tries, &rails);

	for (size_t i = 0; !rc && i < rails.count; i++) {
		const struct eg_try *one = rails.list[i].last;

		if (is_doubtful(plan, &rails.list[i]) && plan->view->present[one->a] &&
		    plan->view->present[one->b])
			rc = add(plan, one->a, one->b);
	}
	eg_failed_rails_done(&rails);
	return rc;
}

/* The group with the most proven nodes; @sizes: zeroed, by node. */
static uint32_t largest_group(const struct plan *plan, const uint32_t *group, uint32_t *sizes)
{
	uint32_t largest = group[plan->order[0]];

	for (uint32_t i = 0; i < plan->proven; i++) {
		uint32_t one = group[plan->order[i]];

		if (++sizes[one] > sizes[largest])
			largest = one;
	}
	return largest;
}

/* With nodes of @largest, in turn; each group beside it CHORDS times. */
static int pair_chords(struct plan *plan, const uint32_t *group, uint32_t largest, uint32_t *chords)
{
	uint32_t next = 0;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < plan->proven; i++) {
		uint32_t node = plan->order[i];
		size_t before = plan->pairs->count;

		if (group[node] == largest || chords[group[node]] == CHORDS)
			continue;
		while (next < plan->proven && (group[plan->order[next]] != largest ||
					       plan->nodes[plan->order[next]].load >= CHORDS))
			next++;
		if (next == plan->proven)
			break;
		rc = add(plan, node, plan->order[next++]);
		chords[group[node]] += plan->pairs->count - before != 0;
	}
	return rc;
}

/*
 * A few failures cut a ring into pieces, which look like groups that fail
 * across. Whether they are is asked at other places.
 */
static int pair_groups(struct plan *plan)
{
	EG_CLEANUP(eg_free) uint32_t *group = calloc(plan->view->count, sizeof(*group));
	EG_CLEANUP(eg_free) uint32_t *sizes = calloc(plan->view->count, sizeof(*sizes));
	EG_CLEANUP(eg_free) uint32_t *chords = calloc(plan->view->count, sizeof(*chords));

	if (!group || !sizes || !chords)
		return -ENOMEM;
	if (!plan->proven)
		return 0;
	eg_groups(plan->view->tries, plan->view->count, group);
	return pair_chords(plan, group, largest_group(plan, group, sizes), chords);
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
		rc = pair_groups(plan);
	if (!rc)
		rc = pair_doubtful(plan);
	if (!rc && plan->last && plan->proven)
		rc = pair_silent(plan);
	if (!rc)
		rc = pair_suspects_together(plan);
	if (!rc && !plan->last && plan->present < FEW_NODES && plan->suspects)
		rc = pair_selves(plan);
	return rc;
}

static int run(struct plan *plan, unsigned int stage)
{
	uint64_t seed = plan->view->seed;
	uint64_t turn = seed + stage + plan->view->turn * TURN_SEED;
	uint32_t strides, unused;
	uint64_t again;

	if (!plan->nodes || !plan->order)
		return -ENOMEM;
	for (uint32_t i = 0; i < plan->view->count; i++) {
		if (plan->view->present[i])
			plan->order[plan->present++] = i;
	}
	/* When all rings of one order were had, the next order. */
	strides = ring_strides(plan->present, UINT32_MAX, &unused);
	again = stage == 1 && strides ? plan->view->turn / strides : plan->view->turn;
	shuffle(plan->order, plan->present, seed + again * TURN_SEED);
	plan->next = (uint32_t)(draw(&turn) % plan->view->count);
	plan->last = stage == EG_STAGES;
	if (!plan->present)
		return 0;
	return stage == 1 ? pair_rings(plan) : pair_again(plan);
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
	free(plan.standings);
	return rc ? rc : (long)ret->count;
}

void eg_pairs_done(struct eg_pairs *pairs)
{
	free(pairs->list);
	*pairs = (struct eg_pairs){ 0 };
}
