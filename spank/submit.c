/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "spank/batch.h"

/* Where srun, sbatch and salloc look for options that a job hands to its sruns. */
static void carrier_name(enum eg_option option, char *name, size_t size)
{
	(void)snprintf(name, size, "SLURM_SPANK__SLURM_SPANK_OPTION_efagate_%s",
		       eg_option_def(option)->name);
	for (; *name; name++) {
		if (*name == '-')
			*name = '_';
	}
}

void eg_submit_environment(struct eg_submit *submit, const struct eg_options *options)
{
	for (int i = 0; i < EG_OPTION_COUNT; i++) {
		const enum eg_option option = (enum eg_option)i;
		const char *word = getenv(eg_option_def(option)->variable);
		struct eg_err err = { 0 };
		char name[96];

		carrier_name(option, name, sizeof(name));
		/* A job's own option is there already and stays. */
		if (!word || !*word || getenv(name))
			continue;
		if (eg_options_variable(options, option, word, &err)) {
			slurm_error("efagate: %s", err.text);
			submit->complained[i] = true;
		}
		(void)setenv(name, word, 0);
	}
}

void eg_submit_overruled(struct eg_submit *submit, const struct eg_options *options,
			 enum eg_option option)
{
	if (!eg_options_overruled(options, option) || submit->told[option])
		return;
	submit->told[option] = true;
	slurm_info("efagate: --%s: this cluster holds it at '%s' for everybody",
		   eg_option_def(option)->name, eg_options_word(options, option));
}

void eg_submit_check(const struct eg_options *options)
{
	const char *path = getenv("EFAGATE_REPORT");

	if (!path || !*path)
		return;
	if (path[0] != '/')
		slurm_error("efagate: EFAGATE_REPORT: '%.200s' is not an absolute path; no report "
			    "is written",
			    path);
	else if (eg_options_said(options, EG_OPTION_VERIFY) &&
		 eg_options_choice(options, EG_OPTION_VERIFY) == EG_VERIFY_OFF)
		slurm_info("efagate: EFAGATE_REPORT: nothing is verified, no report is written");
}

static void start_stats(struct eg_submit *submit)
{
	char where[EG_STATS_WHERE_MAX];

	if (submit->server.fd >= 0)
		return;
	/* One of a srun outside would lead to that. */
	(void)unsetenv(EG_STATS_VARIABLE);
	if (eg_stats_listen(&submit->server, where) < 0)
		slurm_error("efagate: --efa-stats: no port to listen on");
	else
		(void)setenv(EG_STATS_VARIABLE, where, 1);
}

void eg_submit_stats(struct eg_submit *submit, const struct eg_options *options)
{
	if (eg_options_choice(options, EG_OPTION_STATS) == EG_STATS_ON)
		start_stats(submit);
}

/*
 * For the batch script that this srun may be of. The step's job is any component
 * of a heterogeneous one; the script belongs to the first.
 */
static void note_verified(spank_t spank)
{
	const char *first = getenv("SLURM_JOB_ID_HET_GROUP_0");
	uint32_t job = 0;

	if (spank_get_item(spank, S_JOB_ID, &job) == ESPANK_SUCCESS)
		eg_batch_note_step(EG_BATCH_DIR, job);
	if (first)
		eg_batch_note_step(EG_BATCH_DIR, (uint32_t)strtoul(first, NULL, 10));
}

void eg_submit_step(struct eg_submit *submit, spank_t spank, const struct eg_options *options)
{
	/* Known once the job is made; a copy, because nodes find it out themselves. */
	struct eg_options own = *options;
	const char *partition = getenv("SLURM_JOB_PARTITION");

	if (partition)
		eg_options_set_partition(&own, partition);
	if (eg_options_choice(&own, EG_OPTION_VERIFY) != EG_VERIFY_OFF)
		note_verified(spank);
	/* A word of the partition's comes to light here only. */
	eg_submit_stats(submit, &own);
	(void)spank_get_item(spank, S_JOB_NNODES, &submit->server.nodes);
}

static void print_line(const char *line)
{
	slurm_spank_log("%s", line);
}

void eg_submit_end(struct eg_submit *submit)
{
	eg_stats_finish(&submit->server, print_line);
}
