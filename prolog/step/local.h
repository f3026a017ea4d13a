/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * local - how this node is, as it is told to the leader.
 */
#ifndef EG_STEP_LOCAL_H
#define EG_STEP_LOCAL_H

#include <stddef.h>
#include <stdint.h>

struct eg_job_fabric_answer;
struct eg_policy;
struct eg_ready;
struct eg_report;
struct eg_step_options;

/*
 * Judge what was gathered as the step's tasks meet it: their limit of locked
 * memory, their environment, the devices they were given. What the site
 * ignores is ignored. Pure.
 */
void eg_step_local_judge(const struct eg_step_options *options, const struct eg_policy *policy,
			 const struct eg_job_fabric_answer *fabric, struct eg_report *report);

/* Sum up the findings and decide about huge pages. Pure. */
void eg_step_local_sum(const struct eg_step_options *options, const struct eg_report *report,
		       struct eg_ready *ret);

/*
 * Why FI_EFA_USE_HUGE_PAGE is what it is for the tasks, in one clause for -v,
 * and whether the libfabric they load knows it; @ready as eg_step_local_sum()
 * made it. Pure.
 */
void eg_step_local_note(const struct eg_step_options *options, const struct eg_report *report,
			const struct eg_ready *ready, const struct eg_job_fabric_answer *fabric,
			char *text, size_t size);

#endif
