/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * node_facts - a good p4de.24xlarge as a gatherer would describe it, for tests
 * to break.
 */
#ifndef EG_TESTS_NODE_FACTS_H
#define EG_TESTS_NODE_FACTS_H

#include <stdio.h>
#include <string.h>

#include "common/node/facts.h"

static const struct eg_pci_addr good_addresses[] = {
	{ .bus = 0x10, .device = 0x1b },
	{ .bus = 0x20, .device = 0x1b },
	{ .bus = 0x90, .device = 0x1b },
	{ .bus = 0xa0, .device = 0x1b },
};

static inline void make_device(struct eg_device_facts *device, struct eg_pci_addr pci)
{
	*device = (struct eg_device_facts){
		.pci = pci,
		.pci_known = true,
		.device_id = 0xefa0,
		.numa_node = pci.bus < 0x80 ? 0 : 1,
		.driver = "efa",
		.on_pci = EG_YES,
		.has_driver = EG_YES,
		.has_verbs = EG_YES,
		.opens = EG_YES,
		.has_fabric = EG_YES,
		.capabilities = EG_CAP_RDMA_READ | EG_CAP_RNR_RETRY,
		.gid = { 0xfe, 0x80, [15] = pci.bus },
		.rate_gbps = 100,
	};
	(void)snprintf(device->name, sizeof(device->name), "rdmap%ds%d", pci.bus, pci.device);
}

static inline void make_good_node(struct eg_node_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	strcpy(facts->node, "n1");
	strcpy(facts->boot_id, "6c4f8f7e-52a5-4f5c-8f19-6b4a0ed1a5a1");
	facts->instance = (struct eg_instance_facts){
		.type = "p4de.24xlarge",
		.id = "i-0123456789abcdef0",
		.type_source = "dmi",
		.source = EG_EXPECT_TABLE,
		.expected_devices = 4,
		.expected_gbps = 400,
		.accelerators = 8,
		.place_count = 4,
	};
	for (int i = 0; i < 4; i++) {
		make_device(&facts->devices[i], good_addresses[i]);
		facts->instance.places[i] = (struct eg_place){ good_addresses[i], i / 2 };
	}
	facts->device_count = 4;
	strcpy(facts->fabric_version, "1.17");
	facts->huge_pages = (struct eg_huge_page_pool){ true, 2048, 10561, 10000, 5, 0, 0 };
	facts->copy_on_fork_measured = facts->copy_on_fork = true;
	facts->memlock_measured = true;
	facts->memlock_bytes = UINT64_MAX;
	facts->numa_count = 2;
	facts->duration_ms = 300;
}

#endif
