/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rail_facts - how a rail went, as the burst of its device in the report. Pure.
 */
#ifndef EG_BURST_RAIL_FACTS_H
#define EG_BURST_RAIL_FACTS_H

struct eg_burst_facts;
struct eg_rail_result;

/*
 * State, numbers and error of @rail, read from a device of @node. The peer's
 * PCI address and the tries are the caller's to set: the result does not have
 * them.
 */
void eg_rail_facts(const struct eg_rail_result *rail, const char *node, struct eg_burst_facts *ret);

#endif
