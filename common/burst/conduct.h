/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conduct - the leader's side of the traffic: from the nodes' offers to
 * rounds, from their results to tries and findings. Pure: no I/O, no clock;
 * the leader, a node alone and the tests carry the messages.
 *
 *   init -> offer() for every node that takes part
 *   while (next() > 0) { round() and result() for every node that takes_part();
 *                        end_stage() }
 *   judge() -> done()
 */
#ifndef EG_BURST_CONDUCT_H
#define EG_BURST_CONDUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/burst/offer.h"
#include "common/burst/plan.h"
#include "common/burst/speeds.h"
#include "common/burst/tries.h"

struct eg_traffic_findings;

struct eg_slowest {
	double gbps; /* 0: nothing measured */
	uint32_t node;
	char device[EG_DEVICE_NAME_MAX];
};

/* What the conduct keeps of a rail's result. */
struct eg_heard_rail {
	uint8_t partner, device, peer, state;
	int32_t provider_error;
	char *text; /* of a failure, NULL none */
};

/* A node in the running stage. */
struct eg_conduct_seat {
	uint32_t pairs[EG_PARTNERS_MAX]; /* places in @pairs, in the order of its partners */
	uint16_t pair_count; /* 0: not in this stage */
	bool heard; /* its result has come */
	uint16_t rail_count;
	struct eg_heard_rail *rails; /* of its result */
};

struct eg_conduct {
	uint32_t count; /* nodes of the session */
	const char *const *names;
	uint64_t seed;
	uint32_t turn; /* to be set after init: which session of these nodes */
	bool *present; /* by node: has offered a device */
	struct eg_offer **offers; /* by node; NULL none */
	uint8_t *kinds; /* by node: eg_rails_kind() */
	struct eg_conduct_seat *seats; /* by node */
	unsigned int stage;
	struct eg_pairs pairs; /* of the running stage */
	uint32_t pairs_done; /* of those: both nodes were heard */
	struct eg_tries tries;
	struct eg_speeds speeds;
	const char *floors; /* to be set after init: the site's, NULL none */
	bool function_only; /* to be set after init: no stage measures speeds */
	struct eg_slowest slowest; /* device alone */
};

/* @names are kept, not copied. 0 or -ENOMEM; eg_conduct_done() in either case. */
int eg_conduct_init(struct eg_conduct *conduct, uint32_t count, const char *const *names,
		    uint64_t seed);
void eg_conduct_done(struct eg_conduct *conduct);

/* Node @index offers its devices; 0, -EEXIST for a second time, or -ENOMEM. */
int eg_conduct_offer(struct eg_conduct *conduct, uint32_t index, const struct eg_offer *offer);

/* Go to the next stage that has something to do: its number of pairs, 0 at the end, -ENOMEM. */
long eg_conduct_next(struct eg_conduct *conduct);

/* Is the node in the running stage? */
bool eg_conduct_takes_part(const struct eg_conduct *conduct, uint32_t index);

/* The order of the running stage for node @index, which takes part. */
void eg_conduct_round(const struct eg_conduct *conduct, uint32_t index, uint32_t budget_ms,
		      struct eg_round *ret);

/* How many nodes have a device that failed with others and passed with none. */
uint32_t eg_conduct_suspects(const struct eg_conduct *conduct);

/* What node @index says of the running stage: 0, -EEXIST, -EPROTO for another stage, -ENOMEM. */
int eg_conduct_result(struct eg_conduct *conduct, uint32_t index, const struct eg_result *result);

/* The results that came make tries; who has not answered makes them unknown. 0 or -ENOMEM. */
int eg_conduct_end_stage(struct eg_conduct *conduct);

/* What all stages mean: 0 or -ENOMEM. */
int eg_conduct_judge(const struct eg_conduct *conduct, struct eg_traffic_findings *ret);

#endif
