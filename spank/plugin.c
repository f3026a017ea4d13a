/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plugin - the hooks that Slurm calls.
 *
 * No hook fails: before Slurm 23.11 a node that fails in user_init is left out
 * of the step in silence and the job counts as COMPLETED. A bad verdict is
 * carried out by the tasks themselves, which exit in task_init; so the plugin
 * can be "optional" in plugstack.conf.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <slurm/spank.h>

#include "common/base/err.h"
#include "spank/batch.h"
#include "spank/options.h"
#include "spank/step.h"
#include "spank/step_stats.h"
#include "spank/submit.h"

#define EXIT_REFUSED 75 /* EX_TEMPFAIL: the same step may run on other nodes */

SPANK_PLUGIN(efagate, 1)

/* Slurm's callbacks carry no pointer of ours, so the state of the process is here. */
static struct {
	struct eg_options options;
	struct eg_submit submit; /* in srun, sbatch and salloc */
	struct eg_step_end end;
	struct eg_step_stats stats;
	int batch_fd; /* of a batch script that is to be verified */
	bool verified; /* with refused: inherited by the tasks that are forked later */
	bool refused;
} plugin;

static bool is_submitting(spank_context_t context)
{
	return context == S_CTX_LOCAL || context == S_CTX_ALLOCATOR;
}

static int choose(int option, const char *word, int remote)
{
	struct eg_err err = { 0 };

	/* What 22.05 makes of a bare option that salloc or sbatch hands on to srun. */
	if (word && !strcmp(word, "(null)"))
		word = NULL;
	if (!eg_options_choose(&plugin.options, (enum eg_option)option, word, &err)) {
		if (!remote)
			eg_submit_overruled(&plugin.submit, &plugin.options,
					    (enum eg_option)option);
		return ESPANK_SUCCESS;
	}
	/* On a node it is too late to refuse: the site's word holds there. */
	if (remote)
		return ESPANK_SUCCESS;
	if (!plugin.submit.complained[option])
		slurm_error("efagate: %s", err.text);
	return -1;
}

static void register_option(spank_t spank, enum eg_option option)
{
	const struct eg_option_def *def = eg_option_def(option);
	/* Slurm copies it and changes nothing. */
	struct spank_option entry = {
		.name = (char *)(uintptr_t)def->name,
		.arginfo = (char *)(uintptr_t)def->hint,
		.usage = (char *)(uintptr_t)def->usage,
		.has_arg = def->without < 0 ? 1 : 2,
		.val = (int)option,
		.cb = choose,
	};
	spank_err_t rc = spank_option_register(spank, &entry);

	if (rc != ESPANK_SUCCESS)
		slurm_error("efagate: --%s: %s", def->name, spank_strerror(rc));
}

/* A mistake in plugstack.conf is told where somebody reads it, once a command and once a slurmd. */
static void read_arguments(int count, char *arguments[], bool quiet)
{
	for (int i = 0; i < count; i++) {
		struct eg_err err = { 0 };

		if (eg_options_argument(&plugin.options, arguments[i], &err) && !quiet)
			slurm_error("efagate: %s", err.text);
	}
}

int slurm_spank_init(spank_t spank, int ac, char *argv[])
{
	const spank_context_t context = spank_context();

	plugin.submit.server.fd = -1;
	plugin.batch_fd = -1;
	eg_options_init(&plugin.options);
	read_arguments(ac, argv, context == S_CTX_REMOTE);
	if (is_submitting(context))
		eg_submit_environment(&plugin.submit, &plugin.options);
	if (is_submitting(context) || context == S_CTX_REMOTE) {
		for (int i = 0; i < EG_OPTION_COUNT; i++)
			register_option(spank, (enum eg_option)i);
	}
	return ESPANK_SUCCESS;
}

/*
 * In srun, sbatch and salloc: hand the word to the Prolog, as SPANK_EFA_VERIFY.
 * On a node: what needs root before the tasks.
 */
int slurm_spank_init_post_opt(spank_t spank, int ac, char *argv[])
{
	const spank_context_t context = spank_context();
	char partition[EG_PARTITION_NAME_MAX] = "";

	(void)ac;
	(void)argv;
	if (is_submitting(context)) {
		eg_submit_check(&plugin.options);
		if (context == S_CTX_LOCAL)
			eg_submit_stats(&plugin.submit, &plugin.options);
		if (eg_options_said(&plugin.options, EG_OPTION_VERIFY))
			(void)spank_job_control_setenv(
				spank, "EFA_VERIFY",
				eg_options_word(&plugin.options, EG_OPTION_VERIFY), 1);
	}
	if (context != S_CTX_REMOTE)
		return ESPANK_SUCCESS;
	if (spank_getenv(spank, "SLURM_JOB_PARTITION", partition, sizeof(partition)) ==
	    ESPANK_SUCCESS)
		eg_options_set_partition(&plugin.options, partition);
	if (eg_options_choice(&plugin.options, EG_OPTION_VERIFY) != EG_VERIFY_OFF &&
	    eg_step_is_batch(spank))
		plugin.batch_fd = eg_step_batch_begin(spank);
	return ESPANK_SUCCESS;
}

/* In srun, once the step is made. */
int slurm_spank_local_user_init(spank_t spank, int ac, char *argv[])
{
	(void)ac;
	(void)argv;
	if (spank_context() == S_CTX_LOCAL)
		eg_submit_step(&plugin.submit, spank, &plugin.options);
	return ESPANK_SUCCESS;
}

int slurm_spank_user_init(spank_t spank, int ac, char *argv[])
{
	(void)ac;
	(void)argv;
	if (spank_context() != S_CTX_REMOTE)
		return ESPANK_SUCCESS;
	if (eg_options_choice(&plugin.options, EG_OPTION_VERIFY) != EG_VERIFY_OFF &&
	    eg_step_is_real(spank)) {
		plugin.refused = !eg_step_begin(spank, &plugin.options, &plugin.end);
		plugin.verified = true;
	} else {
		eg_step_environment(spank, &plugin.options);
	}
	if (eg_step_is_real(spank) &&
	    eg_options_choice(&plugin.options, EG_OPTION_STATS) == EG_STATS_ON)
		eg_step_stats_begin(&plugin.stats, spank, plugin.refused);
	return ESPANK_SUCCESS;
}

int slurm_spank_task_init(spank_t spank, int ac, char *argv[])
{
	(void)ac;
	(void)argv;
	if (plugin.refused || (plugin.verified && !eg_step_task_may_start(spank, &plugin.options)))
		_exit(EXIT_REFUSED);
	return ESPANK_SUCCESS;
}

/* Before srun hears of the task's end. */
int slurm_spank_task_exit(spank_t spank, int ac, char *argv[])
{
	(void)ac;
	(void)argv;
	if (spank_context() == S_CTX_REMOTE)
		eg_step_stats_task_ended(&plugin.stats, spank);
	return ESPANK_SUCCESS;
}

int slurm_spank_exit(spank_t spank, int ac, char *argv[])
{
	const spank_context_t context = spank_context();

	(void)ac;
	(void)argv;
	if (context == S_CTX_LOCAL)
		eg_submit_end(&plugin.submit);
	if (context == S_CTX_REMOTE) {
		eg_step_finish(&plugin.end);
		eg_step_stats_end(&plugin.stats);
		if (plugin.batch_fd >= 0)
			eg_step_batch_end(spank, plugin.batch_fd);
		plugin.batch_fd = -1;
	}
	return ESPANK_SUCCESS;
}
