/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * job_env - what a job's own environment says, when efagate runs in a job.
 */
#ifndef EG_COMMANDS_JOB_ENV_H
#define EG_COMMANDS_JOB_ENV_H

struct eg_job_facts;

/*
 * Set that this is a job, and what keeps it from efa. Outside of a job (without SLURM_JOB_ID) the
 * environment is not one's and nothing is set.
 */
void eg_job_env_read(struct eg_job_facts *ret);

#endif
