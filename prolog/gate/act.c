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
#include "prolog/gate/debt.h"
#include "prolog/gate/decide.h"
#include "prolog/gate/slurm.h"
#include "prolog/gate/state.h"
#include "prolog/gate/strikes.h"
#include "prolog/log.h"

/* Gates of one job start within 0.35 s of each other (64 nodes): let their drains be seen. */
#define SETTLE_MS 500
/* Who needed longer from reading to draining may come behind another's second look. */
#define LATE_MS (SETTLE_MS - 100)
#define UNDO_MS 2000 /* on top of the deadline: over the cap is worse than late */

/* One drain from beginning to end. */
struct act {
	struct eg_gate *gate;
	struct eg_report *report;
	const struct eg_finding *proof;
	const struct eg_strike *earlier; /* the session that found the same, NULL: not needed */
	struct eg_slurm slurm;
	struct eg_cap cap;
	int64_t deadline_ms, read_ms; /* the latter: when Slurm was first asked */
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

static void capped_text(const struct act *act, char *ret, size_t size)
{
	(void)snprintf(ret, size, "not drained, EG903: drain cap reached (%u of %u within %u s)",
		       act->drained, act->limit, act->cap.window_s);
}

static void step_text(const struct act *act, enum eg_gate_step step, char *ret, size_t size)
{
	const char *text = "", *what = act->err.text;

	switch (step) {
	case EG_GATE_OBSERVE:
		text = "would be drained, but mode = observe", what = "";
		break;
	case EG_GATE_DRAIN:
		text = "drained", what = "";
		break;
	case EG_GATE_KEEP:
		(void)snprintf(ret, size, "out of service already, kept: '%s'", act->others);
		return;
	case EG_GATE_DELIVER:
		text = "out of service as 'Prolog error', its reason now told", what = "";
		break;
	case EG_GATE_CAPPED:
		capped_text(act, ret, size);
		return;
	case EG_GATE_GRACE:
		text = "not drained, booted within boot_grace_s", what = "";
		break;
	case EG_GATE_UNREAD:
		text = "not drained, the cap is not known: ";
		break;
	case EG_GATE_UNDONE:
		text = "not drained by efagate: ";
		break;
	case EG_GATE_RUN:
		what = "";
		break;
	}
	(void)snprintf(ret, size, "%s%s", text, what);
}

/* Which session said the same before; "" when the node itself is the proof. */
static const char *earlier_text(const struct act *act, char *text, size_t size)
{
	text[0] = '\0';
	if (act->earlier)
		(void)snprintf(text, size, "; job %u's traffic found the same %lld s before",
			       act->earlier->job_id,
			       (long long)(act->report->time - act->earlier->time));
	return text;
}

static int say_step(const struct act *act, enum eg_gate_step step)
{
	int exit_code = eg_gate_exit_code(step), priority = LOG_ERR;
	char what[1024] = "", job[64], earlier[96];

	step_text(act, step, what, sizeof(what));
	/* One alarm, however many nodes' gates come to it. */
	if (step == EG_GATE_CAPPED &&
	    eg_state_alarm(&act->gate->config, act->report->time, act->cap.window_s))
		priority = LOG_ALERT;
	eg_log(priority, "%s: %s: %s%s; %s; %s", act->gate->node, act->proof->id, act->proof->text,
	       earlier_text(act, earlier, sizeof(earlier)), what,
	       job_text(act->gate, exit_code, job, sizeof(job)));
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
	struct eg_debt debt;
	EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };
	const struct eg_slurm_node *node;

	act->read_ms = eg_now_ms();
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
	view.owed = node->out_of_service && eg_debt_read(&act->gate->config, act->report, &debt) &&
		    eg_debt_matches(&debt, node);
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

	act->cap.late = eg_now_ms() - act->read_ms > LATE_MS;
	eg_sleep_ms(SETTLE_MS, act->deadline_ms);
	if (eg_slurm_read_nodes(&act->slurm, act->deadline_ms, &nodes, NULL))
		return EG_GATE_DRAIN;
	node = eg_slurm_nodes_find(&nodes, act->name);
	if (!node || strcmp(node->reason, act->report->action.reason) != 0 ||
	    eg_cap_allows(&act->cap, &nodes, node))
		return EG_GATE_DRAIN;
	act->drained = eg_cap_count(&act->cap, &nodes, node->name);
	if (eg_slurm_resume(&act->slurm, act->name, eg_deadline_in(UNDO_MS), &act->err))
		return EG_GATE_DRAIN;
	return EG_GATE_CAPPED;
}

static int tell_slurm(struct act *act, const char *reason)
{
	struct eg_slurm_node node = { 0 };

	strcpy(node.name, act->name);
	(void)snprintf(node.reason, sizeof(node.reason), "%s", reason);
	return eg_slurm_drain(&act->slurm, &node, act->gate->config.drain_state, act->deadline_ms,
			      &act->err);
}

static enum eg_gate_step drain(struct act *act)
{
	/* Where a drained node is terminated, nothing can be written afterwards. */
	save(act, true);
	/* Ended in the middle, this gate leaves a "Prolog error": a later one tells the reason. */
	eg_debt_keep(&act->gate->config, act->report);
	if (tell_slurm(act, act->report->action.reason))
		return EG_GATE_UNDONE;
	eg_debt_clear(&act->gate->config);
	return settle(act);
}

/* "Prolog error" gets the reason that this node's gate could not tell then. */
static enum eg_gate_step deliver(struct act *act)
{
	save(act, true);
	if (tell_slurm(act, act->report->action.reason))
		return EG_GATE_KEEP;
	eg_debt_clear(&act->gate->config);
	return EG_GATE_DELIVER;
}

static void turn_to_slurm(struct act *act)
{
	const struct eg_config *config = &act->gate->config;

	act->deadline_ms =
		eg_slurm_deadline_ms(act->gate->start_ms, eg_now_ms(), config->scontrol_timeout_ms);
	eg_slurm_init(config, act->gate->slurm_conf, &act->slurm);
}

static int enforce(struct act *act)
{
	const struct eg_config *config = &act->gate->config;
	enum eg_gate_step step = EG_GATE_UNREAD;
	EG_CLEANUP(eg_close_fd) int lock = -1;

	turn_to_slurm(act);
	lock = eg_state_lock(config->state_dir, act->deadline_ms, &act->err);
	/* Without a folder there is no lock; the bad node matters more. */
	if (lock != -ETIMEDOUT)
		step = choose(act);
	if (step == EG_GATE_DRAIN)
		step = drain(act);
	else if (step == EG_GATE_DELIVER)
		step = deliver(act);
	if (step == EG_GATE_CAPPED)
		add_capped(act);
	if (step != EG_GATE_DRAIN && step != EG_GATE_DELIVER)
		save(act, false);
	return say_step(act, step);
}

static void set_cap(struct act *act)
{
	const struct eg_config *config = &act->gate->config;

	act->cap.limit = config->drain_cap;
	act->cap.window_s = config->drain_cap_window_s;
	act->cap.now = act->report->time;
	act->cap.reason = config->drain_reason;
}

/* A proven fault of this node. */
static int act_on(struct act *act)
{
	const struct eg_config *config = &act->gate->config;
	struct eg_report_action *action = &act->report->action;
	struct eg_gate_view view = { .proven = true };

	set_cap(act);
	action->taken = true;
	view.enforce = action->enforce = eg_config_enforces(config);
	view.grace = eg_state_booted_within(config->boot_grace_s);
	eg_gate_reason(config->drain_reason, act->proof, act->gate->job_id, action->reason);
	save(act, false);
	/* What traffic found ends with traffic, not with a look at the node: its strikes say so. */
	if (!act->earlier)
		eg_state_accuse(config);
	if (view.enforce && !view.grace)
		return enforce(act);
	return say_step(act, eg_gate_decide(&view));
}

/* A warning, something unknown, or a failure that does not prove this node bad. */
static int let_run(struct act *act)
{
	const struct eg_gate *gate = act->gate;
	struct eg_report *report = act->report;
	const struct eg_finding *worst = eg_findings_worst(&report->findings);
	enum eg_outcome outcome = eg_findings_outcome(&report->findings);
	unsigned int places = EG_STATE_OWN | EG_STATE_SHARED;
	char job[64];

	if (outcome == EG_UNKNOWN && worst->blame != EG_BLAME_CLUSTER &&
	    !strcmp(gate->config.unknown, "ignore"))
		return 0;
	report->action.taken = true;
	report->action.enforce = eg_config_enforces(&gate->config);
	if (outcome == EG_WARN && !eg_state_acquit(&gate->config))
		places = EG_STATE_OWN;
	(void)eg_state_save(&gate->config, report, places);
	/* What all nodes of a session were told alike, one of them says. */
	if (worst->blame != EG_BLAME_CLUSTER || !gate->follows)
		eg_log(worst->blame == EG_BLAME_CLUSTER ? LOG_ALERT : LOG_WARNING,
		       "%s: %s %s: %s; %s", gate->node, worst->id, eg_outcome_name(worst->outcome),
		       worst->text, job_text(gate, 0, job, sizeof(job)));
	return 0;
}

/* Every accusation by traffic is kept; proof is the first that an earlier session agrees with. */
static const struct eg_finding *strike(struct act *act, struct eg_strike *ret_earlier)
{
	const struct eg_config *config = &act->gate->config;
	const struct eg_findings *findings = &act->report->findings;
	const struct eg_finding *proof = NULL, *one;
	size_t from = 0;

	while ((one = eg_gate_suspicion(findings, &config->policy, from))) {
		struct eg_strike earlier;

		from = (size_t)(one - findings->list) + 1;
		if (!eg_strikes_add(config, act->report, one, &earlier) || proof)
			continue;
		*ret_earlier = earlier;
		proof = one;
	}
	return proof;
}

/* What an earlier gate could not tell Slurm, told now that the node passes: it stays drained. */
static void pay_debt(struct act *act)
{
	const struct eg_config *config = &act->gate->config;
	EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };
	const struct eg_slurm_node *node;
	struct eg_debt debt;

	if (!eg_debt_read(config, act->report, &debt))
		return;
	turn_to_slurm(act);
	if (eg_slurm_read_nodes(&act->slurm, act->deadline_ms, &nodes, &act->err))
		return;
	node = eg_slurm_nodes_find(&nodes, act->gate->node);
	if (node && eg_debt_matches(&debt, node)) {
		strcpy(act->name, node->name);
		if (tell_slurm(act, debt.reason))
			return;
		eg_log(LOG_NOTICE,
		       "%s: out of service as 'Prolog error', its reason now told: '%s'",
		       act->gate->node, debt.reason);
	} else if (node && !node->out_of_service && !eg_debt_is_old(&debt, act->report->time)) {
		return; /* slurmd may yet tell of the failed Prolog */
	}
	eg_debt_clear(config);
}

/* What the next gates need not do again. */
static void keep_pass(const struct act *act)
{
	struct eg_gate *gate = act->gate;

	if (eg_findings_outcome(&act->report->findings) == EG_FAIL)
		gate->pass.checked = gate->pass.traffic = 0;
	eg_pass_write(&gate->config, &act->report->facts, &gate->pass);
}

int eg_gate_act(struct eg_gate *gate, struct eg_report *report)
{
	const struct eg_policy *policy = &gate->config.policy;
	struct eg_strike earlier;
	struct act act = {
		.gate = gate,
		.report = report,
		.places = EG_STATE_OWN | EG_STATE_SHARED,
	};

	keep_pass(&act);
	if (eg_findings_outcome(&report->findings) == EG_PASS) {
		if (eg_state_acquit(&gate->config))
			save(&act, false);
		pay_debt(&act);
		return 0;
	}
	act.proof = eg_gate_proof(&report->findings, policy);
	if (!act.proof && !strcmp(gate->config.unknown, "drain"))
		act.proof = eg_gate_unknown(&report->findings);
	if (!act.proof && (act.proof = strike(&act, &earlier)))
		act.earlier = &earlier;
	return act.proof ? act_on(&act) : let_run(&act);
}
