/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_sim - a session's traffic over a fabric that is only said: which
 * devices, pairs and groups do not work. The real plan, conduct and judge.
 */
#ifndef EG_TESTS_FABRIC_SIM_H
#define EG_TESTS_FABRIC_SIM_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/burst/conduct.h"
#include "common/verdict/judge_traffic.h"

#define SIM_NODES_MAX 512

struct sim {
	uint32_t nodes;
	uint8_t devices;
	uint64_t seed;
	/* Does @device of @node reach @peer of @other at the @round-th stage? */
	enum eg_rail_state (*state)(const struct sim *sim, uint32_t node, uint8_t device,
				    uint32_t other, uint8_t peer, unsigned int stage);
	unsigned int percent; /* for @state's use */
	long stages; /* that had something to do */
	struct eg_traffic_findings findings;
	struct eg_slowest slowest;
};

static const char *sim_names[SIM_NODES_MAX];

static inline void sim_name_nodes(void)
{
	static char text[SIM_NODES_MAX][8];

	for (uint32_t i = 0; i < SIM_NODES_MAX; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "n%u", i + 1);
		sim_names[i] = text[i];
	}
}

/* Devices 0000:10:1b.0 (rdmap16s27), 0000:11:1b.0 (rdmap17s27), ... */
static inline void sim_offer(uint8_t devices, struct eg_offer *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->device_count = devices;
	for (uint8_t i = 0; i < devices; i++) {
		struct eg_offer_device *device = &ret->devices[i];

		device->pci = (struct eg_pci_addr){ 0, (uint8_t)(0x10 + i), 0x1b, 0 };
		(void)snprintf(device->name, sizeof(device->name), "rdmap%us27", 16u + i);
		device->target.address_length = 32;
		device->target.address[0] = i;
	}
}

static inline void sim_answer(const struct sim *sim, uint32_t node, const struct eg_round *order,
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
			rail->state = (uint8_t)sim->state(sim, node, rail->device, partner->index,
							  rail->peer, order->number);
			rail->alone_bytes = 1000;
			rail->alone_ns = 100 + node * 10u + rail->device;
			if (rail->state == EG_RAIL_FAILED)
				strcpy(rail->text, "Unresponsive receiver");
		}
	}
}

static inline int sim_run_stage(struct sim *sim, struct eg_conduct *conduct)
{
	static struct eg_round order;
	static struct eg_result result;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < sim->nodes; i++) {
		if (!eg_conduct_takes_part(conduct, i))
			continue;
		eg_conduct_round(conduct, i, 1000, &order);
		sim_answer(sim, i, &order, &result);
		rc = eg_conduct_result(conduct, i, &result);
	}
	sim->stages++;
	return rc ? rc : eg_conduct_end_stage(conduct);
}

/* 0 with the findings, to be released with eg_traffic_findings_done(). */
static inline int sim_run(struct sim *sim)
{
	static struct eg_offer offer;
	struct eg_conduct conduct;
	int rc = eg_conduct_init(&conduct, sim->nodes, sim_names, sim->seed);

	sim_name_nodes();
	sim->stages = 0;
	memset(&sim->findings, 0, sizeof(sim->findings));
	sim_offer(sim->devices, &offer);
	for (uint32_t i = 0; !rc && i < sim->nodes; i++)
		rc = eg_conduct_offer(&conduct, i, &offer);
	while (!rc && eg_conduct_next(&conduct) > 0)
		rc = sim_run_stage(sim, &conduct);
	if (!rc)
		rc = eg_conduct_judge(&conduct, &sim->findings);
	sim->slowest = conduct.slowest;
	eg_conduct_done(&conduct);
	return rc;
}

#endif
