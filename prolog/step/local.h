/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * local - how this node is, as it is told to the leader.
 */
#ifndef EG_STEP_LOCAL_H
#define EG_STEP_LOCAL_H

#include <stdint.h>

struct eg_ready;
struct eg_report;
struct eg_step_options;

/* Judge what was gathered (or say why it was not) and decide about huge pages. Pure. */
void eg_step_local_sum(const struct eg_step_options *options, struct eg_report *report,
		       int gathered, struct eg_ready *ret);

#endif
