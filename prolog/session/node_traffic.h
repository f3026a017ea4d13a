/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * node_traffic - this node's process for traffic, as a member of a session uses it:
 * started early, its offer awaited beside the check, its rounds run when the
 * leader says so. What goes wrong with it is unknown, not a fault of the node.
 */
#ifndef EG_SESSION_NODE_TRAFFIC_H
#define EG_SESSION_NODE_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/burst/member.h"
#include "prolog/commands/traffic_child.h"

struct eg_findings;
struct eg_node_facts;
struct eg_offer;
struct eg_result;
struct eg_round;
struct eg_sweep;

struct eg_node_traffic {
	struct eg_traffic_child child;
	struct eg_offer *offer; /* empty when there is none */
	struct eg_result *last; /* of the round that measured, else the first; round 0: none */
	struct eg_round *last_round; /* that round */
	struct eg_sweep
		*sweep; /* what rounds of one size come to, NULL: nobody asks; the caller's */
	struct eg_err error; /* code 0: works */
};

/* Start the process; errors are kept for later. Call it before any thread is started. */
void eg_node_traffic_start(struct eg_node_traffic *traffic,
			   const struct eg_traffic_child_options *options);

/* Wait for the offer; what is wrong with it is added to @findings as unknown. */
void eg_node_traffic_offer(struct eg_node_traffic *traffic, int64_t deadline_ms,
			   struct eg_findings *findings);

/* How a member runs its rounds with it. */
struct eg_member_traffic eg_node_traffic_member(struct eg_node_traffic *traffic);

/* What was measured, as the bursts of the devices in @facts. */
void eg_node_traffic_facts(const struct eg_offer *offer, const struct eg_round *round,
			   const struct eg_result *result, struct eg_node_facts *facts);

/* End the process; takes a zeroed one. Blocks 200 ms at most. */
void eg_node_traffic_end(struct eg_node_traffic *traffic);

#endif
