/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * step_stats - a node's part of --efa-stats.
 */
#ifndef EG_SPANK_STEP_STATS_H
#define EG_SPANK_STEP_STATS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <slurm/spank.h>

#include "spank/counts.h"
#include "spank/stats.h"

struct eg_step_stats {
	struct eg_counts *before; /* NULL: nothing is counted */
	bool refused; /* no task ran: srun hears of no device */
	uint32_t tasks; /* that have not ended */
	char where[EG_STATS_WHERE_MAX];
};

/* In user_init, after the step's own traffic: read the counters. */
void eg_step_stats_begin(struct eg_step_stats *stats, spank_t spank, bool refused);

/* In task_exit: with the last one send the differences to srun. Blocks for 500 ms at most. */
void eg_step_stats_task_ended(struct eg_step_stats *stats, spank_t spank);

void eg_step_stats_end(struct eg_step_stats *stats);

#endif
