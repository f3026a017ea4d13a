/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_parts.h"

static const struct eg_place *find_place(const struct eg_instance_facts *instance,
					 struct eg_pci_addr pci)
{
	for (size_t i = 0; i < instance->place_count; i++) {
		if (!eg_pci_addr_compare(instance->places[i].pci, pci))
			return &instance->places[i];
	}
	return NULL;
}

/* A machine with fewer NUMA nodes than the type has is set up otherwise: nothing to compare. */
static bool has_the_type_s_nodes(const struct eg_node_facts *facts)
{
	int highest = 0;

	for (size_t i = 0; i < facts->instance.place_count; i++) {
		if (facts->instance.places[i].numa_node > highest)
			highest = facts->instance.places[i].numa_node;
	}
	return highest > 0 && facts->numa_count == (uint32_t)highest + 1;
}

void eg_judge_places(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	const struct eg_device_facts *first = NULL;
	char addr[EG_PCI_ADDR_TEXT], seen[32], expected[32], more[32] = "";
	struct eg_finding_spec spec = {
		.id = "EG111",
		.outcome = EG_WARN,
		.blame = EG_BLAME_NONE,
		.subject = addr,
		.seen = seen,
		.expected = expected,
	};
	size_t count = 0;

	if (!has_the_type_s_nodes(facts))
		return;
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_device_facts *device = &facts->devices[i];
		const struct eg_place *place = find_place(&facts->instance, device->pci);

		if (!device->pci_known || !place || place->numa_node < 0 ||
		    device->on_pci != EG_YES || device->numa_node == place->numa_node)
			continue;
		if (!count++) {
			first = device;
			(void)snprintf(expected, sizeof(expected), "%d", place->numa_node);
		}
	}
	if (!first)
		return;
	if (first->numa_node < 0)
		(void)snprintf(seen, sizeof(seen), "no NUMA node");
	else
		(void)snprintf(seen, sizeof(seen), "NUMA node %d", first->numa_node);
	if (count > 1)
		(void)snprintf(more, sizeof(more), ", and %zu more", count - 1);
	eg_findings_add(findings, &spec, "EFA %s is at %s, its type has it at %s%s",
			eg_pci_addr_text(first->pci, addr), seen, expected, more);
}
