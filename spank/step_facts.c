/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/step_facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/provider_choice.h"
#include "spank/task_limit.h"

#define NODELIST_TEXT_MAX (128 * 1024) /* the kernel's limit for one argument */
#define GROUPS_MAX 128 /* Slurm's own limit for components of a job */
#define NUMBER_MAX 12
#define GPUS_MAX 1024
#define SRUN_QUIET 3 /* its level without -v */

static int read_item(spank_t spank, spank_item_t item, void *value, const char *name,
		     struct eg_err *err)
{
	spank_err_t rc = spank_get_item(spank, item, value);

	if (rc == ESPANK_SUCCESS)
		return 0;
	return eg_err_set(err, EIO, "%s: %s", name, spank_strerror(rc));
}

static int read_numbers(spank_t spank, struct eg_step_facts *facts, struct eg_err *err)
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
static void count_gpus(spank_t spank, struct eg_step_facts *facts)
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
static int read_node(struct eg_step_facts *facts, struct eg_err *err)
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

static int read_component(spank_t spank, struct eg_step_facts *facts, struct eg_err *err)
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

static void read_user_value(spank_t spank, struct eg_step_facts *facts)
{
	spank_err_t rc = spank_getenv(spank, "FI_EFA_USE_HUGE_PAGE", facts->user_huge_page,
				      sizeof(facts->user_huge_page));

	/* A longer value than fits is a value all the same. */
	facts->has_user_huge_page = rc == ESPANK_SUCCESS || rc == ESPANK_NOSPACE;
	facts->user_huge_page[sizeof(facts->user_huge_page) - 1] = '\0';
}

/* srun tells its verbosity, 3 and one more for each -v, in the job's environment. */
static bool is_verbose(spank_t spank)
{
	char level[NUMBER_MAX] = "";

	return spank_getenv(spank, "SRUN_DEBUG", level, sizeof(level)) == ESPANK_SUCCESS &&
	       atoi(level) > SRUN_QUIET;
}

static void read_report(spank_t spank, struct eg_step_facts *facts)
{
	if (spank_getenv(spank, "EFAGATE_REPORT", facts->report, sizeof(facts->report)) !=
		    ESPANK_SUCCESS ||
	    facts->report[0] != '/')
		facts->report[0] = '\0';
}

/* Root's tasks have the capability that makes the limit none. */
static void read_memlock(spank_t spank, struct eg_step_facts *facts)
{
	char said[sizeof(facts->memlock)] = "";
	struct rlimit limit;

	if (!facts->uid || getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return;
	(void)spank_getenv(spank, "SLURM_RLIMIT_MEMLOCK", said, sizeof(said));
	eg_task_limit_text(said, limit.rlim_cur, limit.rlim_max, facts->memlock,
			   sizeof(facts->memlock));
}

/* What of the job's environment keeps it from efa, and which libfabric it will load. */
static void read_fabric(spank_t spank, struct eg_step_facts *facts)
{
	char value[EG_USER_PROVIDER_MAX];

	facts->library_path = read_list(spank, "LD_LIBRARY_PATH");
	facts->provider_path = read_list(spank, "FI_PROVIDER_PATH");
	for (size_t i = 0; eg_provider_variables[i]; i++) {
		const char *name = eg_provider_variables[i];

		if (spank_getenv(spank, name, value, sizeof(value)) != ESPANK_SUCCESS ||
		    !eg_provider_is_kept_away(name, value))
			continue;
		(void)snprintf(facts->provider, sizeof(facts->provider), "%s=%.64s", name, value);
		return;
	}
}

int eg_step_facts_read_own(spank_t spank, struct eg_step_facts *facts, struct eg_err *err)
{
	int rc = read_numbers(spank, facts, err);
	int node_rc = read_node(facts, rc ? NULL : err);

	read_user_value(spank, facts);
	count_gpus(spank, facts);
	read_report(spank, facts);
	facts->verbose = is_verbose(spank);
	return rc ?: node_rc;
}

int eg_step_facts_read(spank_t spank, struct eg_step_facts *facts, struct eg_err *err)
{
	int rc = eg_step_facts_read_own(spank, facts, err) ?: read_component(spank, facts, err);

	if (rc)
		return rc;
	read_memlock(spank, facts);
	read_fabric(spank, facts);
	return 0;
}

void eg_step_facts_done(struct eg_step_facts *facts)
{
	eg_component_done(&facts->component);
	free(facts->library_path);
	free(facts->provider_path);
	facts->library_path = facts->provider_path = NULL;
}
