/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * process_row - the table of processes: giving a row to the caller, and taking
 * back what dead processes have left behind.
 */
#ifndef SE_PROCESS_ROW_H
#define SE_PROCESS_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric_map.h"

/*
 * Has @process->alive taken by a thread that lasts as long as the process.
 * Returns 0 or -errno.
 */
typedef int (*se_hold_fn)(struct se_process *process);

/*
 * Take a row for this process, after reclaiming those of dead ones. Returns the
 * row, -ENOSPC, or what @hold returned.
 */
int se_process_register(struct se_fabric_map *map, se_hold_fn hold);

/*
 * Free the rows, contexts, queues, memory and ring files of processes that no
 * longer live. Returns how many processes that were.
 */
unsigned int se_process_reclaim(struct se_fabric_map *map);

/* Free the context @row with all it has on its device, and its ring file. */
void se_context_release(struct se_fabric_map *map, uint32_t row);

#endif
