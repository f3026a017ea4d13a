/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/nodelist.h"
#include "spank/component.h"
#include "spank/helper.h"
#include "spank/options.h"

#define FIRST_PSEUDO_STEP 0xfffffff0u
#define NODELIST_TEXT_MAX (128 * 1024) /* the kernel's limit for one argument */
#define GROUPS_MAX 128 /* Slurm's own limit for components of a job */
#define USER_VALUE_MAX 64
#define NUMBER_MAX 12
#define GPUS_MAX 1024
#define ARGUMENTS_MAX 32

static const char huge_page_name[] = "FI_EFA_USE_HUGE_PAGE";

struct step_facts {
	uint32_t job, step, node_id, node_count, ranks;
	uid_t uid;
	gid_t gid;
	char node[EG_NODE_NAME_MAX];
	struct eg_component component;
	char user_huge_page[USER_VALUE_MAX];
	bool has_user_huge_page;
};

struct command {
	const char *argv[ARGUMENTS_MAX];
	size_t count;
	char numbers[8][NUMBER_MAX];
	size_t number_count;
};

static void facts_done(struct step_facts *facts)
{
	eg_component_done(&facts->component);
}

bool eg_step_is_real(spank_t spank)
{
	uint32_t step = FIRST_PSEUDO_STEP;

	return spank_get_item(spank, S_JOB_STEPID, &step) == ESPANK_SUCCESS &&
	       step < FIRST_PSEUDO_STEP;
}

static int read_item(spank_t spank, spank_item_t item, void *value, const char *name,
		     struct eg_err *err)
{
	spank_err_t rc = spank_get_item(spank, item, value);

	if (rc == ESPANK_SUCCESS)
		return 0;
	return eg_err_set(err, EIO, "%s: %s", name, spank_strerror(rc));
}

static int read_numbers(spank_t spank, struct step_facts *facts, struct eg_err *err)
{
	/* The node id first: it says who talks to the user. */
	return read_item(spank, S_JOB_NODEID, &facts->node_id, "node id", err)
		?: read_item(spank, S_JOB_ID, &facts->job, "job id", err)
		?: read_item(spank, S_JOB_STEPID, &facts->step, "step id", err)
		?: read_item(spank, S_JOB_NNODES, &facts->node_count, "number of nodes", err)
		?: read_item(spank, S_JOB_LOCAL_TASK_COUNT, &facts->ranks, "number of tasks", err)
		?: read_item(spank, S_JOB_UID, &facts->uid, "user id", err)
		?: read_item(spank, S_JOB_GID, &facts->gid, "group id", err);
}

/* Launchers like torchrun start a rank a GPU from one task. */
static void count_gpus(spank_t spank, struct step_facts *facts)
{
	char text[NUMBER_MAX] = "";
	char *end = NULL;
	unsigned long gpus;

	if (spank_getenv(spank, "SLURM_GPUS_ON_NODE", text, sizeof(text)) != ESPANK_SUCCESS)
		return;
	gpus = strtoul(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && !*end && gpus <= GPUS_MAX && gpus > facts->ranks)
		facts->ranks = (uint32_t)gpus;
}

/* slurmstepd's own environment has it, the job's has not; a node's name need not be its host's. */
static int read_node(struct step_facts *facts, struct eg_err *err)
{
	const char *name = getenv("SLURMD_NODENAME");

	if (name &&
	    snprintf(facts->node, sizeof(facts->node), "%s", name) < (int)sizeof(facts->node))
		return 0;
	(void)snprintf(facts->node, sizeof(facts->node), "node %u", facts->node_id);
	return eg_err_set(err, ENOENT, "SLURMD_NODENAME is not set");
}

/* A copy of a variable of the job, NULL when it is not set, too long or there is no memory. */
static char *read_list(spank_t spank, const char *name)
{
	EG_CLEANUP(eg_free) char *list = malloc(NODELIST_TEXT_MAX);

	if (!list || spank_getenv(spank, name, list, NODELIST_TEXT_MAX) != ESPANK_SUCCESS)
		return NULL;
	return strdup(list);
}

static void free_groups(char *groups[])
{
	for (size_t i = 0; groups[i]; i++)
		free(groups[i]);
}

/* The components of a heterogeneous job; each name has been in use, 22.05 sets the second. */
static void read_groups(spank_t spank, char *groups[])
{
	static const char *const names[] = { "SLURM_JOB_NODELIST_HET_GROUP_",
					     "SLURM_JOB_NODELIST_PACK_GROUP_" };
	char name[64];

	for (size_t i = 0; i < GROUPS_MAX; i++) {
		for (size_t k = 0; k < EG_COUNT(names) && !groups[i]; k++) {
			(void)snprintf(name, sizeof(name), "%s%zu", names[k], i);
			groups[i] = read_list(spank, name);
		}
		if (!groups[i])
			break;
	}
}

static int read_component(spank_t spank, struct step_facts *facts, struct eg_err *err)
{
	EG_CLEANUP(eg_free) char *list = read_list(spank, "SLURM_STEP_NODELIST");
	char *groups[GROUPS_MAX + 1] = { NULL };
	struct eg_place place = {
		.groups = (const char *const *)groups,
		.node = facts->node,
		.node_id = facts->node_id,
		.count = facts->node_count,
	};
	int rc;

	if (!list)
		list = read_list(spank, "SLURM_JOB_NODELIST");
	if (!list)
		return eg_err_set(err, ENOENT, "no SLURM_STEP_NODELIST in the job's environment");
	place.list = list;
	read_groups(spank, groups);
	rc = eg_component_find(&place, &facts->component, err);
	free_groups(groups);
	return rc;
}

static void read_user_value(spank_t spank, struct step_facts *facts)
{
	spank_err_t rc = spank_getenv(spank, huge_page_name, facts->user_huge_page,
				      sizeof(facts->user_huge_page));

	/* A longer value than fits is a value all the same. */
	facts->has_user_huge_page = rc == ESPANK_SUCCESS || rc == ESPANK_NOSPACE;
	facts->user_huge_page[sizeof(facts->user_huge_page) - 1] = '\0';
}

static int read_facts(spank_t spank, struct step_facts *facts, struct eg_err *err)
{
	int rc = read_numbers(spank, facts, err);
	int node_rc = read_node(facts, rc ? NULL : err);

	read_user_value(spank, facts);
	count_gpus(spank, facts);
	return rc ?: node_rc ?: read_component(spank, facts, err);
}

static void add(struct command *command, const char *name, const char *value)
{
	command->argv[command->count++] = name;
	command->argv[command->count++] = value;
}

static void add_number(struct command *command, const char *name, uint32_t value)
{
	char *text = command->numbers[command->number_count++];

	(void)snprintf(text, NUMBER_MAX, "%u", value);
	add(command, name, text);
}

static void build_command(const struct step_facts *facts, const struct eg_options *options,
			  struct command *command)
{
	*command = (struct command){ 0 };
	add(command, options->helper, "step-member");
	add_number(command, "--job", facts->job);
	add_number(command, "--step", facts->step);
	add_number(command, "--uid", facts->uid);
	add(command, "--nodes", facts->component.nodes);
	add(command, "--node", facts->node);
	add_number(command, "--index", facts->component.index);
	add_number(command, "--count", facts->node_count);
	add_number(command, "--ranks", facts->ranks);
	add(command, "--verify", eg_options_word(options, EG_OPTION_VERIFY));
	add(command, "--on-failure", eg_options_word(options, EG_OPTION_ON_FAILURE));
	add(command, "--huge-page", eg_options_word(options, EG_OPTION_HUGE_PAGE));
	if (facts->has_user_huge_page)
		add(command, "--user-huge-page", facts->user_huge_page);
	add_number(command, "--timeout-ms", (uint32_t)options->timeout_ms);
}

static void run_helper(spank_t spank, struct step_facts *facts, const struct eg_options *options,
		       struct eg_helper_result *ret)
{
	struct command command;
	struct eg_err err = { 0 };
	struct eg_helper helper = { .argv = command.argv, .timeout_ms = options->timeout_ms };

	*ret = (struct eg_helper_result){ .end = EG_HELPER_NOT_STARTED };
	if (read_facts(spank, facts, &err)) {
		(void)snprintf(ret->text, sizeof(ret->text), "cannot be started: %s", err.text);
		return;
	}
	build_command(facts, options, &command);
	helper.uid = facts->uid;
	helper.gid = facts->gid;
	eg_helper_run(&helper, ret);
}

static void set_huge_page(spank_t spank)
{
	spank_err_t rc = spank_setenv(spank, huge_page_name, "0", 0);

	/* A value that is there is the user's and stays. */
	if (rc != ESPANK_SUCCESS && rc != ESPANK_ENV_EXISTS)
		slurm_info("efagate: %s was not set: %s", huge_page_name, spank_strerror(rc));
}

void eg_step_environment(spank_t spank, const struct eg_options *options)
{
	if (eg_options_choice(options, EG_OPTION_HUGE_PAGE) == EG_HUGE_PAGE_0)
		set_huge_page(spank);
}

/*
 * Without a record there is nobody else who speaks: the first node's plugin
 * tells the user, the others tell their log, so that a step of a thousand
 * nodes does not print a thousand lines.
 */
static void report_missing(const struct step_facts *facts, const char *what, bool warn)
{
	const char *follows = warn ? "tasks started unverified" : "no task started";

	if (facts->node_id == 0)
		slurm_spank_log("efagate: %s: helper %s; %s (EG901)", facts->node, what, follows);
	else
		slurm_info("efagate: %s: helper %s; %s (EG901)", facts->node, what, follows);
}

static void report(const struct step_facts *facts, const struct eg_helper_result *result, bool warn)
{
	if (!result->valid) {
		report_missing(facts, result->text, warn);
		return;
	}
	if (result->verdict.say && result->verdict.line[0])
		slurm_spank_log("%s", result->verdict.line);
	else if (result->verdict.line[0])
		slurm_info("%s", result->verdict.line);
	if (result->text[0])
		slurm_info("efagate: %s: helper %s after its verdict", facts->node, result->text);
}

bool eg_step_begin(spank_t spank, const struct eg_options *options)
{
	EG_CLEANUP(facts_done) struct step_facts facts = { 0 };
	struct eg_helper_result result;
	const bool warn = eg_options_choice(options, EG_OPTION_ON_FAILURE) == EG_ON_FAILURE_WARN;
	bool start;

	run_helper(spank, &facts, options, &result);
	start = (result.valid && result.verdict.go) || warn;
	report(&facts, &result, warn);
	if (start && result.valid && result.verdict.huge_page)
		set_huge_page(spank);
	if (start)
		eg_step_environment(spank, options);
	return start;
}
