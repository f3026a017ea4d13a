/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * local - how this node is, as it is told to the leader.
 */
#ifndef EG_STEP_LOCAL_H
#define EG_STEP_LOCAL_H

#include <stddef.h>
#include <stdint.h>

struct eg_ready;
struct eg_report;
struct eg_step_options;

/* Judge what was gathered (or say why it was not) and decide about huge pages. Pure. */
void eg_step_local_sum(const struct eg_step_options *options, struct eg_report *report,
		       int gathered, struct eg_ready *ret);

/*
 * Why FI_EFA_USE_HUGE_PAGE is what it is for the tasks, in one clause for -v;
 * @ready as eg_step_local_sum() made it, @libfabric a version like
 * "1.17" or "". Pure.
 */
void eg_step_local_note(const struct eg_step_options *options, const struct eg_report *report,
			const struct eg_ready *ready, const char *libfabric, char *text,
			size_t size);

#endif
