/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/node/fabric.h"
#include "common/node/facts.h"
#include "common/node/pci.h"
#include "common/node/verbs.h"

/* By address; a device without one by its verbs name. */
static struct eg_device_facts *find(struct eg_node_facts *facts, const struct eg_pci_addr *pci,
				    const char *name)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		struct eg_device_facts *device = &facts->devices[i];

		if (pci && device->pci_known && !eg_pci_addr_compare(device->pci, *pci))
			return device;
		if ((!pci || !device->pci_known) && name[0] && !strcmp(device->name, name))
			return device;
	}
	return NULL;
}

static enum eg_tri absent(const struct eg_layer_count *layer)
{
	return layer->measured ? EG_NO : EG_NOT_MEASURED;
}

/* The device, added when no layer has shown it before; NULL when the list is full. */
static struct eg_device_facts *find_or_add(const struct eg_layers *layers,
					   struct eg_node_facts *facts,
					   const struct eg_pci_addr *pci, const char *name)
{
	struct eg_device_facts *device = find(facts, pci, name);

	if (device)
		return device;
	if (facts->device_count == EG_DEVICES_MAX) {
		facts->devices_dropped++;
		return NULL;
	}
	device = &facts->devices[facts->device_count++];
	*device = (struct eg_device_facts){
		.pci_known = pci != NULL,
		.numa_node = -1,
		.on_pci = absent(&layers->pci_count),
		.has_verbs = absent(&layers->verbs_count),
		.has_fabric = absent(&layers->fabric_count),
	};
	if (pci)
		device->pci = *pci;
	return device;
}

static void add_pci(const struct eg_layers *layers, struct eg_node_facts *facts)
{
	for (size_t i = 0; i < layers->pci_count.count; i++) {
		const struct eg_pci_device *seen = &layers->pci[i];
		struct eg_device_facts *device = find_or_add(layers, facts, &seen->addr, "");

		if (!device)
			continue;
		device->on_pci = EG_YES;
		device->device_id = seen->device_id;
		device->numa_node = seen->numa_node;
		device->locality = seen->locality;
	}
}

static void add_verbs(const struct eg_layers *layers, struct eg_node_facts *facts)
{
	for (size_t i = 0; i < layers->verbs_count.count; i++) {
		const struct eg_verbs_device *seen = &layers->verbs[i];
		const struct eg_pci_addr *pci = seen->ib.pci_known ? &seen->ib.pci : NULL;
		struct eg_device_facts *device = find_or_add(layers, facts, pci, seen->ib.name);

		if (!device)
			continue;
		device->has_verbs = EG_YES;
		(void)snprintf(device->name, sizeof(device->name), "%s", seen->ib.name);
		if (!device->device_id)
			device->device_id = seen->ib.device_id;
		device->opens = seen->opens ? EG_YES : EG_NO;
		device->open_errno = seen->open_errno;
		device->capabilities = seen->capabilities;
		memcpy(device->gid, seen->gid, sizeof(device->gid));
		device->rate_gbps = seen->rate_gbps;
	}
}

static void add_fabric(const struct eg_layers *layers, struct eg_node_facts *facts)
{
	for (size_t i = 0; i < layers->fabric_count.count; i++) {
		const struct eg_fabric_device *seen = &layers->fabric[i];
		const struct eg_pci_addr *pci = seen->pci_known ? &seen->pci : NULL;
		struct eg_device_facts *device = find_or_add(layers, facts, pci, seen->name);

		if (!device)
			continue;
		device->has_fabric = EG_YES;
		if (!device->name[0])
			(void)snprintf(device->name, sizeof(device->name), "%s", seen->name);
	}
}

/* Bus order; devices without address behind the others, by name. */
static int compare(const void *a, const void *b)
{
	const struct eg_device_facts *left = a, *right = b;

	if (left->pci_known != right->pci_known)
		return left->pci_known ? -1 : 1;
	if (left->pci_known)
		return eg_pci_addr_compare(left->pci, right->pci);
	return strcmp(left->name, right->name);
}

static size_t overflow(const struct eg_layer_count *layer)
{
	return layer->seen > layer->count ? layer->seen - layer->count : 0;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

void eg_inventory_join(const struct eg_layers *layers, struct eg_node_facts *ret)
{
	ret->device_count = 0;
	ret->devices_dropped = 0;
	add_pci(layers, ret);
	add_verbs(layers, ret);
	add_fabric(layers, ret);
	/* The layers dropped the same devices, most likely: the largest number counts. */
	ret->devices_dropped =
		larger(ret->devices_dropped, larger(overflow(&layers->pci_count),
						    larger(overflow(&layers->verbs_count),
							   overflow(&layers->fabric_count))));
	qsort(ret->devices, ret->device_count, sizeof(ret->devices[0]), compare);
}
