/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/facts.h"

#include <string.h>

void eg_node_facts_clear(struct eg_node_facts *ret)
{
	memset(ret, 0, offsetof(struct eg_node_facts, devices));
}

void eg_node_facts_copy(struct eg_node_facts *ret, const struct eg_node_facts *facts)
{
	memcpy(ret, facts,
	       offsetof(struct eg_node_facts, devices) +
		       facts->device_count * sizeof(facts->devices[0]));
}
