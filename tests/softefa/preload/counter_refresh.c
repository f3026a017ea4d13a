/* SPDX-License-Identifier: BSD-3-Clause */
#include "counter_refresh.h"

#include <string.h>

#include "../shared/counter_files.h"
#include "locate.h"
#include "visit.h"

static void refresh(struct se_fabric_map *map, const struct se_location *location, void *argument)
{
	int node = se_fabric_find_node(map->shared, location->node);
	const char *device_name = argument;
	uint32_t first;

	if (node < 0)
		return;
	first = (uint32_t)node * SE_NODE_DEVICES;
	for (uint32_t row = first; row < first + SE_NODE_DEVICES; row++)
		if (atomic_load(&map->shared->devices[row].state) == SE_LIVE &&
		    strcmp(map->shared->devices[row].name, device_name) == 0)
			se_counter_files_write(map, row);
}

void se_counter_refresh(const char *path)
{
	char device_name[SE_NAME_MAX];

	if (path && se_locate_counter(path, device_name, sizeof(device_name)))
		(void)se_visit_fabric(refresh, device_name);
}
