/* SPDX-License-Identifier: BSD-3-Clause */
#include "visit.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "locate.h"

bool se_visit_fabric(se_visit_fn visitor, void *argument)
{
	struct se_location location;
	struct se_fabric_map *map;
	bool is_visited = false;
	int saved = errno;

	/* not on the stack, which may be small, and not the session's: there may be none */
	map = mmap(NULL, sizeof(*map), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map != MAP_FAILED) {
		if (se_locate(&location) == 0 && se_fabric_open(map, location.fabric) == 0) {
			visitor(map, &location, argument);
			is_visited = true;
			se_fabric_close(map);
		}
		(void)munmap(map, sizeof(*map));
	}
	errno = saved;
	return is_visited;
}
