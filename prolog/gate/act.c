/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/act.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/verdict/report.h"
#include "prolog/gate/context.h"
#include "prolog/gate/decide.h"
#include "prolog/gate/slurm.h"
#include "prolog/gate/state.h"
#include "prolog/log.h"

/* Gates of one job start within 0.35 s of each other (64 nodes): let their drains be seen. */
#define SETTLE_MS 500

/* One drain from beginning to end. */
struct act {
	const struct eg_gate *gate;
	struct eg_report *report;
	const struct eg_finding *proof;
	struct eg_slurm slurm;
	struct eg_cap cap;
	int64_t deadline_ms;
	char name[256]; /* of the node, as Slurm has it */
	char others[EG_SLURM_REASON_MAX]; /* the reason that is kept */
	uint32_t drained, limit;
	unsigned int places; /* for reports, that work */
	struct eg_err err;
};

/* "job 17 does not start here", or what it is without a job. */
static const char *job_text(const struct eg_gate *gate, int exit_code, char *text, size_t size)
{
	if (!gate->job_id || strcmp(gate->trigger, "prolog") != 0)
		(void)snprintf(text, size, "%s", gate->trigger);
	else
		(void)snprintf(text, size, "job %u %s", gate->job_id,
			       exit_code ? "does not start here" : "runs");
	return text;
}

static int say_step(const struct act *act, enum eg_gate_step step)
{
	int exit_code = eg_gate_exit_code(step);
	char what[1024] = "", job[64];

	switch (step) {
	case EG_GATE_OBSERVE:
		(void)snprintf(what, sizeof(what), "would be drained, but mode = observe");
		break;
	case EG_GATE_DRAIN:
		(void)snprintf(what, sizeof(what), "drained");
		break;
	case EG_GATE_KEEP:
		(void)snprintf(what, sizeof(what), "out of service already, kept: '%s'",
			       act->others);
		break;
	case EG_GATE_CAPPED:
		(void)snprintf(what, sizeof(what),
			       "not drained, EG903: drain cap reached (%u of %u within %u s)",
			       act->drained, act->limit, act->cap.window_s);
		break;
	case EG_GATE_UNREAD:
		(void)snprintf(what, sizeof(what), "not drained, the cap is not known: %s",
			       act->err.text);
		break;
	case EG_GATE_UNDONE:
		(void)snprintf(what, sizeof(what), "not drained by efagate: %s", act->err.text);
		break;
	case EG_GATE_RUN:
		break;
	}
	eg_log(LOG_ERR, "%s: %s: %s; %s; %s", act->gate->node, act->proof->id, act->proof->text,
	       what, job_text(act->gate, exit_code, job, sizeof(job)));
	return exit_code;
}

static void add_capped(struct act *act)
{
	struct eg_finding_spec spec = {
		.id = "EG903",
		.outcome = EG_UNKNOWN,
		.blame = EG_BLAME_NONE,
	};

	eg_findings_add(&act->report->findings, &spec,
			"drain cap reached: %u of %u nodes within %u s, not drained", act->drained,
			act->limit, act->cap.window_s);
}

static void save(struct act *act, bool drained)
{
	act->report->action.drained = drained;
	act->places = eg_state_save(&act->gate->config, act->report, act->places);
}

/* Ask Slurm once for this node's state and for what counts for the cap. */
static enum eg_gate_step choose(struct act *act)
{
	struct eg_gate_view view = { .proven = true, .enforce = true };
	EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };
	const struct eg_slurm_node *node;

	if (eg_slurm_read_nodes(&act->slurm, act->deadline_ms, &nodes, &act->err))
		return eg_gate_decide(&view);
	node = eg_slurm_nodes_find(&nodes, act->gate->node);
	if (!node) {
		(void)eg_err_set(&act->err, ENOENT, "Slurm knows no node of this name");
		return eg_gate_decide(&view);
	}
	/* The name that Slurm has, where ours is the host's. */
	strcpy(act->name, node->name);
	view.read = true;
	view.out_of_service = node->out_of_service;
	view.drained = act->drained = eg_cap_count(&act->cap, &nodes, node->name);
	view.cap = act->limit = eg_cap_limit(&act->cap, &nodes);
	strcpy(act->others, node->reason);
	return eg_gate_decide(&view);
}

/*
 * Many gates may have read "below the cap" at the same moment. Look again; a
 * drain too many is taken back as long as it is still this gate's own.
 */
static enum eg_gate_step settle(struct act *act)
{
	EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };
	const struct eg_slurm_node *node;

	eg_sleep_ms(SETTLE_MS, act->deadline_ms);
	if (eg_slurm_read_nodes(&act->slurm, act->deadline_ms, &nodes, NULL))
		return EG_GATE_DRAIN;
	node = eg_slurm_nodes_find(&nodes, act->name);
	if (!node || strcmp(node->reason, act->report->action.reason) != 0 ||
	    eg_cap_allows(&act->cap, &nodes, node))
		return EG_GATE_DRAIN;
	act->drained = eg_cap_count(&act->cap, &nodes, node->name);
	if (eg_slurm_resume(&act->slurm, act->name, act->deadline_ms, &act->err))
		return EG_GATE_DRAIN;
	return EG_GATE_CAPPED;
}

static enum eg_gate_step drain(struct act *act)
{
	struct eg_slurm_node node = { 0 };

	strcpy(node.name, act->name);
	strcpy(node.reason, act->report->action.reason);
	/* Where a drained node is terminated, nothing can be written afterwards. */
	save(act, true);
	if (eg_slurm_drain(&act->slurm, &node, act->gate->config.drain_state, act->deadline_ms,
			   &act->err))
		return EG_GATE_UNDONE;
	return settle(act);
}

static int enforce(struct act *act)
{
	const struct eg_config *config = &act->gate->config;
	enum eg_gate_step step = EG_GATE_UNREAD;
	EG_CLEANUP(eg_close_fd) int lock = -1;

	act->deadline_ms = eg_deadline_in(config->scontrol_timeout_ms);
	eg_slurm_init(config, act->gate->slurm_conf, &act->slurm);
	lock = eg_state_lock(config->state_dir, act->deadline_ms, &act->err);
	/* Without a folder there is no lock; the bad node matters more. */
	if (lock != -ETIMEDOUT)
		step = choose(act);
	if (step == EG_GATE_DRAIN)
		step = drain(act);
	if (step == EG_GATE_CAPPED)
		add_capped(act);
	if (step != EG_GATE_DRAIN)
		save(act, false);
	return say_step(act, step);
}

/* A proven fault of this node. */
static int act_on(struct act *act)
{
	const struct eg_config *config = &act->gate->config;
	struct eg_report_action *action = &act->report->action;

	act->cap.limit = config->drain_cap;
	act->cap.window_s = config->drain_cap_window_s;
	act->cap.now = act->report->time;
	action->taken = true;
	action->enforce = eg_config_enforces(config);
	(void)eg_reason_text(act->proof, act->gate->job_id, action->reason);
	save(act, false);
	eg_state_accuse(config);
	if (action->enforce)
		return enforce(act);
	return say_step(act, EG_GATE_OBSERVE);
}

/* A warning, something unknown, or a failure that does not prove this node bad. */
static int let_run(const struct eg_gate *gate, struct eg_report *report)
{
	const struct eg_finding *worst = eg_findings_worst(&report->findings);
	enum eg_outcome outcome = eg_findings_outcome(&report->findings);
	char job[64];

	report->action.taken = true;
	report->action.enforce = eg_config_enforces(&gate->config);
	(void)eg_state_save(&gate->config, report,
			    outcome == EG_WARN ? EG_STATE_OWN : EG_STATE_OWN | EG_STATE_SHARED);
	eg_log(LOG_WARNING, "%s: %s %s: %s; %s", gate->node, worst->id,
	       eg_outcome_name(worst->outcome), worst->text, job_text(gate, 0, job, sizeof(job)));
	return 0;
}

int eg_gate_act(const struct eg_gate *gate, struct eg_report *report)
{
	struct act act = {
		.gate = gate,
		.report = report,
		.places = EG_STATE_OWN | EG_STATE_SHARED,
	};

	if (eg_findings_outcome(&report->findings) == EG_PASS) {
		if (eg_state_acquit(&gate->config))
			save(&act, false);
		return 0;
	}
	act.proof = eg_gate_proof(&report->findings);
	return act.proof ? act_on(&act) : let_run(gate, report);
}
