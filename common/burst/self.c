/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/self.h"

#include <stdio.h>
#include <string.h>

#include "common/burst/offer.h"
#include "common/burst/rail_facts.h"
#include "common/node/facts.h"

#define STRIDES_MAX 3

/* The devices that can be reached, by their places in the offer. */
struct ring {
	uint8_t places[EG_DEVICES_MAX];
	size_t count;
};

static void make_ring(const struct eg_offer *offer, struct ring *ret)
{
	ret->count = 0;
	for (uint8_t i = 0; i < offer->device_count; i++) {
		if (offer->devices[i].target.address_length)
			ret->places[ret->count++] = i;
	}
}

static void add_partner(const struct eg_offer *offer, const struct ring *ring, const char *node,
			size_t stride, struct eg_partner *ret)
{
	(void)snprintf(ret->node, sizeof(ret->node), "%s", node);
	for (size_t i = 0; i < ring->count; i++) {
		struct eg_rail *rail = &ret->rails[ret->rail_count++];

		rail->device = ring->places[i];
		rail->peer = ring->places[(i + stride) % ring->count];
		rail->target = offer->devices[rail->peer].target;
	}
}

void eg_self_round(const struct eg_offer *offer, const char *node, uint32_t budget_ms,
		   struct eg_round *ret)
{
	struct ring ring;

	make_ring(offer, &ring);
	memset(ret, 0, sizeof(*ret));
	ret->number = 1;
	ret->depth = EG_DEPTH_FULL;
	ret->budget_ms = budget_ms;
	for (size_t stride = 1; stride <= STRIDES_MAX; stride++) {
		if (!ring.count || (stride > 1 && stride >= ring.count))
			break;
		add_partner(offer, &ring, node, stride, &ret->partners[ret->partner_count++]);
	}
}

/* How all the tries went that a device took part in. */
struct tally {
	uint32_t tries, failed, corrupt;
};

static void count_try(struct tally *tally, uint8_t state)
{
	if (state == EG_RAIL_UNKNOWN)
		return;
	tally->tries++;
	tally->failed += state != EG_RAIL_OK;
	tally->corrupt += state == EG_RAIL_CORRUPT;
}

static void count_tries(const struct eg_result *result, struct tally *ret)
{
	for (size_t i = 0; i < result->count; i++) {
		const struct eg_rail_result *rail = &result->rails[i];

		count_try(&ret[rail->device], rail->state);
		if (rail->peer != rail->device)
			count_try(&ret[rail->peer], rail->state);
	}
}

static bool is_all_bad(const struct tally *tally)
{
	return tally->tries && tally->failed == tally->tries;
}

static const struct eg_rail_result *first_try(const struct eg_result *result, uint8_t device)
{
	for (size_t i = 0; i < result->count; i++) {
		if (result->rails[i].device == device)
			return &result->rails[i];
	}
	return NULL;
}

static const struct eg_rail_result *choose_try(const struct eg_result *result,
					       const struct tally *tallies, uint8_t device)
{
	for (size_t i = 0; i < result->count; i++) {
		const struct eg_rail_result *rail = &result->rails[i];

		if (rail->device == device && rail->state != EG_RAIL_OK &&
		    rail->state != EG_RAIL_UNKNOWN && !is_all_bad(&tallies[device]) &&
		    !is_all_bad(&tallies[rail->peer]))
			return rail;
	}
	return first_try(result, device);
}

/* Another try than the first is told with its state and error; measured is the first. */
static void tell(const struct eg_offer *offer, const struct eg_rail_result *first,
		 const struct eg_rail_result *told, const char *node, struct eg_burst_facts *ret)
{
	struct eg_rail_result rail = *first;

	rail.state = told->state;
	rail.provider_error = told->provider_error;
	memcpy(rail.text, told->text, sizeof(rail.text));
	eg_rail_facts(&rail, node, ret);
	eg_rail_facts_peer(offer->devices[told->peer].pci, ret);
}

static void fill_burst(const struct eg_offer *offer, const struct eg_result *result,
		       const struct tally *tallies, uint8_t place, const char *node,
		       struct eg_burst_facts *ret)
{
	static const struct eg_rail_result untried = { .state = EG_RAIL_UNKNOWN };
	const struct eg_rail_result *first = first_try(result, place);

	if (first)
		tell(offer, first, choose_try(result, tallies, place), node, ret);
	else
		eg_rail_facts(&untried, node, ret);
	if (offer->devices[place].error[0])
		(void)snprintf(ret->error, sizeof(ret->error), "%s", offer->devices[place].error);
	ret->tries = tallies[place].tries;
	ret->failed = tallies[place].failed;
	ret->corrupt = tallies[place].corrupt;
}

void eg_self_facts(const struct eg_offer *offer, const struct eg_result *result, const char *node,
		   struct eg_node_facts *facts)
{
	struct tally tallies[EG_DEVICES_MAX] = { 0 };

	count_tries(result, tallies);
	for (uint8_t i = 0; i < offer->device_count; i++) {
		struct eg_device_facts *device = eg_rail_facts_device(facts, &offer->devices[i]);

		if (device)
			fill_burst(offer, result, tallies, i, node, &device->burst);
	}
}
