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
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <slurm/spank.h>

#include "common/base/err.h"
#include "spank/options.h"
#include "spank/step.h"

#define EXIT_REFUSED 75 /* EX_TEMPFAIL: the same step may run on other nodes */

SPANK_PLUGIN(efagate, 1)

/* Slurm's callbacks carry no pointer of ours, so the state of the process is here. */
static struct {
	struct eg_options options;
	bool refused; /* inherited by the tasks that are forked later */
} plugin;

static int choose(int option, const char *word, int remote)
{
	struct eg_err err = { 0 };

	(void)remote;
	/* What 22.05 makes of a bare option that salloc or sbatch hands on to srun. */
	if (word && !strcmp(word, "(null)"))
		word = NULL;
	if (!eg_options_choose(&plugin.options, (enum eg_option)option, word, &err))
		return ESPANK_SUCCESS;
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

	eg_options_init(&plugin.options);
	read_arguments(ac, argv, context == S_CTX_REMOTE);
	if (context == S_CTX_LOCAL || context == S_CTX_ALLOCATOR || context == S_CTX_REMOTE) {
		for (int i = 0; i < EG_OPTION_COUNT; i++)
			register_option(spank, (enum eg_option)i);
	}
	return ESPANK_SUCCESS;
}

/* In srun, sbatch and salloc: hand the word to the Prolog, as SPANK_EFA_VERIFY. */
int slurm_spank_init_post_opt(spank_t spank, int ac, char *argv[])
{
	const spank_context_t context = spank_context();

	(void)ac;
	(void)argv;
	if ((context == S_CTX_LOCAL || context == S_CTX_ALLOCATOR) &&
	    plugin.options.given[EG_OPTION_VERIFY])
		(void)spank_job_control_setenv(
			spank, "EFA_VERIFY", eg_options_word(&plugin.options, EG_OPTION_VERIFY), 1);
	return ESPANK_SUCCESS;
}

int slurm_spank_user_init(spank_t spank, int ac, char *argv[])
{
	(void)ac;
	(void)argv;
	if (spank_context() != S_CTX_REMOTE)
		return ESPANK_SUCCESS;
	if (plugin.options.choice[EG_OPTION_VERIFY] != EG_VERIFY_OFF && eg_step_is_real(spank))
		plugin.refused = !eg_step_begin(spank, &plugin.options);
	else
		eg_step_environment(spank, &plugin.options);
	return ESPANK_SUCCESS;
}

int slurm_spank_task_init(spank_t spank, int ac, char *argv[])
{
	(void)spank;
	(void)ac;
	(void)argv;
	if (plugin.refused)
		_exit(EXIT_REFUSED);
	return ESPANK_SUCCESS;
}
