/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/burst.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/reap.h"
#include "common/burst/offer.h"
#include "common/burst/stage_time.h"
#include "common/burst/wire_traffic.h"
#include "common/verdict/report.h"
#include "prolog/gate/context.h"
#include "prolog/gate/decide.h"
#include "prolog/gate/jobs.h"
#include "prolog/gate/knock.h"
#include "prolog/gate/state.h"
#include "prolog/gate/strikes.h"
#include "prolog/log.h"
#include "prolog/session/party.h"
#include "prolog/session/ready.h"

#define GATE_STEP 0xfffffff9u /* no step's number: Slurm's own begin at 0xfffffffa */
#define SAY_MS 200 /* of the deadline, for the way back to the gate */
#define TELL_MS 200 /* of the session, to tell the leader how this node is */
#define REAP_STEP_MS 2
#define LISTEN_MS 1000 /* a partner's knock comes within 0.8 s of the job's last gate */
#define LOCK_NAME "traffic"

/* What the process has to say, message by message. */
struct session {
	struct eg_gate *gate;
	struct eg_nodelist list;
	uint32_t index;
	int64_t start_ms, deadline_ms;
	bool shared; /* another job is here: this node says so and exchanges nothing */
	struct eg_report *report;
};

static void add_unknown(struct eg_report *report, const char *id, const char *text)
{
	struct eg_finding_spec spec = { .id = id, .outcome = EG_UNKNOWN, .blame = EG_BLAME_NONE };

	eg_findings_add(&report->findings, &spec, "%s", text);
}

static void fill_party(const struct session *session, struct eg_party *party)
{
	party->session = (struct eg_session){
		.job = session->gate->job_id,
		.step = GATE_STEP,
		.root_only = true,
		.nodes = (const char *const *)session->list.names,
		.count = (uint32_t)session->list.count,
		.deadline_ms = session->deadline_ms - SAY_MS,
		.fate = "the job runs",
		.traffic = true,
		.partial = true,
		.tested = "gate",
	};
	party->idle = session->shared;
	eg_party_configure(party, &session->gate->config);
	party->session.meet_deadline_ms = eg_deadline_min(
		session->start_ms + party->session.meet_ms, party->session.deadline_ms - TELL_MS);
	party->session.ready_deadline_ms =
		eg_stage_ready_deadline_ms(party->session.meet_deadline_ms,
					   party->session.deadline_ms, party->session.round_ms);
	/* Without a floor a speed proves nothing here, and measuring makes the job wait. */
	party->session.function_only = !party->session.floors || !party->session.floors[0];
	party->index = session->index;
}

/* The process's words: OFFER, ROUND and RESULT, READY with its own findings, VERDICT. */
static void tell(int fd, const struct eg_party *party, const struct eg_ready *own,
		 const struct eg_verdict *verdict)
{
	int64_t deadline_ms = eg_deadline_in(SAY_MS);
	struct eg_conn conn;
	struct eg_wire_buffer message;

	eg_conn_init(&conn, fd);
	eg_wire_put_offer(&message, party->traffic.offer);
	(void)eg_conn_send(&conn, &message, deadline_ms);
	eg_wire_put_round(&message, party->traffic.last_round);
	(void)eg_conn_send(&conn, &message, deadline_ms);
	eg_wire_put_result(&message, party->traffic.last);
	(void)eg_conn_send(&conn, &message, deadline_ms);
	eg_wire_put_ready(&message, own);
	(void)eg_conn_send(&conn, &message, deadline_ms);
	eg_wire_put_verdict(&message, verdict);
	(void)eg_conn_send(&conn, &message, deadline_ms);
}

static void be_quiet(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
}

/* Wake the partners that have no wish of their own. Ends with the process it is started by. */
static void start_knocking(const struct eg_party *party)
{
	struct eg_session session = party->session;
	struct eg_auth auth = { 0 };

	if (fork())
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	session.auth = &auth;
	if (!eg_auth_choice_open(&party->auth_choice, &session, &auth, NULL))
		eg_knock_send(&session, party->index);
	_exit(0);
}

/* No verdict came: it is put in the place of one. */
static void without_verdict(const char *why, struct eg_verdict *ret)
{
	*ret = (struct eg_verdict){ .outcome = EG_UNKNOWN, .finding_count = 1 };
	ret->findings[0] = (struct eg_wire_finding){ .id = "EG408", .outcome = EG_UNKNOWN };
	(void)snprintf(ret->findings[0].text, sizeof(ret->findings[0].text),
		       "no traffic with the nodes of the job: %.150s", why);
}

/* Told to the others, so that they do not wait for this node. */
_Noreturn static void take_part_without_traffic(struct eg_party *party, struct eg_report *own)
{
	struct eg_verdict verdict = { 0 };
	struct eg_ready ready;
	int status;

	add_unknown(own, "EG901", "no traffic beside another job's");
	eg_ready_from_report(own, &ready);
	(void)eg_party_take_part(party, &ready, party->session.deadline_ms, &verdict, NULL);
	/* The leader's process, where this is the first node, has the others to tell. */
	while (!waitpid(-1, &status, WNOHANG) && eg_deadline_left(party->session.deadline_ms))
		eg_sleep_ms(REAP_STEP_MS, party->session.deadline_ms);
	eg_party_end(party);
	_exit(0);
}

/* The leader's process holds nothing of the gate's: its end must be seen. */
static void leave_gate(void *context)
{
	eg_close_fd(context);
}

_Noreturn static void run_and_exit(struct session *session, int fd)
{
	EG_CLEANUP(eg_free) struct eg_party *party = calloc(1, sizeof(*party));
	/* What this process finds; the report's own findings are the gate's already. */
	EG_CLEANUP(eg_free) struct eg_report *own = calloc(1, sizeof(*own));
	struct eg_verdict verdict = { 0 };
	struct eg_ready ready, said;
	struct eg_err err = { 0 };

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	be_quiet();
	if (!party || !own)
		_exit(1);
	fill_party(session, party);
	party->in_leader = leave_gate;
	party->context = &fd;
	if (!session->shared)
		start_knocking(party);
	eg_party_start(party);
	if (session->shared)
		take_part_without_traffic(party, own);
	if (!party->traffic.offer || !party->traffic.last_round)
		_exit(1);
	eg_party_meet(party);
	eg_party_offer(party, eg_party_offer_deadline_ms(party), &own->findings);
	eg_ready_from_report(own, &said);
	/* To the others both are one. */
	for (size_t i = 0; i < own->findings.count; i++)
		add_unknown(session->report, own->findings.list[i].id, own->findings.list[i].text);
	eg_ready_from_report(session->report, &ready);
	if (eg_party_take_part(party, &ready, party->session.deadline_ms, &verdict, &err))
		without_verdict(err.text, &verdict);
	tell(fd, party, &said, &verdict);
	eg_party_end(party);
	_exit(0);
}

/* "EG410: none of ...; the job runs": that nobody met the leader, a cause in the cluster. */
static void add_nobody_met(const char *line, struct eg_report *report)
{
	struct eg_finding_spec spec = {
		.id = "EG410",
		.outcome = EG_UNKNOWN,
		.blame = EG_BLAME_CLUSTER,
	};
	const char *text = line + strlen("EG410: ");
	const char *fate = strrchr(text, ';');

	eg_findings_add(&report->findings, &spec, "%.*s",
			fate ? (int)(fate - text) : (int)strlen(text), text);
}

/* The first node tells what concerns no single one: who was absent, or that all were. */
static void tell_line(const struct session *session, const struct eg_verdict *verdict)
{
	static const char prefix[] = "efagate: ";
	const char *line = verdict->line;

	if (session->index || verdict->outcome != EG_UNKNOWN || !line[0])
		return;
	if (!strncmp(line, prefix, strlen(prefix)))
		line += strlen(prefix);
	if (!strncmp(line, "EG410: ", strlen("EG410: ")))
		add_nobody_met(line, session->report);
	else
		eg_log(LOG_WARNING, "job %u: %s", session->gate->job_id, line);
}

/* What the process has said. */
struct words {
	struct eg_offer offer;
	struct eg_round round;
	struct eg_result result;
	struct eg_ready own;
	struct eg_verdict verdict;
};

static int read_word(struct eg_conn *conn, enum eg_wire_type type, struct words *ret)
{
	const uint8_t *body = conn->body;
	size_t length = conn->frame.length;

	switch (type) {
	case EG_WIRE_OFFER:
		return eg_wire_get_offer(body, length, &ret->offer);
	case EG_WIRE_ROUND:
		return eg_wire_get_round(body, length, &ret->round);
	case EG_WIRE_RESULT:
		return eg_wire_get_result(body, length, &ret->result);
	case EG_WIRE_READY:
		return eg_wire_get_ready(body, length, &ret->own);
	default:
		return eg_wire_get_verdict(body, length, &ret->verdict);
	}
}

static int hear(struct eg_conn *conn, int64_t deadline_ms, struct words *ret)
{
	static const enum eg_wire_type order[] = { EG_WIRE_OFFER, EG_WIRE_ROUND, EG_WIRE_RESULT,
						   EG_WIRE_READY, EG_WIRE_VERDICT };
	int rc = 0;

	for (size_t i = 0; !rc && i < EG_COUNT(order); i++) {
		rc = eg_conn_wait(conn, order[i], deadline_ms);
		if (!rc)
			rc = read_word(conn, order[i], ret);
		eg_conn_next(conn);
	}
	return rc;
}

/* Did this node exchange traffic, and is nothing said against it? */
static void keep_pass(const struct session *session, const struct words *words)
{
	struct eg_pass *pass = &session->gate->pass;
	enum eg_outcome outcome = eg_findings_outcome(&session->report->findings);

	pass->traffic = 0;
	if (!words->round.partner_count)
		pass->tried = session->report->time;
	else if (outcome < EG_UNKNOWN)
		pass->traffic = pass->checked = session->report->time;
	if (!pass->traffic || !eg_strikes_any(&session->gate->config))
		return;
	eg_strikes_clear(&session->gate->config);
	/* Reports say what was struck for: so one is to say that it passed. */
	eg_state_accuse(&session->gate->config);
}

static int take(const struct session *session, struct eg_conn *conn)
{
	EG_CLEANUP(eg_free) struct words *words = calloc(1, sizeof(*words));
	int rc = words ? hear(conn, session->deadline_ms, words) : -ENOMEM;

	if (rc)
		return rc;
	if (words->round.partner_count)
		eg_node_traffic_facts(&words->offer, &words->round, &words->result,
				      &session->report->facts);
	for (uint16_t i = 0; i < words->own.finding_count; i++)
		eg_ready_to_report(&words->own.findings[i], session->report);
	for (uint16_t i = 0; i < words->verdict.finding_count; i++)
		eg_ready_to_report(&words->verdict.findings[i], session->report);
	tell_line(session, &words->verdict);
	keep_pass(session, words);
	return 0;
}

static void run(struct session *session)
{
	int ends[2] = { -1, -1 };
	struct eg_conn conn;
	pid_t pid = -1;
	int rc, status;

	if (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		pid = fork();
	if (pid < 0) {
		add_unknown(session->report, "EG901", "traffic: no process could be started");
		eg_close_fd(&ends[0]);
		eg_close_fd(&ends[1]);
		return;
	}
	if (!pid) {
		eg_close_fd(&ends[0]);
		run_and_exit(session, ends[1]);
	}
	eg_close_fd(&ends[1]);
	eg_conn_init(&conn, ends[0]);
	rc = take(session, &conn);
	eg_conn_done(&conn);
	(void)eg_kill_and_reap(pid, &status);
	if (rc)
		session->gate->pass.tried = session->report->time;
	if (rc == -ETIMEDOUT && !session->shared)
		add_unknown(session->report, "EG902", "no end of the traffic with the job's nodes");
	else if (rc && !session->shared)
		add_unknown(session->report, "EG901", "the process for traffic ended");
}

/* Is there a job of several nodes, this one among them? */
static bool find_place(const struct eg_gate *gate, struct session *session)
{
	long place;

	if (!gate->node_list || eg_nodelist_parse(gate->node_list, &session->list, NULL))
		return false;
	place = eg_nodelist_find(&session->list, gate->node);
	session->index = (uint32_t)place;
	return place >= 0 && session->list.count > 1;
}

/* Is it a Prolog whose node could take part in a session? */
static bool may_burst(const struct eg_gate *gate, const struct eg_report *report)
{
	return !strcmp(gate->config.gate_burst, "on") && !strcmp(gate->trigger, "prolog") &&
	       gate->job_id && report->facts.device_count &&
	       !eg_gate_proof(&report->findings, &gate->config.policy);
}

static bool is_due(const struct eg_gate *gate, const struct eg_report *report)
{
	const struct eg_pass *pass = &gate->pass;

	return gate->asked ||
	       (!eg_pass_is_fresh(pass->traffic, report->time, gate->config.pass_ttl_s) &&
		!eg_pass_is_fresh(pass->tried, report->time, gate->config.pass_retry_s));
}

bool eg_gate_burst_is_due(const struct eg_gate *gate, const struct eg_report *report)
{
	struct session session = { .gate = NULL };
	bool due = may_burst(gate, report) && is_due(gate, report) && find_place(gate, &session) &&
		   !eg_jobs_others(&gate->config, gate->job_id);

	eg_nodelist_done(&session.list);
	return due;
}

/* Not beside another job, nor beside the traffic of its gate, which is waited for. */
static void take_turn(struct session *session)
{
	const struct eg_config *config = &session->gate->config;
	EG_CLEANUP(eg_close_fd) int lock = -1;

	session->shared = eg_jobs_others(config, session->gate->job_id);
	lock = eg_state_lock_named(config->run_dir, LOCK_NAME, session->deadline_ms, NULL);
	/* Where there is no folder there is no lock, and nobody knows of other jobs. */
	session->shared |= lock == -ETIMEDOUT;
	run(session);
}

void eg_gate_burst(struct eg_gate *gate, int64_t deadline_ms, struct eg_report *report)
{
	int64_t now_ms = eg_now_ms();
	struct session session = {
		.gate = gate,
		.report = report,
		.start_ms = now_ms,
		.deadline_ms = eg_deadline_min(deadline_ms, now_ms + gate->config.session_ms),
	};

	if (!may_burst(gate, report) || !is_due(gate, report))
		return;
	if (find_place(gate, &session)) {
		gate->follows = session.index != 0;
		take_turn(&session);
	}
	eg_nodelist_done(&session.list);
}

/* Nothing of the gate's stays open: slurmd waits for the end of its pipe. */
static void let_go(void)
{
	(void)setsid();
	be_quiet();
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
}

/* Listen; true when a partner wants traffic. */
static bool is_wanted(struct session *session)
{
	EG_CLEANUP(eg_free) struct eg_party *party = calloc(1, sizeof(*party));
	EG_CLEANUP(eg_close_fd) int fd = -1;
	bool wanted = false;

	if (!party)
		return false;
	fill_party(session, party);
	party->session.auth = &party->auth;
	fd = eg_knock_listen(&party->session, NULL);
	if (fd >= 0 &&
	    !eg_auth_choice_open(&party->auth_choice, &party->session, &party->auth, NULL))
		wanted = eg_knock_wait(&party->session, fd, session->start_ms + LISTEN_MS);
	eg_auth_choice_close(&party->auth_choice, &party->auth);
	return wanted;
}

_Noreturn static void be_partner(struct session *session,
				 int (*act)(struct eg_gate *gate, struct eg_report *report))
{
	struct eg_gate *gate = session->gate;

	let_go();
	/* Whatever hangs in there ends. */
	(void)alarm((session->gate->config.session_ms + LISTEN_MS) / 1000 + 10);
	if (is_wanted(session)) {
		gate->start_ms = session->start_ms = eg_now_ms();
		session->deadline_ms = session->start_ms + gate->config.session_ms;
		gate->follows = session->index != 0;
		take_turn(session);
		(void)act(gate, session->report);
	}
	_exit(0);
}

void eg_gate_leave_partner(struct eg_gate *gate, struct eg_report *report,
			   int (*act)(struct eg_gate *gate, struct eg_report *report))
{
	struct session session = {
		.gate = gate,
		.report = report,
		.start_ms = eg_now_ms(),
		.deadline_ms = eg_deadline_in(LISTEN_MS + gate->config.session_ms),
	};

	if (!may_burst(gate, report) || is_due(gate, report) ||
	    eg_findings_outcome(&report->findings) >= EG_UNKNOWN ||
	    eg_jobs_others(&gate->config, gate->job_id))
		return;
	if (find_place(gate, &session) && !fork())
		be_partner(&session, act);
	eg_nodelist_done(&session.list);
}
