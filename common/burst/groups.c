/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/groups.h"

#include "common/burst/tries.h"

/* Towards the node the group is named after. */
static uint32_t find(uint32_t *group, uint32_t node)
{
	while (group[node] != node) {
		group[node] = group[group[node]];
		node = group[node];
	}
	return node;
}

void eg_groups(const struct eg_tries *tries, uint32_t nodes, uint32_t *ret)
{
	for (uint32_t i = 0; i < nodes; i++)
		ret[i] = i;
	for (size_t i = 0; i < tries->count; i++) {
		if (tries->list[i].state == EG_RAIL_OK)
			ret[find(ret, tries->list[i].a)] = find(ret, tries->list[i].b);
	}
	for (uint32_t i = 0; i < nodes; i++)
		ret[i] = find(ret, i);
}
