/* SPDX-License-Identifier: BSD-3-Clause */
#include "session.h"

#include <errno.h>
#include <string.h>

#include "../shared/fabric_lock.h"
#include "../shared/process_row.h"
#include "helper.h"
#include "servant.h"

struct se_fabric_map se_map;

static uint32_t own_row;

int se_session_join(const char *dir)
{
	int rc;

	if (se_map.shared)
		return strcmp(se_map.dir, dir) == 0 ? 0 : -EXDEV;
	rc = se_fabric_open(&se_map, dir);
	if (rc < 0)
		return rc;
	rc = se_process_register(&se_map, se_helper_start);
	if (rc < 0) {
		se_fabric_close(&se_map);
		return rc;
	}
	own_row = (uint32_t)rc;
	return se_servant_start(own_row);
}

uint32_t se_session_process(void)
{
	return own_row;
}

bool se_process_lives(uint32_t row)
{
	struct se_process *process = &se_map.shared->processes[row];

	if (row == own_row)
		return true;
	return atomic_load(&process->state) == SE_LIVE && se_lock_is_held(&process->alive);
}

void se_session_forget(void)
{
	se_fabric_close(&se_map);
	se_helper_forget();
}

bool se_device_writes(const struct se_device *device)
{
	return device->rdma_write &&
	       se_map.shared->nodes[device->node].driver >= SE_DRIVER_HAS_WRITE;
}

void se_count(uint32_t row, enum se_counter counter, uint64_t amount)
{
	/* ordered before the look at the helper's bits, or its last write could miss this */
	se_add(row, counter, amount);
	se_helper_counters_moved(row);
}
