/* SPDX-License-Identifier: BSD-3-Clause */
/* efagate step-member: this node's part in verifying a step, started by the plugin. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/step_verdict.h"
#include "common/burst/member.h"
#include "common/burst/session.h"
#include "common/node/gather.h"
#include "common/verdict/finding.h"
#include "common/verdict/report.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/gather_child.h"
#include "prolog/commands/gather_config.h"
#include "prolog/session/party.h"
#include "prolog/step/last_word.h"
#include "prolog/step/local.h"
#include "prolog/step/options.h"
#include "prolog/step/settings.h"

#define RESULT_FD 3
#define LAST_WORD_MS 50 /* before the plugin's own deadline */
#define PROBE_MS 300 /* to ask whether the leader's node answers, and to write */
#define TELL_MS 200 /* of the time to meet, to tell the leader how this node is */
#define LEADER_GRACE_MS 500 /* a leader held by munge ends by itself */

struct step {
	struct eg_step_options options;
	struct eg_step_settings settings;
	struct eg_party party;
	struct eg_ready ready;
};

/* Tell the plugin: the common verdict and this node's own decisions. */
static int say(struct step *step, const struct eg_verdict *verdict, bool aloud)
{
	struct eg_step_verdict record;

	/* What it holds is free before the tasks start. */
	eg_party_end(&step->party);
	eg_step_verdict_init(&record, verdict->line);
	record.go = verdict->go;
	record.outcome = verdict->outcome;
	record.say = aloud;
	record.huge_page = step->ready.huge_page;
	return eg_last_word_say(&record) ? EG_EXIT_UNKNOWN : 0;
}

static void arm_last_word(const struct step *step)
{
	unsigned int tenths = (step->options.timeout_ms + 50) / 100;
	struct eg_step_verdict record;
	struct eg_verdict verdict;

	eg_session_give_up(&step->party.session, &verdict, "%s: EG902: no verdict within %u.%u s",
			   step->options.node, tenths / 10, tenths % 10);
	eg_step_verdict_init(&record, verdict.line);
	record.go = verdict.go;
	record.outcome = verdict.outcome;
	record.say = step->options.index == 0;
	record.huge_page =
		step->options.huge_page == EG_STEP_HUGE_PAGE_0 && !step->options.user_huge_page;
	eg_last_word_arm(RESULT_FD, &record, step->party.session.deadline_ms);
}

/* In the leader's process: the timer ends it, and says nothing to the plugin. */
static void guard_leader(void *context)
{
	const struct step *step = context;

	eg_last_word_child(step->party.session.deadline_ms + LEADER_GRACE_MS);
}

static void fill_party(struct step *step, int64_t start_ms)
{
	const struct eg_step_options *options = &step->options;
	struct eg_session *session = &step->party.session;

	*session = (struct eg_session){
		.job = options->job,
		.step = options->step,
		.uid = options->uid,
		.nodes = options->nodes,
		.count = options->count,
		.deadline_ms = start_ms + options->timeout_ms - LAST_WORD_MS,
		.start_anyway = options->start_anyway,
		.traffic = options->traffic,
		.tested = options->traffic ? "burst" : "check",
	};
	eg_party_configure(&step->party, &step->settings.config);
	session->meet_deadline_ms =
		eg_deadline_min(start_ms + session->meet_ms, session->deadline_ms - PROBE_MS);
	step->party.index = options->index;
	step->party.munge_socket = step->settings.munge_socket;
	step->party.in_leader = guard_leader;
	step->party.context = step;
}

static bool gather(const struct step *step, struct eg_report *report)
{
	struct eg_gather_options options = { .sysfs = "/sys", .node = step->options.node };
	/* A part of the time to meet is left to tell the leader. */
	int64_t span_ms = eg_deadline_left(step->party.session.meet_deadline_ms) * 3 / 4;
	struct eg_gather_child child = {
		.options = &options,
		.timeout_ms = span_ms,
		.deadline_ms = eg_deadline_in(span_ms),
	};

	eg_gather_configure(&step->settings.config, &options);
	return eg_gather_child_run(&child, report);
}

static void look_at_node(struct step *step)
{
	static const struct eg_finding_spec spec = { .id = "EG901", .outcome = EG_UNKNOWN };
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	bool gathered = false;

	if (!report) {
		step->ready = (struct eg_ready){
			.outcome = EG_UNKNOWN,
			.finding_count = 1,
			.findings = { { .id = "EG901",
					.outcome = EG_UNKNOWN,
					.text = "out of memory" } },
		};
		return;
	}
	if (step->settings.error.code)
		eg_findings_add(&report->findings, &spec, "%s", step->settings.error.text);
	else
		gathered = gather(step, report);
	eg_party_offer(&step->party, step->party.session.meet_deadline_ms - TELL_MS,
		       &report->findings);
	eg_step_local_sum(&step->options, report, gathered, &step->ready);
	eg_last_word_set_huge_page(step->ready.huge_page);
}

/* Beside the leader: it ended without a word. */
static int end_without_word(struct step *step, const char *why)
{
	struct eg_verdict verdict;

	eg_session_give_up(&step->party.session, &verdict, "%s: %s", step->options.node, why);
	(void)strncat(verdict.line, " (EG901)", sizeof(verdict.line) - strlen(verdict.line) - 1);
	return say(step, &verdict, true);
}

/* No verdict came. The leader's own plugin says why, unless that node is gone. */
static int end_without_leader(struct step *step, const char *why)
{
	const struct eg_session *session = &step->party.session;
	struct eg_verdict verdict;
	bool aloud = step->options.index == 1 && !eg_member_leader_answers(session);

	if (aloud)
		eg_session_give_up(session, &verdict, "%s: EG408: does not answer %s on TCP",
				   session->nodes[0], step->options.node);
	else
		eg_session_give_up(session, &verdict, "%s: EG408: %s", step->options.node, why);
	return say(step, &verdict, aloud);
}

static int run(struct step *step)
{
	int64_t deadline_ms = step->party.session.deadline_ms;
	struct eg_verdict verdict;
	struct eg_err err = { 0 };

	eg_party_start(&step->party);
	look_at_node(step);
	if (step->options.index > 0)
		deadline_ms -= PROBE_MS;
	if (!eg_party_take_part(&step->party, &step->ready, deadline_ms, &verdict, &err))
		return say(step, &verdict, step->options.index == 0);
	return step->options.index > 0 ? end_without_leader(step, err.text)
				       : end_without_word(step, err.text);
}

int eg_cmd_step_member(int argc, char **argv)
{
	int64_t start_ms = eg_now_ms();
	EG_CLEANUP(eg_free) struct step *step = calloc(1, sizeof(*step));
	struct eg_err err = { 0 };
	int rc = EG_EXIT_UNKNOWN;

	if (!step)
		return rc;
	if (eg_step_options_parse(argc, argv, &step->options, &err)) {
		fprintf(stderr, "efagate step-member: %s\n", err.text);
		rc = EG_EXIT_USAGE;
	} else {
		eg_step_settings_load(step->options.config, &step->settings);
		fill_party(step, start_ms);
		arm_last_word(step);
		rc = run(step);
	}
	eg_step_options_done(&step->options);
	return rc;
}
