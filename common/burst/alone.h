/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * alone - the traffic of a node without partners: between its own devices,
 * through the card.
 */
#ifndef EG_BURST_ALONE_H
#define EG_BURST_ALONE_H

#include <stdint.h>

struct eg_member_traffic;
struct eg_offer;
struct eg_result;
struct eg_slowest;
struct eg_traffic_findings;

struct eg_alone {
	const char *node;
	const struct eg_offer *offer;
	const struct eg_member_traffic *traffic;
	uint32_t round_ms; /* of the one stage */
};

/*
 * Run and judge it: findings into @ret (release them in any case), what was
 * measured into @ret_result (may be NULL), the slowest device into
 * @ret_slowest. Blocks for round_ms. 0, also when nothing could be run
 * (ret_result->error says why), or -ENOMEM.
 */
int eg_alone_run(const struct eg_alone *alone, struct eg_traffic_findings *ret,
		 struct eg_result *ret_result, struct eg_slowest *ret_slowest);

#endif
