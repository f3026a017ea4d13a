/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/step_stats.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"

void eg_step_stats_begin(struct eg_step_stats *stats, spank_t spank, bool refused)
{
	stats->refused = refused;
	if (stats->before ||
	    spank_getenv(spank, EG_STATS_VARIABLE, stats->where, sizeof(stats->where)) !=
		    ESPANK_SUCCESS ||
	    spank_get_item(spank, S_JOB_LOCAL_TASK_COUNT, &stats->tasks) != ESPANK_SUCCESS)
		return;
	stats->before = malloc(sizeof(*stats->before));
	if (stats->before && eg_counts_read("/sys", stats->before))
		eg_step_stats_end(stats);
}

void eg_step_stats_task_ended(struct eg_step_stats *stats, spank_t spank)
{
	EG_CLEANUP(eg_free) struct eg_counts *now = NULL;
	/* slurmstepd's own environment has it, the job's has not. */
	const char *node = getenv("SLURMD_NODENAME");
	int rc;

	(void)spank;
	if (!stats->before || !stats->tasks || --stats->tasks || !node)
		return;
	now = malloc(sizeof(*now));
	if (!now || eg_counts_read("/sys", now))
		return;
	eg_counts_subtract(now, stats->before);
	if (stats->refused)
		now->count = 0;
	rc = eg_stats_send(stats->where, node, now);
	if (rc)
		slurm_info("efagate: %s: counters were not sent to srun: %s", node, strerror(-rc));
}

void eg_step_stats_end(struct eg_step_stats *stats)
{
	free(stats->before);
	stats->before = NULL;
}
