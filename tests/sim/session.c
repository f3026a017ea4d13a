/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/sim/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/burst/conduct.h"
#include "common/burst/stage_time.h"
#include "common/verdict/judge_traffic.h"

#define NODES_MAX 16384

/* The configuration's defaults; the first stage begins when all have met. */
#define ROUND_MS 1200
#define SESSION_MS 6000
#define MEET_MS 500
#define GOOD_MS 300 /* a stage in which nothing fails ends early */

static const char *names[NODES_MAX];

static void name_nodes(void)
{
	static char text[NODES_MAX][8];

	if (names[0])
		return;
	for (uint32_t i = 0; i < NODES_MAX; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "n%u", i + 1);
		names[i] = text[i];
	}
}

static void fill_offer(uint8_t devices, struct eg_offer *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->device_count = devices;
	for (uint8_t i = 0; i < devices; i++) {
		struct eg_offer_device *device = &ret->devices[i];

		device->pci = (struct eg_pci_addr){ 0, (uint8_t)(0x10 + i), 0x1b, 0 };
		(void)snprintf(device->name, sizeof(device->name), "rdmap%us27", 16u + i);
		device->target.address_length = 32;
	}
}

/* One session being run. */
struct run {
	struct sim_fabric fabric;
	struct eg_conduct conduct;
	struct sim_stage stage;
	struct sim_sums *sums;
	bool any_failed; /* in this stage */
};

static void answer(struct run *run, uint32_t node, const struct eg_round *order,
		   struct eg_result *ret)
{
	ret->round = order->number;
	ret->count = 0;
	ret->error[0] = '\0';
	for (uint8_t p = 0; p < order->partner_count; p++) {
		const struct eg_partner *partner = &order->partners[p];

		for (uint16_t i = 0; i < partner->rail_count; i++) {
			struct eg_rail_result *rail = &ret->rails[ret->count++];

			*rail = (struct eg_rail_result){ .partner = p,
							 .device = partner->rails[i].device,
							 .peer = partner->rails[i].peer };
			rail->state = sim_fabric_fails(&run->fabric, &run->stage, node,
						       rail->device, partner->index, rail->peer)
					      ? EG_RAIL_FAILED
					      : EG_RAIL_OK;
			run->any_failed |= rail->state != EG_RAIL_OK;
		}
	}
}

static int run_stage(struct run *run)
{
	static struct eg_round order;
	static struct eg_result result;
	int rc = 0;

	run->any_failed = false;
	run->stage.number = run->conduct.stage;
	run->stage.to_ms = run->stage.from_ms + ROUND_MS;
	for (uint32_t i = 0; !rc && i < run->conduct.count; i++) {
		if (!eg_conduct_takes_part(&run->conduct, i))
			continue;
		eg_conduct_round(&run->conduct, i, ROUND_MS, &order);
		answer(run, i, &order, &result);
		rc = eg_conduct_result(&run->conduct, i, &result);
		run->sums->messages += 2;
	}
	if (!run->any_failed)
		run->stage.to_ms = run->stage.from_ms + GOOD_MS;
	run->stage.from_ms = run->stage.to_ms;
	return rc ? rc : eg_conduct_end_stage(&run->conduct);
}

static int run_stages(struct run *run)
{
	uint64_t rounds = 0;
	int rc = 0;

	run->stage.from_ms = MEET_MS;
	while (!rc && eg_conduct_next(&run->conduct) > 0) {
		run->stage.from_ms += eg_stage_wait_ms(run->conduct.stage, ROUND_MS,
						       SESSION_MS - (int64_t)run->stage.from_ms);
		rc = run_stage(run);
		rounds++;
	}
	run->sums->rounds_sum += rounds;
	if (rounds > run->sums->rounds)
		run->sums->rounds = rounds;
	return rc;
}

/* Where a solid fault was: @device 255: the whole node. */
static bool is_true(const struct sim_fabric *fabric, uint32_t node, unsigned int device)
{
	if (fabric->bad_node[node])
		return true;
	if (device < fabric->devices)
		return fabric->bad_device[(uint64_t)node * fabric->devices + device];
	for (uint8_t i = 0; i < fabric->devices; i++) {
		if (!fabric->bad_device[(uint64_t)node * fabric->devices + i])
			return false;
	}
	return true;
}

static void count_faults(const struct sim_fabric *fabric, struct sim_sums *sums)
{
	for (uint32_t i = 0; i < fabric->nodes; i++) {
		if (fabric->bad_node[i]) {
			sums->faults++;
			continue;
		}
		for (uint8_t k = 0; k < fabric->devices; k++)
			sums->faults += fabric->bad_device[(uint64_t)i * fabric->devices + k];
	}
}

/* Of a finding that blames: how many solid faults it names. */
static uint64_t named(const struct sim_fabric *fabric, uint32_t node, bool whole)
{
	uint64_t count = 0;

	if (!whole || fabric->bad_node[node])
		return 1;
	for (uint8_t k = 0; k < fabric->devices; k++)
		count += fabric->bad_device[(uint64_t)node * fabric->devices + k];
	return count;
}

static void compare(struct run *run, const struct eg_traffic_findings *findings)
{
	struct sim_sums *sums = run->sums;
	bool stopped = false, cluster = false;
	bool *seen = calloc(run->fabric.nodes, sizeof(*seen));

	for (size_t i = 0; seen && i < findings->count; i++) {
		const struct eg_traffic_finding *one = &findings->list[i];
		bool whole = one->finding.blame == EG_BLAME_NODE;
		unsigned int bus = 0, device = 255;

		stopped |= one->finding.outcome >= EG_UNKNOWN;
		cluster |= one->finding.blame == EG_BLAME_CLUSTER;
		if (!whole && one->finding.blame != EG_BLAME_DEVICE)
			continue;
		if (!whole && sscanf(one->finding.subject, "0000:%2x", &bus) == 1)
			device = bus - 0x10;
		if (!is_true(&run->fabric, one->node, device)) {
			sums->blamed_good++;
			continue;
		}
		/* All devices of a dead node by name are still one fault. */
		if (!run->fabric.bad_node[one->node] || !seen[one->node])
			sums->found += named(&run->fabric, one->node, whole);
		seen[one->node] = true;
	}
	free(seen);
	sums->stopped += stopped;
	sums->cluster += cluster;
	sums->warned += !stopped && findings->count > 0;
}

static int run_it(struct run *run)
{
	struct eg_traffic_findings findings = { 0 };
	struct eg_offer *offer = malloc(sizeof(*offer));
	int rc = offer ? 0 : -ENOMEM;

	if (offer)
		fill_offer(run->fabric.devices, offer);
	for (uint32_t i = 0; !rc && i < run->fabric.nodes; i++)
		rc = eg_conduct_offer(&run->conduct, i, offer);
	free(offer);
	if (!rc)
		rc = run_stages(run);
	if (!rc)
		rc = eg_conduct_judge(&run->conduct, &findings);
	if (!rc)
		compare(run, &findings);
	eg_traffic_findings_done(&findings);
	return rc;
}

int sim_session_run(const struct sim_scenario *scenario, uint64_t index, struct sim_sums *sums)
{
	struct run run = { .sums = sums,
			   .fabric = { .rates = &scenario->rates,
				       .seed = index,
				       .nodes = scenario->nodes,
				       .devices = scenario->devices } };
	int rc;

	name_nodes();
	rc = sim_fabric_init(&run.fabric, SESSION_MS);
	if (!rc)
		rc = eg_conduct_init(&run.conduct, scenario->nodes, names, index);
	if (!rc) {
		/* HELLO and WELCOME, OFFER, READY, verdict; the leader's own node needs no proof.
		 */
		sums->messages += 5 * (uint64_t)scenario->nodes - 2;
		sums->sessions++;
		count_faults(&run.fabric, sums);
		rc = run_it(&run);
	}
	eg_conduct_done(&run.conduct);
	sim_fabric_done(&run.fabric);
	return rc;
}
