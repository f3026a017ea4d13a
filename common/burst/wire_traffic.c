/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/wire_traffic.h"

#include <string.h>

#include "common/burst/offer.h"
#include "common/burst/wire.h"
#include "common/burst/wire_bytes.h"

#define BUDGET_MAX_MS 3600000

static void put_target(struct eg_wire_buffer *out, const struct eg_target *target)
{
	eg_put_number(out, target->address_length, 1);
	eg_put_bytes(out, target->address, target->address_length);
	eg_put_number(out, target->device_reads, 1);
	eg_put_number(out, target->key, 8);
	eg_put_number(out, target->base, 8);
	eg_put_number(out, target->seed, 8);
}

static void get_target(struct eg_reader *in, struct eg_target *ret)
{
	const uint8_t *address;

	ret->address_length = (uint8_t)eg_get_number(in, 1, EG_FABRIC_ADDRESS_MAX);
	address = eg_get_bytes(in, ret->address_length);
	if (address)
		memcpy(ret->address, address, ret->address_length);
	ret->device_reads = (uint8_t)eg_get_number(in, 1, 1);
	ret->key = eg_get_number(in, 8, UINT64_MAX);
	ret->base = eg_get_number(in, 8, UINT64_MAX);
	ret->seed = eg_get_number(in, 8, UINT64_MAX);
}

static void put_pci(struct eg_wire_buffer *out, struct eg_pci_addr pci)
{
	eg_put_number(out, pci.domain, 2);
	eg_put_number(out, pci.bus, 1);
	eg_put_number(out, pci.device, 1);
	eg_put_number(out, pci.function, 1);
}

static struct eg_pci_addr get_pci(struct eg_reader *in)
{
	struct eg_pci_addr pci;

	pci.domain = (uint16_t)eg_get_number(in, 2, UINT16_MAX);
	pci.bus = (uint8_t)eg_get_number(in, 1, UINT8_MAX);
	pci.device = (uint8_t)eg_get_number(in, 1, 31);
	pci.function = (uint8_t)eg_get_number(in, 1, 7);
	return pci;
}

void eg_wire_put_offer(struct eg_wire_buffer *ret, const struct eg_offer *offer)
{
	eg_put_begin(ret, EG_WIRE_OFFER);
	eg_put_text(ret, offer->instance_type, sizeof(offer->instance_type));
	eg_put_text(ret, offer->error, sizeof(offer->error));
	eg_put_number(ret, offer->device_count, 2);
	for (size_t i = 0; i < offer->device_count; i++) {
		const struct eg_offer_device *device = &offer->devices[i];

		put_pci(ret, device->pci);
		eg_put_text(ret, device->name, sizeof(device->name));
		put_target(ret, &device->target);
		eg_put_text(ret, device->error, sizeof(device->error));
	}
	eg_put_end(ret);
}

int eg_wire_get_offer(const uint8_t *body, size_t length, struct eg_offer *ret)
{
	struct eg_reader in = { .data = body, .left = length };

	memset(ret, 0, sizeof(*ret));
	eg_get_text(&in, ret->instance_type, sizeof(ret->instance_type));
	eg_get_text(&in, ret->error, sizeof(ret->error));
	ret->device_count = (uint16_t)eg_get_number(&in, 2, EG_DEVICES_MAX);
	for (size_t i = 0; i < ret->device_count; i++) {
		struct eg_offer_device *device = &ret->devices[i];

		device->pci = get_pci(&in);
		eg_get_text(&in, device->name, sizeof(device->name));
		get_target(&in, &device->target);
		eg_get_text(&in, device->error, sizeof(device->error));
	}
	return eg_get_finish(&in);
}

static void put_partner(struct eg_wire_buffer *out, const struct eg_partner *partner)
{
	eg_put_number(out, partner->index, 4);
	eg_put_text(out, partner->node, sizeof(partner->node));
	eg_put_number(out, partner->rail_count, 2);
	for (size_t i = 0; i < partner->rail_count; i++) {
		eg_put_number(out, partner->rails[i].device, 1);
		eg_put_number(out, partner->rails[i].peer, 1);
		put_target(out, &partner->rails[i].target);
		put_pci(out, partner->rails[i].pci);
	}
}

static void get_partner(struct eg_reader *in, struct eg_partner *ret)
{
	ret->index = (uint32_t)eg_get_number(in, 4, EG_NODELIST_MAX - 1);
	eg_get_text(in, ret->node, sizeof(ret->node));
	ret->rail_count = (uint16_t)eg_get_number(in, 2, EG_DEVICES_MAX);
	for (size_t i = 0; i < ret->rail_count; i++) {
		ret->rails[i].device = (uint8_t)eg_get_number(in, 1, EG_DEVICES_MAX - 1);
		ret->rails[i].peer = (uint8_t)eg_get_number(in, 1, EG_DEVICES_MAX - 1);
		get_target(in, &ret->rails[i].target);
		ret->rails[i].pci = get_pci(in);
	}
}

void eg_wire_put_round(struct eg_wire_buffer *ret, const struct eg_round *round)
{
	eg_put_begin(ret, EG_WIRE_ROUND);
	eg_put_number(ret, round->number, 2);
	eg_put_number(ret, round->depth, 1);
	eg_put_number(ret, round->budget_ms, 4);
	if (round->depth == EG_DEPTH_SIZE)
		eg_put_number(ret, round->read_bytes, 4);
	eg_put_number(ret, round->partner_count, 2);
	for (size_t i = 0; i < round->partner_count; i++)
		put_partner(ret, &round->partners[i]);
	eg_put_end(ret);
}

int eg_wire_get_round(const uint8_t *body, size_t length, struct eg_round *ret)
{
	struct eg_reader in = { .data = body, .left = length };

	memset(ret, 0, sizeof(*ret));
	ret->number = (uint16_t)eg_get_number(&in, 2, UINT16_MAX);
	ret->depth = (uint8_t)eg_get_number(&in, 1, EG_DEPTH_SIZE);
	ret->budget_ms = (uint32_t)eg_get_number(&in, 4, BUDGET_MAX_MS);
	if (ret->depth == EG_DEPTH_SIZE)
		ret->read_bytes = (uint32_t)eg_get_number(&in, 4, EG_OFFER_BYTES);
	ret->partner_count = (uint16_t)eg_get_number(&in, 2, EG_PARTNERS_MAX);
	for (size_t i = 0; i < ret->partner_count; i++)
		get_partner(&in, &ret->partners[i]);
	if (!ret->depth || (ret->depth == EG_DEPTH_SIZE && !ret->read_bytes))
		in.bad = true;
	return eg_get_finish(&in);
}

static void put_rail(struct eg_wire_buffer *out, const struct eg_rail_result *rail)
{
	eg_put_number(out, rail->partner, 1);
	eg_put_number(out, rail->device, 1);
	eg_put_number(out, rail->peer, 1);
	eg_put_number(out, rail->state, 1);
	eg_put_number(out, rail->device_reads, 1);
	eg_put_number(out, (uint32_t)rail->error, 4);
	eg_put_number(out, (uint32_t)rail->provider_error, 4);
	eg_put_number(out, rail->alone_bytes, 8);
	eg_put_number(out, rail->alone_ns, 8);
	eg_put_number(out, rail->together_bytes, 8);
	eg_put_number(out, rail->together_ns, 8);
	eg_put_number(out, rail->latency_p50_ns, 4);
	eg_put_number(out, rail->latency_p99_ns, 4);
	eg_put_number(out, rail->latency_samples, 4);
	eg_put_text(out, rail->text, sizeof(rail->text));
}

static void get_rail(struct eg_reader *in, struct eg_rail_result *ret)
{
	ret->partner = (uint8_t)eg_get_number(in, 1, EG_PARTNERS_MAX - 1);
	ret->device = (uint8_t)eg_get_number(in, 1, EG_DEVICES_MAX - 1);
	ret->peer = (uint8_t)eg_get_number(in, 1, EG_DEVICES_MAX - 1);
	ret->state = (uint8_t)eg_get_number(in, 1, EG_RAIL_CORRUPT);
	ret->device_reads = (uint8_t)eg_get_number(in, 1, 1);
	ret->error = (int32_t)eg_get_number(in, 4, UINT32_MAX);
	ret->provider_error = (int32_t)eg_get_number(in, 4, UINT32_MAX);
	ret->alone_bytes = eg_get_number(in, 8, UINT64_MAX);
	ret->alone_ns = eg_get_number(in, 8, UINT64_MAX);
	ret->together_bytes = eg_get_number(in, 8, UINT64_MAX);
	ret->together_ns = eg_get_number(in, 8, UINT64_MAX);
	ret->latency_p50_ns = (uint32_t)eg_get_number(in, 4, UINT32_MAX);
	ret->latency_p99_ns = (uint32_t)eg_get_number(in, 4, UINT32_MAX);
	ret->latency_samples = (uint32_t)eg_get_number(in, 4, UINT32_MAX);
	eg_get_text(in, ret->text, sizeof(ret->text));
}

void eg_wire_put_result(struct eg_wire_buffer *ret, const struct eg_result *result)
{
	eg_put_begin(ret, EG_WIRE_RESULT);
	eg_put_number(ret, result->round, 2);
	eg_put_text(ret, result->error, sizeof(result->error));
	eg_put_number(ret, result->count, 2);
	for (size_t i = 0; i < result->count; i++)
		put_rail(ret, &result->rails[i]);
	eg_put_end(ret);
}

int eg_wire_get_result(const uint8_t *body, size_t length, struct eg_result *ret)
{
	struct eg_reader in = { .data = body, .left = length };

	memset(ret, 0, sizeof(*ret));
	ret->round = (uint16_t)eg_get_number(&in, 2, UINT16_MAX);
	eg_get_text(&in, ret->error, sizeof(ret->error));
	ret->count = (uint16_t)eg_get_number(&in, 2, EG_RAILS_MAX);
	for (size_t i = 0; i < ret->count; i++)
		get_rail(&in, &ret->rails[i]);
	return eg_get_finish(&in);
}
