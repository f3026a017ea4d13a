/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/huge_page_policy.h"
#include "spank/batch.h"
#include "spank/helper.h"
#include "spank/node_pages.h"
#include "spank/options.h"
#include "spank/step_facts.h"
#include "spank/step_key.h"
#include "spank/task_access.h"
#include "spank/tell.h"

#define FIRST_PSEUDO_STEP 0xfffffff0u
#define BATCH_STEP 0xfffffffbu
#define NUMBER_MAX 12
#define ARGUMENTS_MAX 48

static const char huge_page_name[] = "FI_EFA_USE_HUGE_PAGE";

struct command {
	const char *argv[ARGUMENTS_MAX];
	size_t count;
	char numbers[8][NUMBER_MAX];
	size_t number_count;
};

static uint32_t step_id(spank_t spank)
{
	uint32_t step = FIRST_PSEUDO_STEP;

	return spank_get_item(spank, S_JOB_STEPID, &step) == ESPANK_SUCCESS ? step
									    : FIRST_PSEUDO_STEP;
}

bool eg_step_is_real(spank_t spank)
{
	return step_id(spank) < FIRST_PSEUDO_STEP;
}

bool eg_step_is_batch(spank_t spank)
{
	return step_id(spank) == BATCH_STEP;
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

static void build_command(const struct eg_step_facts *facts, const struct eg_options *options,
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
	if (facts->verbose && facts->node_id == 0)
		add(command, "--verbose", "1");
	if (facts->report[0])
		add(command, "--report", facts->report);
	if (facts->memlock[0])
		add(command, "--memlock", facts->memlock);
	if (facts->provider[0])
		add(command, "--provider", facts->provider);
	if (facts->library_path && facts->library_path[0])
		add(command, "--library-path", facts->library_path);
	if (facts->provider_path && facts->provider_path[0])
		add(command, "--provider-path", facts->provider_path);
	if (eg_mark_has_reader(EG_RUN_DIR))
		add(command, "--gate", "1");
}

static void run_helper(spank_t spank, struct eg_step_facts *facts, const struct eg_options *options,
		       struct eg_helper_result *ret)
{
	struct command command;
	struct eg_err err = { 0 };
	struct eg_helper helper = { .argv = command.argv, .timeout_ms = options->timeout_ms };
	struct eg_step_key_use use;
	char key[EG_STEP_KEY_TEXT];

	*ret = (struct eg_helper_result){ .end = EG_HELPER_NOT_STARTED };
	if (eg_step_facts_read(spank, facts, &err)) {
		(void)snprintf(ret->text, sizeof(ret->text), "cannot be started: %s", err.text);
		return;
	}
	build_command(facts, options, &command);
	helper.uid = facts->uid;
	helper.gid = facts->gid;
	if (!options->auth_key || facts->node_count == 1) {
		eg_helper_run(&helper, ret);
		return;
	}
	use = (struct eg_step_key_use){ options->helper, facts->job, facts->step, facts->uid };
	if (eg_step_key_get(&use, key, ret))
		return;
	helper.input = key;
	eg_helper_run(&helper, ret);
	explicit_bzero(key, sizeof(key));
}

static void set_huge_page(spank_t spank)
{
	spank_err_t rc = spank_setenv(spank, huge_page_name, "0", 0);

	/* A value that is there is the user's and stays. */
	if (rc != ESPANK_SUCCESS && rc != ESPANK_ENV_EXISTS)
		slurm_info("efagate: %s was not set: %s", huge_page_name, spank_strerror(rc));
}

/* The first node speaks for all: a line a node would be a stack of them. */
static void explain(const struct eg_step_facts *facts, const char *reason)
{
	if (facts->verbose && facts->node_id == 0)
		slurm_spank_log("efagate: %s: %s %s", facts->node, huge_page_name, reason);
}

/* The user asked for 0 and has set something else. */
static void warn_of_conflict(const struct eg_step_facts *facts, const struct eg_options *options)
{
	if (facts->node_id == 0 && facts->has_user_huge_page &&
	    eg_options_choice(options, EG_OPTION_HUGE_PAGE) == EG_HUGE_PAGE_0 &&
	    strcmp(facts->user_huge_page, "0") != 0)
		slurm_spank_log("efagate: %s=%s of your environment stays, though "
				"huge_page=0 was asked for",
				huge_page_name, facts->user_huge_page);
}

static void decide_by_node(spank_t spank, const struct eg_step_facts *facts)
{
	struct eg_node_pages pages = { 0 };
	struct eg_huge_page_decision decision;
	struct eg_huge_page_facts policy = {
		.ranks = facts->ranks,
		.endpoints_per_device = 1,
		.forks_per_rank = EG_FORKS_PER_RANK_DEFAULT,
		.user_value = facts->has_user_huge_page ? facts->user_huge_page : NULL,
	};

	if (eg_node_pages_read("/sys", &pages)) {
		explain(facts, "left alone: the node's devices cannot be read");
		return;
	}
	policy.devices = pages.devices;
	policy.size_kib = pages.size_kib;
	policy.available = pages.available;
	eg_huge_page_decide(&policy, &decision);
	explain(facts, decision.reason);
	if (decision.choice == EG_HUGE_PAGE_SET_0)
		set_huge_page(spank);
}

void eg_step_environment(spank_t spank, const struct eg_options *options)
{
	EG_CLEANUP(eg_step_facts_done) struct eg_step_facts facts = { 0 };
	const int choice = eg_options_choice(options, EG_OPTION_HUGE_PAGE);
	struct eg_err err = { 0 };

	if (choice == EG_HUGE_PAGE_AS_IT_IS)
		return;
	if (eg_step_facts_read_own(spank, &facts, &err))
		slurm_info("efagate: %s: %s", huge_page_name, err.text);
	else if (choice == EG_HUGE_PAGE_AUTO)
		decide_by_node(spank, &facts);
	else
		warn_of_conflict(&facts, options);
	if (choice == EG_HUGE_PAGE_0)
		set_huge_page(spank);
}

/*
 * Without a record there is nobody else who speaks: the first node's plugin
 * tells the user, the others tell their log, so that a step of a thousand
 * nodes does not print a thousand lines.
 */
static void report_missing(const struct eg_step_facts *facts, const char *what, bool warn)
{
	const char *follows = warn ? "tasks started unverified" : "no task started";

	if (facts->node_id == 0)
		slurm_spank_log("efagate: %s: helper %s; %s (EG901)", facts->node, what, follows);
	else
		slurm_info("efagate: %s: helper %s; %s (EG901)", facts->node, what, follows);
}

static void report(const struct eg_step_facts *facts, const struct eg_helper_result *result,
		   bool warn)
{
	if (!result->valid) {
		report_missing(facts, result->text, warn);
		return;
	}
	if (result->verdict.say) {
		eg_tell_user(result->verdict.line);
		eg_tell_user(result->table);
	} else {
		eg_tell_log(result->verdict.line);
	}
	if (facts->verbose && facts->node_id == 0)
		eg_tell_user(result->verdict.note);
	if (result->text[0])
		slurm_info("efagate: %s: helper %s after its verdict", facts->node, result->text);
}

/* What root's own checks of this node are to know; another node's failure is not its own. */
static void take_mark(const struct eg_step_facts *facts, const struct eg_helper_result *result,
		      struct eg_step_end *end)
{
	end->marked = result->valid ? result->verdict.id[0] != '\0'
				    : result->end != EG_HELPER_NOT_STARTED;
	if (!end->marked)
		return;
	end->mark = (struct eg_mark){
		.job = facts->job,
		.step = facts->step,
		.uid = facts->uid,
		.time = (int64_t)time(NULL),
	};
	if (result->valid)
		(void)snprintf(end->id, sizeof(end->id), "%s", result->verdict.id);
}

bool eg_step_begin(spank_t spank, const struct eg_options *options, struct eg_step_end *end)
{
	EG_CLEANUP(eg_step_facts_done) struct eg_step_facts facts = { 0 };
	EG_CLEANUP(eg_helper_result_done) struct eg_helper_result result;
	const bool warn = eg_options_choice(options, EG_OPTION_ON_FAILURE) == EG_ON_FAILURE_WARN;
	bool start;

	run_helper(spank, &facts, options, &result);
	start = (result.valid && result.verdict.go) || warn;
	report(&facts, &result, warn);
	take_mark(&facts, &result, end);
	if (!start)
		return false;
	warn_of_conflict(&facts, options);
	if ((result.valid && result.verdict.huge_page) ||
	    eg_options_choice(options, EG_OPTION_HUGE_PAGE) == EG_HUGE_PAGE_0)
		set_huge_page(spank);
	return true;
}

/* As with a helper that is missing: the first node tells the user, the others their log. */
static void report_denied(spank_t spank, const struct eg_task_access *access, bool warn)
{
	const char *follows = warn ? "tasks started all the same" : "no task started";
	const char *node = getenv("SLURMD_NODENAME");
	uint32_t node_id = 1;
	int task = 1;

	if (spank_get_item(spank, S_TASK_ID, &task) != ESPANK_SUCCESS || task > 0)
		return;
	(void)spank_get_item(spank, S_JOB_NODEID, &node_id);
	(node_id ? slurm_info : slurm_spank_log)(
		"efagate: %s: EG105: tasks may not open %u EFA, first %s: Operation not permitted, "
		"not given to this step (--gres); %s",
		node ? node : "?", access->denied, access->first, follows);
}

bool eg_step_task_may_start(spank_t spank, const struct eg_options *options)
{
	const bool warn = eg_options_choice(options, EG_OPTION_ON_FAILURE) == EG_ON_FAILURE_WARN;
	struct eg_task_access access;

	eg_task_access_read("/sys", "/dev", &access);
	if (access.denied)
		report_denied(spank, &access, warn);
	return !access.denied || warn;
}

void eg_step_finish(struct eg_step_end *end)
{
	if (!end->marked)
		return;
	end->mark.id = end->id;
	if (eg_mark_write(EG_MARKS_DIR, &end->mark) < 0)
		slurm_info("efagate: no mark of step %u.%u was left in %s", end->mark.job,
			   end->mark.step, EG_MARKS_DIR);
}

int eg_step_batch_begin(spank_t spank)
{
	uint32_t job = 0;
	uid_t uid = 0;
	gid_t gid = 0;
	int rc = -EIO;

	if (spank_get_item(spank, S_JOB_ID, &job) == ESPANK_SUCCESS &&
	    spank_get_item(spank, S_JOB_UID, &uid) == ESPANK_SUCCESS &&
	    spank_get_item(spank, S_JOB_GID, &gid) == ESPANK_SUCCESS)
		rc = eg_batch_begin(EG_BATCH_DIR, job, uid, gid);
	if (rc < 0)
		slurm_info("efagate: %s: %s", EG_BATCH_DIR, strerror(-rc));
	return rc;
}

void eg_step_batch_end(spank_t spank, int fd)
{
	uint32_t job = 0;

	if (spank_get_item(spank, S_JOB_ID, &job) == ESPANK_SUCCESS &&
	    eg_batch_end(EG_BATCH_DIR, job, fd))
		slurm_spank_log("efagate: not verified: the job started no srun step with "
				"--efa-verify");
}
