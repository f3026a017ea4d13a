/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/conduct.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/rails.h"
#include "common/verdict/judge_traffic.h"

#define STAGE_FULL 1 /* later stages only ask whether it works */

int eg_conduct_init(struct eg_conduct *conduct, uint32_t count, const char *const *names,
		    uint64_t seed)
{
	*conduct = (struct eg_conduct){ .count = count, .names = names, .seed = seed };
	conduct->present = calloc(count, sizeof(*conduct->present));
	conduct->offers = calloc(count, sizeof(struct eg_offer *));
	conduct->seats = calloc(count, sizeof(*conduct->seats));
	conduct->kinds = calloc(count, sizeof(*conduct->kinds));
	return conduct->present && conduct->offers && conduct->seats && conduct->kinds ? 0
										       : -ENOMEM;
}

static void leave_seat(struct eg_conduct_seat *seat)
{
	for (uint16_t i = 0; i < seat->rail_count; i++)
		free(seat->rails[i].text);
	free(seat->rails);
	*seat = (struct eg_conduct_seat){ 0 };
}

static void leave_stage(struct eg_conduct *conduct)
{
	for (uint32_t i = 0; conduct->seats && i < conduct->count; i++)
		leave_seat(&conduct->seats[i]);
}

void eg_conduct_done(struct eg_conduct *conduct)
{
	leave_stage(conduct);
	for (uint32_t i = 0; conduct->offers && i < conduct->count; i++)
		free(conduct->offers[i]);
	free(conduct->offers);
	free(conduct->seats);
	free(conduct->present);
	free(conduct->kinds);
	eg_pairs_done(&conduct->pairs);
	eg_tries_done(&conduct->tries);
	eg_speeds_done(&conduct->speeds);
	*conduct = (struct eg_conduct){ 0 };
}

/* Only as many devices as there are. */
static struct eg_offer *copy_offer(const struct eg_offer *offer)
{
	size_t size = offsetof(struct eg_offer, devices) +
		      offer->device_count * sizeof(offer->devices[0]);
	struct eg_offer *copy = malloc(size);

	if (copy)
		memcpy(copy, offer, size);
	return copy;
}

int eg_conduct_offer(struct eg_conduct *conduct, uint32_t index, const struct eg_offer *offer)
{
	if (conduct->offers[index])
		return -EEXIST;
	conduct->offers[index] = copy_offer(offer);
	if (!conduct->offers[index])
		return -ENOMEM;
	conduct->kinds[index] = eg_rails_kind(offer);
	conduct->present[index] = eg_rails_usable(offer) > 0;
	return 0;
}

/* Who is the first of a pair has the other as its first partner: in a ring everybody reads once. */
static void take_seat(struct eg_conduct *conduct, uint32_t node, uint32_t pair, bool first)
{
	struct eg_conduct_seat *seat = &conduct->seats[node];

	/* The plan keeps to the limit. */
	if (seat->pair_count == EG_PARTNERS_MAX)
		return;
	seat->pairs[seat->pair_count] = pair;
	if (first) {
		seat->pairs[seat->pair_count] = seat->pairs[0];
		seat->pairs[0] = pair;
	}
	seat->pair_count++;
}

long eg_conduct_next(struct eg_conduct *conduct)
{
	struct eg_plan_view view = { .count = conduct->count,
				     .present = conduct->present,
				     .kinds = conduct->kinds,
				     .tries = &conduct->tries,
				     .seed = conduct->seed,
				     .turn = conduct->turn };
	long count = 0;

	leave_stage(conduct);
	conduct->pairs_done = 0;
	while (!count && conduct->stage < EG_STAGES)
		count = eg_plan_stage(&view, ++conduct->stage, &conduct->pairs);
	for (uint32_t i = 0; (long)i < count; i++) {
		const struct eg_pair *pair = &conduct->pairs.list[i];

		take_seat(conduct, pair->a, i, true);
		if (pair->a != pair->b)
			take_seat(conduct, pair->b, i, false);
	}
	return count;
}

bool eg_conduct_takes_part(const struct eg_conduct *conduct, uint32_t index)
{
	return conduct->seats[index].pair_count > 0;
}

static void fill_partner(const struct eg_conduct *conduct, uint32_t own, uint32_t other, bool swap,
			 struct eg_partner *ret)
{
	struct eg_rail_pairs rails;

	if (swap)
		eg_rails_between(conduct->offers[other], conduct->offers[own], false, &rails);
	else
		eg_rails_between(conduct->offers[own], conduct->offers[other], own == other,
				 &rails);
	ret->index = other;
	(void)snprintf(ret->node, sizeof(ret->node), "%s", conduct->names[other]);
	ret->rail_count = rails.count;
	for (uint16_t i = 0; i < rails.count; i++) {
		uint8_t device = swap ? rails.list[i].b : rails.list[i].a;
		uint8_t peer = swap ? rails.list[i].a : rails.list[i].b;

		ret->rails[i] = (struct eg_rail){
			.device = device,
			.peer = peer,
			.target = conduct->offers[other]->devices[peer].target,
			.pci = conduct->offers[other]->devices[peer].pci,
		};
	}
}

void eg_conduct_round(const struct eg_conduct *conduct, uint32_t index, uint32_t budget_ms,
		      struct eg_round *ret)
{
	const struct eg_conduct_seat *seat = &conduct->seats[index];

	memset(ret, 0, offsetof(struct eg_round, partners));
	ret->number = (uint16_t)conduct->stage;
	ret->depth = conduct->stage == STAGE_FULL && !conduct->function_only ? EG_DEPTH_FULL
									     : EG_DEPTH_FUNCTION;
	ret->budget_ms = budget_ms;
	ret->partner_count = seat->pair_count;
	for (uint16_t i = 0; i < seat->pair_count; i++) {
		const struct eg_pair *pair = &conduct->pairs.list[seat->pairs[i]];
		bool swap = pair->a != index;

		fill_partner(conduct, index, swap ? pair->a : pair->b, swap, &ret->partners[i]);
	}
}

static void note_slowest(struct eg_conduct *conduct, uint32_t node,
			 const struct eg_rail_result *rail)
{
	double gbps = (double)rail->alone_bytes * 8 / (double)rail->alone_ns;

	if (conduct->slowest.gbps > 0 && conduct->slowest.gbps <= gbps)
		return;
	conduct->slowest.gbps = gbps;
	conduct->slowest.node = node;
	strcpy(conduct->slowest.device, conduct->offers[node]->devices[rail->device].name);
}

static int measure(struct eg_conduct *conduct, uint32_t node, const struct eg_rail_result *rail)
{
	const struct eg_conduct_seat *seat = &conduct->seats[node];
	const struct eg_pair *pair;

	if (rail->device >= conduct->offers[node]->device_count ||
	    rail->partner >= seat->pair_count || rail->state != EG_RAIL_OK || !rail->alone_ns)
		return 0;
	note_slowest(conduct, node, rail);
	pair = &conduct->pairs.list[seat->pairs[rail->partner]];
	return eg_speeds_add(&conduct->speeds, node, pair->a == node ? pair->b : pair->a, rail);
}

static int hear_rail(struct eg_heard_rail *heard, const struct eg_rail_result *rail)
{
	*heard = (struct eg_heard_rail){ .partner = rail->partner,
					 .device = rail->device,
					 .peer = rail->peer,
					 .state = rail->state,
					 .provider_error = rail->provider_error };
	if (rail->state == EG_RAIL_OK || !rail->text[0])
		return 0;
	heard->text = strdup(rail->text);
	return heard->text ? 0 : -ENOMEM;
}

static void count_done(struct eg_conduct *conduct, uint32_t index)
{
	const struct eg_conduct_seat *seat = &conduct->seats[index];

	for (uint16_t i = 0; i < seat->pair_count; i++) {
		const struct eg_pair *pair = &conduct->pairs.list[seat->pairs[i]];

		conduct->pairs_done +=
			conduct->seats[pair->a].heard && conduct->seats[pair->b].heard;
	}
}

uint32_t eg_conduct_suspects(const struct eg_conduct *conduct)
{
	EG_CLEANUP(eg_free)
	struct eg_standing *standings = calloc(conduct->count, EG_DEVICES_MAX * sizeof(*standings));
	uint32_t count = 0;

	if (!standings)
		return 0;
	eg_tries_stand(&conduct->tries, conduct->count, standings);
	for (uint32_t node = 0; node < conduct->count; node++) {
		bool suspect = false;

		for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
			const struct eg_standing *one = eg_standing_of(standings, node, i);

			suspect |= one->failed && !one->ok;
		}
		count += suspect;
	}
	return count;
}

int eg_conduct_result(struct eg_conduct *conduct, uint32_t index, const struct eg_result *result)
{
	struct eg_conduct_seat *seat = &conduct->seats[index];
	int rc = 0;

	if (result->round != conduct->stage || !seat->pair_count)
		return -EPROTO;
	if (seat->heard)
		return -EEXIST;
	seat->rails = calloc(result->count ? result->count : 1u, sizeof(*seat->rails));
	if (!seat->rails)
		return -ENOMEM;
	seat->heard = true;
	count_done(conduct, index);
	for (uint16_t i = 0; !rc && i < result->count; i++) {
		rc = hear_rail(&seat->rails[seat->rail_count++], &result->rails[i]);
		if (!rc)
			rc = measure(conduct, index, &result->rails[i]);
	}
	return rc;
}

/* What @node says of its device with the partner's in pair @index of the stage; NULL nothing. */
static const struct eg_heard_rail *find_rail(const struct eg_conduct_seat *seat, uint32_t index,
					     uint8_t device, uint8_t peer)
{
	uint8_t place = 0;

	while (place < seat->pair_count && seat->pairs[place] != index)
		place++;
	for (uint16_t i = 0; i < seat->rail_count; i++) {
		const struct eg_heard_rail *rail = &seat->rails[i];

		if (rail->partner == place && rail->device == device && rail->peer == peer)
			return rail;
	}
	return NULL;
}

/* Both directions in one: who was not heard leaves it unknown, else the worse one counts. */
static void combine(const struct eg_heard_rail *one, const struct eg_heard_rail *other,
		    struct eg_try *ret)
{
	const struct eg_heard_rail *worse;

	ret->state = EG_RAIL_UNKNOWN;
	ret->text = NULL;
	if (!one || !other || one->state == EG_RAIL_UNKNOWN || other->state == EG_RAIL_UNKNOWN)
		return;
	worse = other->state > one->state ? other : one;
	/* Of two that failed alike the one says why, where the other only waited. */
	if (one->state == other->state && !one->provider_error && other->provider_error)
		worse = other;
	ret->state = worse->state;
	if (worse->state == EG_RAIL_OK)
		return;
	ret->text = worse->text;
	ret->provider_error = worse->provider_error;
}

static int end_pair(struct eg_conduct *conduct, uint32_t index)
{
	const struct eg_pair *pair = &conduct->pairs.list[index];
	struct eg_rail_pairs rails;
	int rc = 0;

	eg_rails_between(conduct->offers[pair->a], conduct->offers[pair->b], pair->a == pair->b,
			 &rails);
	for (uint16_t i = 0; !rc && i < rails.count; i++) {
		struct eg_try one = { .a = pair->a,
				      .b = pair->b,
				      .a_device = rails.list[i].a,
				      .b_device = rails.list[i].b,
				      .round = (uint16_t)conduct->stage };
		const struct eg_heard_rail *there =
			find_rail(&conduct->seats[one.a], index, one.a_device, one.b_device);
		const struct eg_heard_rail *back = there;

		if (one.a != one.b)
			back = find_rail(&conduct->seats[one.b], index, one.b_device, one.a_device);
		combine(there, back, &one);
		rc = eg_tries_add(&conduct->tries, &one);
	}
	return rc;
}

int eg_conduct_end_stage(struct eg_conduct *conduct)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < conduct->pairs.count; i++)
		rc = end_pair(conduct, i);
	leave_stage(conduct);
	return rc;
}

int eg_conduct_judge(const struct eg_conduct *conduct, struct eg_traffic_findings *ret)
{
	struct eg_traffic_facts facts = {
		.count = conduct->count,
		.names = conduct->names,
		.offers = (const struct eg_offer *const *)conduct->offers,
		.tries = &conduct->tries,
		.speeds = &conduct->speeds,
		.floors = conduct->floors,
	};

	return eg_judge_traffic(&facts, ret);
}
