/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * judge_traffic - what the tries of a session mean: which device or node is
 * bad, with proof, or that it is the cluster. Pure: tries in, findings out.
 *
 * A failed pair accuses two. A device is blamed (EG403, a whole node EG402,
 * wrong bytes EG406) when it passed with nobody and failed EG_STRIKES times
 * with at least three partners' devices that are good with others. With three
 * nodes two partners must do, and with two nodes one, but then it must also
 * fail with its own node's devices, while theirs pass. A node that reaches
 * nobody is blamed only if its own devices do not reach each other either,
 * else it is isolated (EG409), and that is the cluster's. When nothing reaches
 * anything (EG401), or groups pass inside and fail across (EG409), it is the
 * cluster too. A failure without proof is the pair's (EG407); one that did not
 * repeat is a warning. Slow devices and nodes (EG404, EG405) are warnings, and
 * fail only below the site's floor; of two nodes a slow device is the pair's. Beyond sixteen of a
 * kind they are only counted.
 */
#ifndef EG_VERDICT_JUDGE_TRAFFIC_H
#define EG_VERDICT_JUDGE_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#include "common/verdict/finding.h"

struct eg_offer;
struct eg_speeds;
struct eg_tries;

/*
 * Two in each stage are six. At 1 % independent failures and 256 nodes, five
 * blame 0.02 good nodes in 100,000 sessions.
 */
#define EG_STRIKES 5
#define EG_STRIKE_PARTNERS 3

#define EG_NODE_ALL UINT32_MAX

struct eg_traffic_facts {
	uint32_t count; /* nodes */
	const char *const *names;
	const struct eg_offer *const *offers; /* by node; NULL: took no part */
	const struct eg_tries *tries;
	const struct eg_speeds *speeds; /* NULL: none */
	const char *floors; /* of the site, see speed_floor.h; NULL none */
};

struct eg_traffic_finding {
	uint32_t node; /* whom it is about; EG_NODE_ALL: the session */
	struct eg_finding finding;
};

struct eg_traffic_findings {
	struct eg_traffic_finding *list;
	size_t count, size;
};

/* Fill @ret: 0 or -ENOMEM. Nothing failed: no findings. */
int eg_judge_traffic(const struct eg_traffic_facts *facts, struct eg_traffic_findings *ret);

/* Takes zeroed lists. */
void eg_traffic_findings_done(struct eg_traffic_findings *findings);

#endif
