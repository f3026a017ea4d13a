/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rail_facts - how a rail went, as the burst of its device in the report. Pure.
 */
#ifndef EG_BURST_RAIL_FACTS_H
#define EG_BURST_RAIL_FACTS_H

#include "common/base/pci_addr.h"

struct eg_burst_facts;
struct eg_device_facts;
struct eg_node_facts;
struct eg_offer_device;
struct eg_rail_result;

/* The device that was offered, by its PCI address or, without, its name; NULL none. */
struct eg_device_facts *eg_rail_facts_device(struct eg_node_facts *facts,
					     const struct eg_offer_device *offered);

/* Where the device stands that was read from; all zero: it has no address on PCI. */
void eg_rail_facts_peer(struct eg_pci_addr pci, struct eg_burst_facts *ret);

/*
 * State, numbers and error of @rail, read from a device of @node. The peer's
 * PCI address and the tries are the caller's to set: the result does not have
 * them.
 */
void eg_rail_facts(const struct eg_rail_result *rail, const char *node, struct eg_burst_facts *ret);

#endif
