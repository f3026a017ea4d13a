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

struct eg_options;

/* A real step, or a batch script, an extern or an interactive step, which are steps in name. */
bool eg_step_is_real(spank_t spank);

/*
 * Verify the step and prepare its environment, as @options say; from
 * user_init. False when the tasks must not start; then the user has been told,
 * by this node or another. Blocks at most as long as eg_helper_run().
 */
bool eg_step_begin(spank_t spank, const struct eg_options *options);

/* FI_EFA_USE_HUGE_PAGE for whatever is not verified: set only on the plain word 0. */
void eg_step_environment(spank_t spank, const struct eg_options *options);

#endif
