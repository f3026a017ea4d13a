/* SPDX-License-Identifier: BSD-3-Clause */
#include "node_fault.h"

#include <errno.h>
#include <sys/mman.h>

#include "../shared/fault.h"
#include "locate.h"
#include "visit.h"

static void look(struct se_fabric_map *map, const struct se_location *location, void *argument)
{
	int node = se_fabric_find_node(map->shared, location->node);
	enum se_fault_word *word = argument;

	if (node < 0 ||
	    !se_fault_acts(&map->shared->devices[node * SE_NODE_DEVICES], *word, SE_ANY_NODE, NULL))
		*word = SE_FAULT_NONE;
}

bool se_node_fault_acts(enum se_fault_word word)
{
	return se_visit_fabric(look, &word) && word != SE_FAULT_NONE;
}
