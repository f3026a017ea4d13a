/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * jobs - which jobs are on this node: a file each in run_dir/jobs, made by
 * the Prolog and removed by the Epilog, so that no traffic runs beside
 * another job's.
 */
#ifndef EG_GATE_JOBS_H
#define EG_GATE_JOBS_H

#include <stdbool.h>
#include <stdint.h>

struct eg_config;

/* In the Prolog, before eg_jobs_others(): of two at the same moment one at least sees the other. */
void eg_jobs_begin(const struct eg_config *config, uint32_t job_id);

/* In the Epilog. */
void eg_jobs_end(const struct eg_config *config, uint32_t job_id);

/*
 * Is there another job than @job_id? Where the Epilog is not efagate's, nobody
 * removes the files: then a job counts for a minute, and as long as it has a
 * step. Removes the files of those that do not count.
 */
bool eg_jobs_others(const struct eg_config *config, uint32_t job_id);

#endif
