/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/rail_facts.h"

#include <stdio.h>
#include <string.h>

#include "common/burst/offer.h"
#include "common/node/facts.h"

struct eg_device_facts *eg_rail_facts_device(struct eg_node_facts *facts,
					     const struct eg_offer_device *offered)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		struct eg_device_facts *device = &facts->devices[i];

		if (device->pci_known ? !eg_pci_addr_compare(device->pci, offered->pci)
				      : !strcmp(device->name, offered->name))
			return device;
	}
	return NULL;
}

void eg_rail_facts_peer(struct eg_pci_addr pci, struct eg_burst_facts *ret)
{
	static const struct eg_pci_addr none;

	ret->peer_pci = pci;
	ret->peer_pci_known = eg_pci_addr_compare(pci, none) != 0;
}

void eg_rail_facts(const struct eg_rail_result *rail, const char *node, struct eg_burst_facts *ret)
{
	static const enum eg_burst_state states[] = {
		[EG_RAIL_UNKNOWN] = EG_BURST_UNKNOWN,
		[EG_RAIL_OK] = EG_BURST_OK,
		[EG_RAIL_FAILED] = EG_BURST_FAILED,
		[EG_RAIL_CORRUPT] = EG_BURST_CORRUPT,
	};

	*ret = (struct eg_burst_facts){
		.state = states[rail->state],
		.device_reads = rail->state == EG_RAIL_OK && rail->device_reads,
		.alone_bytes = rail->alone_bytes,
		.alone_ns = rail->alone_ns,
		.together_bytes = rail->together_bytes,
		.together_ns = rail->together_ns,
		.latency_p50_ns = rail->latency_p50_ns,
		.latency_p99_ns = rail->latency_p99_ns,
		.latency_samples = rail->latency_samples,
		.provider = "efa",
		.provider_error = rail->provider_error > 0 ? rail->provider_error : 0,
	};
	(void)snprintf(ret->peer, sizeof(ret->peer), "%s", node);
	(void)snprintf(ret->error, sizeof(ret->error), "%s", rail->text);
}
