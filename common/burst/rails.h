/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rails - which device of one node exchanges traffic with which of another.
 *
 * Rail by rail: devices at the same PCI address, as they are on nodes of one
 * type; else by their order, and where one node has fewer, its devices serve
 * several. Of one node with itself each device reads from the next two. Pure.
 */
#ifndef EG_BURST_RAILS_H
#define EG_BURST_RAILS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/node/facts.h"

struct eg_offer;

struct eg_rail_pairs {
	struct {
		uint8_t a, b; /* places in the offers */
	} list[EG_DEVICES_MAX];
	uint16_t count;
};

/* Devices of an offer that can be reached. */
uint16_t eg_rails_usable(const struct eg_offer *offer);

/* Are the devices that can be reached used by queue pairs of our own, see srd_link.h? */
bool eg_rails_by_srd(const struct eg_offer *offer);

/*
 * Only nodes of the same kind can be partners: types whose EFA reaches only
 * its own are apart (eg_instance_type_apart()), and libfabric's protocol does
 * not meet bare queue pairs.
 */
#define EG_RAILS_BY_SRD 0x80
uint8_t eg_rails_kind(const struct eg_offer *offer);

void eg_rails_between(const struct eg_offer *a, const struct eg_offer *b, bool same_node,
		      struct eg_rail_pairs *ret);

#endif
