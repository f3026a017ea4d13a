/* SPDX-License-Identifier: BSD-3-Clause */
/* efagate step-member: this node's part in verifying a step, started by the plugin. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/step_verdict.h"
#include "common/burst/member.h"
#include "common/burst/offer.h"
#include "common/burst/provider.h"
#include "common/burst/session.h"
#include "common/burst/stage_time.h"
#include "common/node/gather.h"
#include "common/verdict/finding.h"
#include "common/verdict/report.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/gather_child.h"
#include "prolog/commands/gather_config.h"
#include "prolog/session/party.h"
#include "prolog/step/job_fabric.h"
#include "prolog/step/key.h"
#include "prolog/step/last_word.h"
#include "prolog/step/local.h"
#include "prolog/step/options.h"
#include "prolog/step/settings.h"
#include "prolog/step/table.h"
#include "prolog/step/user_report.h"

#define RESULT_FD 3
#define LAST_WORD_MS 50 /* before the plugin's own deadline */
#define PROBE_MS 300 /* to ask whether the leader's node answers, and to write */
#define REPORT_MS 500 /* for the user's report, which may lie on a file server */
#define TELL_MS 200 /* of the time to meet, to tell the leader how this node is */
#define LEADER_GRACE_MS 500 /* a leader held by munge ends by itself */

struct step {
	struct eg_step_options options;
	struct eg_step_settings settings;
	struct eg_party party;
	struct eg_ready ready;
	struct eg_step_table table; /* on the first node, for --verify full */
	struct eg_report *report; /* of this node; NULL without memory */
	char note[EG_STEP_NOTE_MAX];
	uint8_t key[EG_MAC_BYTES]; /* of the session, where the site has one */
};

/* The first failure of @findings that is a node's or a device's, "" none. */
static const char *blamed_id(const struct eg_wire_finding *findings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (findings[i].outcome == EG_FAIL &&
		    (findings[i].blame == EG_BLAME_NODE || findings[i].blame == EG_BLAME_DEVICE))
			return findings[i].id;
	}
	return "";
}

/* The id of the failure that is this node's own; "" when it is another's or nobody's. */
static const char *own_failure(const struct step *step, const struct eg_verdict *verdict)
{
	const char *id = blamed_id(step->ready.findings, step->ready.finding_count);

	return id[0] ? id : blamed_id(verdict->findings, verdict->finding_count);
}

static void add_to_report(struct eg_report *report, const struct eg_wire_finding *finding)
{
	const struct eg_finding_spec spec = {
		.id = finding->id,
		.outcome = (enum eg_outcome)finding->outcome,
		.blame = (enum eg_blame)finding->blame,
		.subject = finding->subject,
	};

	eg_findings_add(&report->findings, &spec, "%s", finding->text);
}

/* The node's report for the user, when asked for; what goes wrong with it is a line more. */
static void write_report(struct step *step, struct eg_verdict *verdict)
{
	const struct eg_node_traffic *traffic = &step->party.traffic;
	struct eg_err err = { 0 };
	size_t length;

	if (!step->options.report || !step->report)
		return;
	for (size_t i = 0; i < verdict->finding_count; i++)
		add_to_report(step->report, &verdict->findings[i]);
	if (traffic->last_round && traffic->last_round->partner_count)
		eg_node_traffic_facts(traffic->offer, traffic->last_round, traffic->last,
				      &step->report->facts);
	if (!eg_user_report_write(&step->options, step->report, eg_deadline_in(REPORT_MS), &err))
		return;
	length = strlen(verdict->line);
	(void)snprintf(verdict->line + length, sizeof(verdict->line) - length, "\nefagate: %s: %s",
		       step->options.node, err.text);
}

static char *table_text(struct step *step)
{
	const struct eg_node_traffic *traffic = &step->party.traffic;

	if (!step->options.table || step->options.index)
		return NULL;
	/* Nobody leads a node alone. */
	if (step->options.count == 1 && traffic->last && traffic->offer)
		eg_step_table_add(&step->table, 0, traffic->offer, traffic->last);
	return eg_step_table_text(&step->table);
}

/* Tell the plugin: the common verdict and this node's own decisions. */
static int say(struct step *step, struct eg_verdict *verdict, bool aloud)
{
	EG_CLEANUP(eg_free) char *text = table_text(step);
	struct eg_step_verdict record;

	write_report(step, verdict);
	/* What it holds is free before the tasks start. */
	eg_party_end(&step->party);
	eg_step_verdict_init(&record, verdict->line);
	record.go = verdict->go;
	record.outcome = verdict->outcome;
	record.say = aloud;
	record.huge_page = step->ready.huge_page;
	record.text_size = text ? (uint32_t)strlen(text) : 0;
	(void)snprintf(record.id, sizeof(record.id), "%s", own_failure(step, verdict));
	eg_step_verdict_note(&record, step->note);
	return eg_last_word_say(&record, text) ? EG_EXIT_UNKNOWN : 0;
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

static void see_result(void *context, uint32_t index, const struct eg_offer *offer,
		       const struct eg_result *result)
{
	eg_step_table_add(context, index, offer, result);
}

/* In the leader's process: the timer ends it, and says nothing to the plugin. */
static void guard_leader(void *context)
{
	const struct step *step = context;

	eg_last_word_child(step->party.session.deadline_ms + LEADER_GRACE_MS);
}

/* The site's key is root's: the plugin hands on what follows from it for this step. */
static void take_key(struct step *step)
{
	struct eg_auth_choice *choice = &step->party.auth_choice;

	choice->key_file = NULL;
	if (choice->way != EG_AUTH_KEY || step->options.count == 1)
		return;
	if (eg_step_key_read(STDIN_FILENO, step->key))
		choice->why = "no session key from the plugin: efagate.conf says auth = key, "
			      "plugstack.conf lacks auth=key";
	else
		choice->key = step->key;
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
		.lines = true,
		.told = options->gate ? "marked for the gate's next look"
				      : "nobody was told, no gate runs here",
	};
	eg_party_configure(&step->party, &step->settings.config);
	/* Who wants a table wants the numbers that the job's own traffic would have. */
	if (options->table)
		step->party.traffic_options.provider = eg_provider_efa();
	session->meet_deadline_ms =
		eg_deadline_min(start_ms + session->meet_ms, session->deadline_ms - PROBE_MS);
	if (options->traffic)
		session->ready_deadline_ms =
			eg_stage_ready_deadline_ms(session->meet_deadline_ms,
						   session->deadline_ms - PROBE_MS,
						   session->round_ms);
	step->party.index = options->index;
	step->party.auth_choice.munge_socket = step->settings.munge_socket;
	take_key(step);
	step->party.in_leader = guard_leader;
	step->party.context = step;
	if (!options->table || options->index ||
	    eg_step_table_init(&step->table, options->nodes, options->count))
		return;
	session->on_result = see_result;
	session->context = &step->table;
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

static void fill_report(struct step *step)
{
	struct eg_report *report = step->report;

	report->time = (int64_t)time(NULL);
	report->duration_ms = report->facts.duration_ms;
	(void)strcpy(report->trigger, "step");
	report->job_id = step->options.job;
	report->step_id = step->options.step;
	report->uid = step->options.uid;
}

static void look_at_node(struct step *step)
{
	static const struct eg_finding_spec spec = { .id = "EG901", .outcome = EG_UNKNOWN };
	const struct eg_config *config = &step->settings.config;
	const int64_t tell_ms = step->party.session.meet_deadline_ms - TELL_MS;
	struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_job_fabric_answer fabric;
	struct eg_job_fabric asked;
	bool gathered = false;

	step->report = report;
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
	eg_job_fabric_start(&step->options, config->libfabric[0] ? config->libfabric : NULL,
			    tell_ms, &asked);
	if (step->settings.error.code)
		eg_findings_add(&report->findings, &spec, "%s", step->settings.error.text);
	else
		gathered = gather(step, report);
	eg_party_meet(&step->party);
	/* A driver that hangs does so in both. */
	eg_party_offer(&step->party, gathered ? eg_party_offer_deadline_ms(&step->party) : tell_ms,
		       &report->findings);
	eg_job_fabric_finish(&asked, tell_ms, &fabric);
	if (gathered)
		eg_step_local_judge(&step->options, &config->policy, &fabric, report);
	eg_step_local_sum(&step->options, report, &step->ready);
	eg_step_local_note(&step->options, report, &step->ready, &fabric, step->note,
			   sizeof(step->note));
	fill_report(step);
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
	eg_step_table_done(&step->table);
	free(step->report);
	eg_step_options_done(&step->options);
	return rc;
}
