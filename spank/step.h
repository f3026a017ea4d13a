/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * step - what happens in one step on one node: the helper is run with the
 * step's facts, and its verdict carried out.
 */
#ifndef EG_SPANK_STEP_H
#define EG_SPANK_STEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <slurm/spank.h>

#include "spank/mark.h"

struct eg_options;

/* What is left to do when the step ends. */
struct eg_step_end {
	bool marked; /* root's own checks are to look at this node */
	struct eg_mark mark; /* its id is set from @id */
	char id[8];
};

/* A real step, or a batch script, an extern or an interactive step, which are steps in name. */
bool eg_step_is_real(spank_t spank);
bool eg_step_is_batch(spank_t spank);

/*
 * Verify the step and prepare its environment, as @options say; from
 * user_init. False when the tasks must not start; then the user has been told,
 * by this node or another. @end is for eg_step_finish(). Blocks at most as
 * long as eg_helper_run().
 */
bool eg_step_begin(spank_t spank, const struct eg_options *options, struct eg_step_end *end);

/*
 * In a task of a step that was verified, before its program: may it open the
 * devices? False when it must not start; the first task of a node has told.
 */
bool eg_step_task_may_start(spank_t spank, const struct eg_options *options);

/*
 * Around a batch script that is to be verified, as root: if it ends without a
 * verified step, the user is told. The first gives what the second wants.
 */
int eg_step_batch_begin(spank_t spank);
void eg_step_batch_end(spank_t spank, int fd);

/* In the exit hook, as root: leave the mark, if there is to be one. */
void eg_step_finish(struct eg_step_end *end);

/* FI_EFA_USE_HUGE_PAGE for whatever is not verified; reads a few files of sysfs on "auto". */
void eg_step_environment(spank_t spank, const struct eg_options *options);

#endif
