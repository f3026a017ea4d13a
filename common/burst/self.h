/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * self - traffic of a node with itself: which of its devices reads from which,
 * and what came of it as facts of the devices. Pure.
 *
 * Device k reads from k+1, and where there are enough devices from k+2 and k+3
 * as well, so that every device is tried with several others, at both ends.
 */
#ifndef EG_BURST_SELF_H
#define EG_BURST_SELF_H

#include <stdint.h>

struct eg_node_facts;
struct eg_offer;
struct eg_result;
struct eg_round;

/*
 * A round of EG_DEPTH_FULL between the devices of @offer that can be reached; a
 * single one reads from itself.
 */
void eg_self_round(const struct eg_offer *offer, const char *node, uint32_t budget_ms,
		   struct eg_round *ret);

/*
 * The burst of each device in @facts that stands in @offer, found by PCI
 * address or name. Of several tries the first is told, or one that went wrong
 * with a peer that is good with others.
 */
void eg_self_facts(const struct eg_offer *offer, const struct eg_result *result, const char *node,
		   struct eg_node_facts *facts);

#endif
