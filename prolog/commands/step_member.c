/* SPDX-License-Identifier: BSD-3-Clause */
/* efagate step-member: this node's part in verifying a step, started by the plugin. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/step_verdict.h"
#include "common/burst/alone.h"
#include "common/burst/auth.h"
#include "common/burst/conduct.h"
#include "common/burst/leader.h"
#include "common/burst/member.h"
#include "common/burst/session.h"
#include "common/node/gather.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"
#include "common/verdict/report.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/gather_child.h"
#include "prolog/step/last_word.h"
#include "prolog/step/local.h"
#include "prolog/step/options.h"
#include "prolog/step/settings.h"
#include "prolog/step/traffic.h"

#define RESULT_FD 3
#define LAST_WORD_MS 50 /* before the plugin's own deadline */
#define PROBE_MS 300 /* to ask whether the leader's node answers, and to write */
#define TELL_MS 200 /* of the time to meet, to tell the leader how this node is */
#define LEADER_GRACE_MS 500 /* a leader held by munge ends by itself */

struct step {
	struct eg_step_options options;
	struct eg_step_settings settings;
	struct eg_session session;
	struct eg_auth auth;
	int leader_fd; /* index 0: to the leader's process */
	struct eg_ready ready;
	struct eg_node_traffic traffic; /* with --verify burst */
};

/* Tell the plugin: the common verdict and this node's own decisions. */
static int say(struct step *step, const struct eg_verdict *verdict, bool aloud)
{
	struct eg_step_verdict record;

	/* What it holds is free before the tasks start. */
	eg_node_traffic_end(&step->traffic);
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

	eg_session_give_up(&step->session, &verdict, "%s: EG902: no verdict within %u.%u s",
			   step->options.node, tenths / 10, tenths % 10);
	eg_step_verdict_init(&record, verdict.line);
	record.go = verdict.go;
	record.outcome = verdict.outcome;
	record.say = step->options.index == 0;
	record.huge_page =
		step->options.huge_page == EG_STEP_HUGE_PAGE_0 && !step->options.user_huge_page;
	eg_last_word_arm(RESULT_FD, &record, step->session.deadline_ms);
}

static void fill_session(struct step *step, int64_t start_ms)
{
	const struct eg_step_options *options = &step->options;
	const struct eg_config *config = &step->settings.config;

	step->session = (struct eg_session){
		.job = options->job,
		.step = options->step,
		.uid = options->uid,
		.nodes = options->nodes,
		.count = options->count,
		.port_first = (uint16_t)config->port_first,
		.port_count = (uint16_t)config->port_count,
		.meet_ms = config->meet_ms,
		.deadline_ms = start_ms + options->timeout_ms - LAST_WORD_MS,
		.start_anyway = options->start_anyway,
		.traffic = options->traffic,
		.round_ms = config->round_ms,
		.tested = options->traffic ? "burst" : "check",
		.auth = &step->auth,
	};
	step->session.meet_deadline_ms =
		eg_deadline_min(start_ms + config->meet_ms, step->session.deadline_ms - PROBE_MS);
}

_Noreturn static void lead(struct step *step, int fd)
{
	struct eg_err err = { 0 };
	int rc;

	eg_last_word_child(step->session.deadline_ms + LEADER_GRACE_MS);
	rc = eg_auth_munge_open(step->settings.munge_socket, &step->auth, &err);
	if (rc)
		eg_leader_refuse(&step->session, fd, &err);
	else
		rc = eg_leader_run(&step->session, fd);
	eg_auth_munge_close(&step->auth);
	_exit(rc != 0);
}

/* First of all, so that what hurts this process later leaves the leader alone. */
static int start_leader(struct step *step)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return -EAGAIN;
	}
	if (!pid) {
		(void)close(ends[0]);
		lead(step, ends[1]);
	}
	(void)close(ends[1]);
	step->leader_fd = ends[0];
	return 0;
}

static bool gather(const struct step *step, struct eg_report *report)
{
	const struct eg_config *config = &step->settings.config;
	struct eg_gather_options options = {
		.sysfs = "/sys",
		.node = step->options.node,
		.instance_type = config->instance_type[0] ? config->instance_type : NULL,
		.instance_type_source = "config",
		.expected_devices = config->expected_devices,
	};
	/* A part of the time to meet is left to tell the leader. */
	int64_t span_ms = eg_deadline_left(step->session.meet_deadline_ms) * 3 / 4;
	struct eg_gather_child child = {
		.options = &options,
		.timeout_ms = span_ms,
		.deadline_ms = eg_deadline_in(span_ms),
	};

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
	if (step->options.traffic)
		eg_node_traffic_offer(&step->traffic, step->session.meet_deadline_ms - TELL_MS,
				      &report->findings);
	eg_step_local_sum(&step->options, report, gathered, &step->ready);
	eg_last_word_set_huge_page(step->ready.huge_page);
}

static void start_traffic(struct step *step)
{
	const struct eg_config *config = &step->settings.config;
	struct eg_traffic_child_options options = {
		.libfabric = config->libfabric[0] ? config->libfabric : NULL,
		.sysfs = "/sys",
		.deadline_ms = step->session.deadline_ms,
	};

	eg_node_traffic_start(&step->traffic, &options);
}

/* One node: its devices with each other, unless it is known to be bad already. */
static void burst_alone(struct step *step, struct eg_seat *seat, struct eg_session_end *end,
			struct eg_traffic_findings *findings, struct eg_slowest *slowest)
{
	struct eg_member_traffic traffic = eg_node_traffic_member(&step->traffic);
	struct eg_alone alone = {
		.node = step->options.node,
		.offer = step->traffic.offer,
		.traffic = &traffic,
		.round_ms = step->session.round_ms,
	};

	if (!step->options.traffic || seat->ready.outcome >= EG_UNKNOWN)
		return;
	if (eg_alone_run(&alone, findings, NULL, slowest)) {
		eg_session_add(seat, &(struct eg_finding){ .id = "EG901",
							   .outcome = EG_UNKNOWN,
							   .text = "traffic: out of memory" });
		return;
	}
	eg_session_add_traffic(seat, findings);
	end->traffic = findings;
	end->slowest = slowest;
}

static int end_alone(struct step *step)
{
	struct eg_seat seat = { .state = EG_SEAT_READY, .ready = step->ready };
	struct eg_traffic_findings findings = { 0 };
	struct eg_slowest slowest = { 0 };
	struct eg_session_end end = { 0 };
	struct eg_verdict verdict;

	burst_alone(step, &seat, &end, &findings, &slowest);
	eg_session_decide(&step->session, &seat, &end, &verdict);
	eg_traffic_findings_done(&findings);
	return say(step, &verdict, true);
}

/* How this node is, then the common verdict: 0 or -errno. */
static int take_part(struct step *step, struct eg_conn *conn, int64_t deadline_ms,
		     struct eg_verdict *ret)
{
	struct eg_member_traffic traffic = eg_node_traffic_member(&step->traffic);
	bool offers = step->options.traffic && step->traffic.offer;
	int rc = 0;

	if (offers)
		rc = eg_member_offer(conn, step->traffic.offer, deadline_ms);
	if (!rc)
		rc = eg_member_report(conn, &step->ready, deadline_ms);
	/* A leader that could not lead has said why before it went. */
	if (!rc || rc == -EPIPE)
		rc = eg_member_wait(conn, offers ? &traffic : NULL, deadline_ms, ret);
	return rc;
}

/* The member part on the leader's node. */
static int end_beside_leader(struct step *step)
{
	struct eg_verdict verdict;
	struct eg_conn conn;
	int rc;

	eg_conn_init(&conn, step->leader_fd);
	rc = take_part(step, &conn, step->session.deadline_ms, &verdict);
	eg_conn_done(&conn);
	if (rc) {
		eg_session_give_up(&step->session, &verdict,
				   "%s: the session's leader ended unexpectedly",
				   step->options.node);
		(void)strncat(verdict.line, " (EG901)",
			      sizeof(verdict.line) - strlen(verdict.line) - 1);
	}
	return say(step, &verdict, true);
}

/* No verdict came. The leader's own plugin says why, unless that node is gone. */
static int end_without_leader(struct step *step, const char *why)
{
	struct eg_verdict verdict;
	bool aloud = step->options.index == 1 && !eg_member_leader_answers(&step->session);

	if (aloud)
		eg_session_give_up(&step->session, &verdict, "%s: EG408: does not answer %s on TCP",
				   step->session.nodes[0], step->options.node);
	else
		eg_session_give_up(&step->session, &verdict, "%s: EG408: %s", step->options.node,
				   why);
	return say(step, &verdict, aloud);
}

static int end_as_member(struct step *step)
{
	int64_t deadline_ms = step->session.deadline_ms - PROBE_MS;
	struct eg_verdict verdict;
	struct eg_err err = { 0 };
	struct eg_conn conn = { .fd = -1 };
	int rc = eg_auth_munge_open(step->settings.munge_socket, &step->auth, &err);

	if (!rc)
		rc = eg_member_meet(&step->session, step->options.index, &conn, &err);
	if (!rc) {
		rc = take_part(step, &conn, deadline_ms, &verdict);
		if (rc)
			(void)eg_err_set(&err, -rc, "no verdict from the leader %s: %s",
					 step->session.nodes[0], strerror(-rc));
	}
	eg_conn_done(&conn);
	eg_auth_munge_close(&step->auth);
	if (rc)
		return end_without_leader(step, err.text);
	return say(step, &verdict, false);
}

static int run(struct step *step)
{
	int rc = 0;

	if (step->options.index == 0 && step->options.count > 1)
		rc = start_leader(step);
	if (step->options.traffic)
		start_traffic(step);
	look_at_node(step);
	if (step->options.count == 1)
		return end_alone(step);
	if (step->options.index > 0)
		return end_as_member(step);
	if (!rc)
		return end_beside_leader(step);
	return end_without_leader(step, "the session's leader could not be started");
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
		fill_session(step, start_ms);
		arm_last_word(step);
		rc = run(step);
	}
	eg_step_options_done(&step->options);
	return rc;
}
