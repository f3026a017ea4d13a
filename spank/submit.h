/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * submit - what the plugin does inside srun, sbatch and salloc.
 */
#ifndef EG_SPANK_SUBMIT_H
#define EG_SPANK_SUBMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <slurm/spank.h>

#include "spank/options.h"
#include "spank/stats.h"

struct eg_submit {
	struct eg_stats_server server; /* its fd is -1 without one */
	bool complained[EG_OPTION_COUNT]; /* about a word of the environment */
	bool told[EG_OPTION_COUNT]; /* that the site holds another word */
};

/*
 * Make the words of the user's environment options, from init: Slurm then
 * treats and refuses them as those, and hands them to the nodes whatever
 * --export says. An option on the command line comes later and wins.
 */
void eg_submit_environment(struct eg_submit *submit, const struct eg_options *options);

/* Tell once that the user's word does not count, if so. */
void eg_submit_overruled(struct eg_submit *submit, const struct eg_options *options,
			 enum eg_option option);

/* What cannot be done and stops nothing, once all options are known. */
void eg_submit_check(const struct eg_options *options);

/*
 * In srun before anything is made: each component of a heterogeneous step gets
 * a copy of the environment as it is then.
 */
void eg_submit_stats(struct eg_submit *submit, const struct eg_options *options);

/* In srun when its step is made: for the batch script's line, and for --efa-stats. */
void eg_submit_step(struct eg_submit *submit, spank_t spank, const struct eg_options *options);

/* At srun's end: print the table of --efa-stats. Blocks for a second at most. */
void eg_submit_end(struct eg_submit *submit);

#endif
