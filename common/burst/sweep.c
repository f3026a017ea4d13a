/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/sweep.h"

#include <stdio.h>
#include <string.h>

#include "common/burst/plan.h"
#include "common/burst/rails.h"
#include "common/burst/run.h"

#define BUDGET_MS 1000
#define BUDGET_DEVICE_MS 75 /* enough for the whole of a device's time by eg_time_share() */

uint32_t eg_sweep_bytes(size_t place)
{
	return 64u << 2 * place;
}

uint32_t eg_sweep_budget_ms(size_t rails)
{
	return BUDGET_MS + BUDGET_DEVICE_MS * (uint32_t)rails;
}

void eg_sweep_round(size_t place, struct eg_round *round)
{
	round->number = (uint16_t)(EG_STAGES + place + 1);
	round->depth = EG_DEPTH_SIZE;
	round->read_bytes = eg_sweep_bytes(place);
	if (round->partner_count > 1)
		round->partner_count = 1;
	round->budget_ms =
		eg_sweep_budget_ms(round->partner_count ? round->partners[0].rail_count : 0);
}

int eg_sweep_round_of_two(const struct eg_offer *const *offers, const char *const *names,
			  uint32_t index, size_t place, struct eg_round *ret)
{
	const struct eg_offer *peers = offers[!index];
	struct eg_partner *partner = &ret->partners[0];
	struct eg_rail_pairs pairs;

	eg_rails_between(offers[0], offers[1], false, &pairs);
	memset(ret, 0, sizeof(*ret));
	ret->partner_count = 1;
	partner->index = !index;
	(void)snprintf(partner->node, sizeof(partner->node), "%s", names[!index]);
	for (uint16_t i = 0; i < pairs.count; i++) {
		struct eg_rail *rail = &partner->rails[partner->rail_count++];

		rail->device = index ? pairs.list[i].b : pairs.list[i].a;
		rail->peer = index ? pairs.list[i].a : pairs.list[i].b;
		rail->target = peers->devices[rail->peer].target;
		rail->pci = peers->devices[rail->peer].pci;
	}
	eg_sweep_round(place, ret);
	return pairs.count ? 0 : -1;
}

static bool is_device(const struct eg_offer_device *device, const char *only)
{
	char pci[EG_PCI_ADDR_TEXT];

	(void)eg_pci_addr_text(device->pci, pci);
	return !only || !strcmp(device->name, only) || !strcmp(pci, only);
}

bool eg_sweep_knows(const struct eg_offer *offer, const char *only)
{
	for (uint16_t i = 0; i < offer->device_count; i++) {
		if (is_device(&offer->devices[i], only))
			return true;
	}
	return false;
}

static bool has_failed(const struct eg_sweep *sweep, const struct eg_rail *order)
{
	for (size_t i = 0; i < sweep->count; i++) {
		const struct eg_sweep_rail *rail = &sweep->rails[i];

		if (rail->device == order->device && rail->peer == order->peer)
			return rail->error[0];
	}
	return false;
}

void eg_sweep_choose(const struct eg_sweep *sweep, const struct eg_offer *offer,
		     struct eg_round *round)
{
	struct eg_partner *partner = &round->partners[0];
	uint16_t kept = 0;

	for (uint16_t i = 0; round->partner_count && i < partner->rail_count; i++) {
		uint8_t device = partner->rails[i].device;

		if (device < offer->device_count &&
		    is_device(&offer->devices[device], sweep->only) &&
		    !has_failed(sweep, &partner->rails[i]))
			partner->rails[kept++] = partner->rails[i];
	}
	partner->rail_count = kept;
}

static struct eg_sweep_rail *rail_of(struct eg_sweep *sweep, const struct eg_rail_result *result)
{
	struct eg_sweep_rail *rail;

	for (size_t i = 0; i < sweep->count; i++) {
		rail = &sweep->rails[i];
		if (rail->device == result->device && rail->peer == result->peer)
			return rail;
	}
	if (sweep->count == EG_DEVICES_MAX)
		return NULL;
	rail = &sweep->rails[sweep->count++];
	rail->device = result->device;
	rail->peer = result->peer;
	return rail;
}

static void take_rail(struct eg_sweep *sweep, size_t place, const struct eg_offer_device *device,
		      const struct eg_rail *order, const struct eg_rail_result *result)
{
	struct eg_sweep_rail *rail = rail_of(sweep, result);

	if (!rail)
		return;
	memcpy(rail->name, device->name, sizeof(rail->name));
	rail->pci = device->pci;
	rail->peer_pci = order->pci;
	if (result->state != EG_RAIL_OK) {
		if (!rail->error[0])
			(void)snprintf(rail->error, sizeof(rail->error), "%u bytes: %.90s",
				       eg_sweep_bytes(place), result->text);
		return;
	}
	rail->device_reads = result->device_reads;
	if (!result->device_reads && eg_sweep_bytes(place) > EG_EMULATED_BYTES)
		return;
	rail->points[place] = (struct eg_sweep_point){
		.alone_bytes = result->alone_bytes,
		.alone_ns = result->alone_ns,
		.together_bytes = result->together_bytes,
		.together_ns = result->together_ns,
		.latency_p50_ns = result->latency_p50_ns,
		.latency_p99_ns = result->latency_p99_ns,
		.latency_samples = result->latency_samples,
	};
}

void eg_sweep_take(struct eg_sweep *sweep, const struct eg_offer *offer,
		   const struct eg_round *round, const struct eg_result *result)
{
	const struct eg_partner *partner = &round->partners[0];
	size_t place = round->number - EG_STAGES - 1u;

	if (place >= EG_SWEEP_SIZES || !round->partner_count)
		return;
	memcpy(sweep->peer, partner->node, sizeof(sweep->peer));
	if (sweep->sizes < place + 1)
		sweep->sizes = place + 1;
	for (uint16_t i = 0; i < result->count && i < partner->rail_count; i++) {
		const struct eg_rail *rail = &partner->rails[i];

		if (rail->device < offer->device_count)
			take_rail(sweep, place, &offer->devices[rail->device], rail,
				  &result->rails[i]);
	}
}
