/* SPDX-License-Identifier: BSD-3-Clause */
#include "counter_refresh.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../shared/counter_files.h"
#include "locate.h"

static void refresh(struct se_fabric_map *map, const char *node_name, const char *device_name)
{
	int node = se_fabric_find_node(map->shared, node_name);
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
	struct se_location location;
	struct se_fabric_map *map;
	int saved = errno;

	if (!path || !se_locate_counter(path, device_name, sizeof(device_name)))
		return;
	/* not on the stack, which may be small, and not the session's: there may be none */
	map = mmap(NULL, sizeof(*map), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map != MAP_FAILED) {
		if (se_locate(&location) == 0 && se_fabric_open(map, location.fabric) == 0) {
			refresh(map, location.node, device_name);
			se_fabric_close(map);
		}
		(void)munmap(map, sizeof(*map));
	}
	errno = saved;
}
