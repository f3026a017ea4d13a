/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plan - who exchanges traffic with whom in the next stage. Pure, and the
 * same for the same seed.
 *
 * Stage 1: all nodes in a ring, so that everybody has two partners and groups
 * that do not reach each other are seen wherever they lie. The next session of
 * the same nodes (a job's next step) has another ring, in which nobody has a
 * partner of the last ones until all such rings are used up; those of another
 * job differ by chance. Stages 2 and 3,
 * only when something failed: each suspect node with two proven ones, whom it
 * has not met if there are such, and with other suspects, so that an island is
 * not taken for dead nodes; two devices that failed with each other and are
 * good with others once more; groups between which nothing passed at other
 * places. In stage 3 a node that reached nobody is also
 * asked whether its own devices reach each other: what is alone behind a
 * closed security group is not dead. Fewer than four nodes: in stage 2 also
 * every node with itself. One node: with itself.
 * A suspect thus has at least five tries with three partners, which is what
 * the judge wants before it blames. A stage takes n log n.
 */
#ifndef EG_BURST_PLAN_H
#define EG_BURST_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eg_tries;

#define EG_STAGES 3

struct eg_pair {
	uint32_t a, b; /* the same: the node with itself */
};

struct eg_pairs {
	struct eg_pair *list;
	size_t count, size;
};

struct eg_plan_view {
	uint32_t count; /* nodes of the session */
	const bool *present; /* takes part in traffic, by node */
	const uint8_t *kinds; /* by node: only equal ones can talk; NULL: all can */
	const struct eg_tries *tries; /* of the stages before */
	uint64_t seed; /* of these nodes: the job's */
	uint32_t turn; /* which session of theirs: the step's */
};

/*
 * The pairs of @stage (1 to EG_STAGES) in place of what is in @ret. No node is
 * in more than EG_PARTNERS_MAX pairs; in stage 1 each is the first of one. Returns their number, 0
 * when the stage has nothing to do, or -ENOMEM.
 */
long eg_plan_stage(const struct eg_plan_view *view, unsigned int stage, struct eg_pairs *ret);

/* Takes zeroed lists. */
void eg_pairs_done(struct eg_pairs *pairs);

#endif
