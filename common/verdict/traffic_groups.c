/* SPDX-License-Identifier: BSD-3-Clause */
/* Which nodes pass with each other, and do the groups fail across? */
#include "common/base/cleanup.h"
#include "common/burst/groups.h"
#include "common/burst/tries.h"
#include "common/verdict/judge_traffic.h"
#include "common/verdict/traffic_parts.h"

#define ISLAND_PAIRS 2 /* failed pairs that make islands of two groups */

bool eg_traffic_has_group(const struct eg_traffic_case *the, uint32_t node)
{
	for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
		if (eg_standing_of(the->standings, node, i)->ok)
			return true;
	}
	return false;
}

bool eg_traffic_is_across(const struct eg_traffic_case *the, uint32_t a, uint32_t b)
{
	return the->group[a] != the->group[b] && eg_traffic_has_group(the, a) &&
	       eg_traffic_has_group(the, b);
}

static bool is_same_pair(const struct eg_traffic_case *the, const struct eg_try *one)
{
	return (the->across_a == one->a && the->across_b == one->b) ||
	       (the->across_a == one->b && the->across_b == one->a);
}

void eg_traffic_group(struct eg_traffic_case *the)
{
	const struct eg_tries *tries = the->facts->tries;

	eg_groups(tries, the->facts->count, the->group);
	for (size_t i = 0; i < tries->count && the->across < ISLAND_PAIRS; i++) {
		const struct eg_try *one = &tries->list[i];

		if (!eg_try_failed(one) || !eg_traffic_is_across(the, one->a, one->b) ||
		    (the->across && is_same_pair(the, one)))
			continue;
		if (!the->across++) {
			the->across_a = one->a;
			the->across_b = one->b;
		}
	}
	the->islands = the->across == ISLAND_PAIRS;
}
