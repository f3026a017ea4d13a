/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inventory - one list of devices out of what each layer saw. The layers name
 * a device differently, its PCI address joins them. Pure: no I/O.
 */
#ifndef EG_NODE_INVENTORY_H
#define EG_NODE_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

struct eg_fabric_device;
struct eg_node_facts;
struct eg_pci_device;
struct eg_verbs_device;

/* What a layer saw: @seen may exceed @count, the number of entries kept. */
struct eg_layer_count {
	bool measured;
	size_t count, seen;
};

struct eg_layers {
	const struct eg_pci_device *pci;
	const struct eg_verbs_device *verbs;
	const struct eg_fabric_device *fabric;
	struct eg_layer_count pci_count, verbs_count, fabric_count;
};

/* Set devices, device_count and devices_dropped of @ret: all but the driver and the counters. */
void eg_inventory_join(const struct eg_layers *layers, struct eg_node_facts *ret);

#endif
