/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/sim/fabric.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a draw is for, so that no two draws are the same. */
enum purpose { BAD_NODE = 1, BAD_DEVICE, BAD_PAIR, TRY, PAIR_STAGE, ISLAND, OUTAGE_NODE, OUTAGE };

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static uint64_t draw(const struct sim_fabric *fabric, enum purpose purpose, uint64_t what)
{
	return mix(mix(fabric->seed * 0x9e3779b97f4a7c15ULL + purpose) + what);
}

static bool happens(const struct sim_fabric *fabric, enum purpose purpose, uint64_t what,
		    double rate)
{
	return rate > 0 && (double)(draw(fabric, purpose, what) >> 11) * 0x1p-53 < rate;
}

/* Mark @count different nodes. */
static void mark_some(const struct sim_fabric *fabric, enum purpose purpose, uint32_t count,
		      bool *marks)
{
	uint64_t turn = 0;

	if (count > fabric->nodes)
		count = fabric->nodes;
	while (count) {
		uint32_t node = (uint32_t)(draw(fabric, purpose, turn++) % fabric->nodes);

		count -= !marks[node];
		marks[node] = true;
	}
}

static int draw_outages(struct sim_fabric *fabric, uint32_t span_ms)
{
	const struct sim_rates *rates = fabric->rates;
	uint32_t more = rates->outage_max_ms - rates->outage_min_ms + 1;
	bool *chosen = calloc(fabric->nodes, sizeof(*chosen));

	if (!chosen)
		return -ENOMEM;
	mark_some(fabric, OUTAGE_NODE, rates->outage_nodes, chosen);
	for (uint32_t i = 0; i < fabric->nodes; i++) {
		uint64_t drawn = draw(fabric, OUTAGE, i);
		uint32_t length = rates->outage_min_ms + (uint32_t)(drawn % more);
		/* It may have begun before the session. */
		int64_t from = (int64_t)((drawn >> 32) % (span_ms + length)) - length;

		if (!chosen[i])
			continue;
		fabric->outages[i].from_ms = from > 0 ? (uint32_t)from : 0;
		fabric->outages[i].to_ms = (uint32_t)(from + length);
	}
	free(chosen);
	return 0;
}

int sim_fabric_init(struct sim_fabric *fabric, uint32_t span_ms)
{
	const struct sim_rates *rates = fabric->rates;
	uint64_t devices = (uint64_t)fabric->nodes * fabric->devices;

	fabric->bad_node = calloc(fabric->nodes, sizeof(*fabric->bad_node));
	fabric->bad_device = calloc(devices, sizeof(*fabric->bad_device));
	fabric->island = calloc(fabric->nodes, sizeof(*fabric->island));
	fabric->outages = calloc(fabric->nodes, sizeof(*fabric->outages));
	if (!fabric->bad_node || !fabric->bad_device || !fabric->island || !fabric->outages)
		return -ENOMEM;
	for (uint32_t i = 0; i < fabric->nodes; i++)
		fabric->bad_node[i] = happens(fabric, BAD_NODE, i, rates->bad_nodes);
	for (uint64_t i = 0; i < devices; i++)
		fabric->bad_device[i] = happens(fabric, BAD_DEVICE, i, rates->bad_devices);
	mark_some(fabric, ISLAND, rates->island, fabric->island);
	return rates->outage_nodes ? draw_outages(fabric, span_ms) : 0;
}

void sim_fabric_done(struct sim_fabric *fabric)
{
	free(fabric->bad_node);
	free(fabric->bad_device);
	free(fabric->island);
	free(fabric->outages);
	fabric->bad_node = fabric->bad_device = fabric->island = NULL;
	fabric->outages = NULL;
}

static bool is_out(const struct sim_fabric *fabric, const struct sim_stage *stage, uint32_t node)
{
	const struct sim_outage *outage = &fabric->outages[node];

	return outage->from_ms < outage->to_ms && outage->from_ms < stage->to_ms &&
	       outage->to_ms > stage->from_ms;
}

/* Solid, whatever the time. */
static bool is_broken(const struct sim_fabric *fabric, uint32_t node, uint8_t device)
{
	return fabric->bad_node[node] ||
	       fabric->bad_device[(uint64_t)node * fabric->devices + device];
}

static bool is_cut(const struct sim_fabric *fabric, const struct sim_stage *stage, uint32_t a,
		   uint32_t b)
{
	const struct sim_rates *rates = fabric->rates;
	uint64_t pair = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;

	if (a == b)
		return false;
	return rates->closed || fabric->island[a] != fabric->island[b] ||
	       happens(fabric, BAD_PAIR, pair, rates->bad_pairs) ||
	       happens(fabric, PAIR_STAGE, mix(pair) + stage->number, rates->transient_pairs);
}

bool sim_fabric_fails(const struct sim_fabric *fabric, const struct sim_stage *stage, uint32_t a,
		      uint8_t a_device, uint32_t b, uint8_t b_device)
{
	uint64_t one = (uint64_t)a << 8 | a_device, two = (uint64_t)b << 8 | b_device;
	uint64_t rail = one < two ? one << 32 | two : two << 32 | one;

	return is_broken(fabric, a, a_device) || is_broken(fabric, b, b_device) ||
	       is_out(fabric, stage, a) || is_out(fabric, stage, b) ||
	       is_cut(fabric, stage, a, b) ||
	       happens(fabric, TRY, mix(rail) + stage->number, fabric->rates->transient_tries);
}
