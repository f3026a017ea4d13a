/* SPDX-License-Identifier: BSD-3-Clause */
/* efagate burst --listen and efagate burst HOST: a session of two nodes, started by hand. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/hand.h"
#include "common/burst/offer.h"
#include "common/burst/provider.h"
#include "common/burst/rails.h"
#include "common/burst/sweep.h"
#include "common/verdict/report.h"
#include "prolog/commands/burst.h"
#include "prolog/commands/burst_guard.h"
#include "prolog/config.h"
#include "prolog/session/party.h"
#include "prolog/session/ready.h"

#define ROUND_MS 3000 /* nobody waits for it: more than in a step, for many devices */
#define READY_MS 2000 /* who connects has opened its devices already */
#define TALK_MS 10000 /* READY_MS, two rounds with their 300 ms of grace, the verdict */
#define SWEEP_MS (EG_SWEEP_SIZES * (eg_sweep_budget_ms(EG_DEVICES_MAX) + 300)) /* at most */
#define SAY_MS 500 /* the leader's verdict comes by its own deadline, and then this way */
#define GUARD_MS 500

/* What stands between start and end. */
struct hand {
	const struct eg_burst_options *options;
	struct eg_report *report;
	struct eg_party party;
	struct eg_hand hand;
	char names[EG_HAND_NODES][EG_NODE_NAME_MAX];
	const char *nodes[EG_HAND_NODES];
	struct eg_ready ready; /* how this node is, as the partner is told */
	pid_t pid; /* of the process that prints */
};

static bool is_without_auth(const struct eg_burst_options *options)
{
	return options->auth && !strcmp(options->auth, "none");
}

static void say(void *context, const char *line)
{
	(void)context;
	fprintf(stderr, "%s\n", line);
}

/* The leader is of use to nobody when the process that prints is gone. */
static void tie_to_parent(void *context)
{
	const struct hand *hand = context;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != hand->pid)
		_exit(1);
}

static void fill_session(struct hand *hand, const struct eg_config *config)
{
	const struct eg_burst_options *options = hand->options;
	struct eg_session *session = &hand->party.session;
	int64_t span_ms = options->timeout_s * 1000;

	*session = (struct eg_session){
		.uid = geteuid(),
		.nodes = hand->nodes,
		.count = EG_HAND_NODES,
		.meet_deadline_ms = eg_deadline_in(span_ms),
		.traffic = true,
		.tested = "burst",
		.hand = &hand->hand,
	};
	eg_party_configure(&hand->party, config);
	session->port_first = (uint16_t)(options->port ? options->port : config->port_first);
	session->port_count = 1;
	session->meet_ms = (uint32_t)span_ms;
	session->round_ms = ROUND_MS;
	/* The site's floors are of EFA. */
	if (!options->provider->efa)
		session->floors = NULL;
	hand->hand = (struct eg_hand){
		.names = hand->names,
		.host = options->host,
		.ready_ms = READY_MS,
		.talk_ms = config->session_ms > TALK_MS ? config->session_ms : TALK_MS,
		.say = say,
	};
	session->sweep = options->with_sweep;
	/* Both want it or neither: who asks for another step is turned away. */
	session->step = options->with_sweep;
	if (options->with_sweep)
		hand->hand.talk_ms += SWEEP_MS;
	session->deadline_ms = session->meet_deadline_ms + hand->hand.talk_ms;
}

/* What the configuration says, unless the command line does. A key's file means the key. */
static void choose_auth(const struct eg_burst_options *options, struct eg_auth_choice *ret)
{
	if (is_without_auth(options))
		ret->way = EG_AUTH_NONE;
	else if (options->auth)
		ret->way = strcmp(options->auth, "key") ? EG_AUTH_MUNGE : EG_AUTH_KEY;
	else if (options->auth_key)
		ret->way = EG_AUTH_KEY;
	if (options->auth_key)
		ret->key_file = options->auth_key;
}

static void fill_party(struct hand *hand, const struct eg_config *config)
{
	struct eg_party *party = &hand->party;

	party->index = hand->options->listen ? 0 : 1;
	for (size_t i = 0; i < EG_HAND_NODES; i++)
		hand->nodes[i] = hand->names[i];
	if (gethostname(hand->names[party->index], EG_NODE_NAME_MAX - 1) < 0)
		strcpy(hand->names[party->index], "localhost");
	fill_session(hand, config);
	choose_auth(hand->options, &party->auth_choice);
	party->traffic_options.sysfs = eg_burst_sysfs();
	party->traffic_options.show_talk = hand->options->verbose;
	party->traffic_options.provider = hand->options->provider;
	party->traffic_options.read_bytes = 0;
	party->in_leader = tie_to_parent;
	party->context = hand;
	hand->pid = getpid();
}

static void add_unknown(struct eg_report *report, const char *id, const char *text)
{
	struct eg_finding_spec spec = { .id = id, .outcome = EG_UNKNOWN, .blame = EG_BLAME_NONE };

	eg_findings_add(&report->findings, &spec, "%s", text);
}

/* Did this node say so itself? Then it stands in its report already. */
static bool is_own(const struct hand *hand, const struct eg_wire_finding *finding)
{
	struct eg_wire_finding own;

	for (uint16_t i = 0; i < hand->ready.finding_count; i++) {
		eg_hand_finding(hand->nodes[hand->party.index], &hand->ready.findings[i], &own);
		if (!strcmp(own.id, finding->id) && !strcmp(own.text, finding->text))
			return true;
	}
	return false;
}

static void take_verdict(const struct hand *hand, const struct eg_verdict *verdict)
{
	for (uint16_t i = 0; i < verdict->finding_count; i++) {
		if (!is_own(hand, &verdict->findings[i]))
			eg_ready_to_report(&verdict->findings[i], hand->report);
	}
}

/* No verdict: was it the partner, or something here? */
static void without_verdict(const struct hand *hand, int rc, const struct eg_err *err)
{
	bool here = hand->options->listen || rc == -EHOSTUNREACH || rc == -EIO || rc == -ELIBACC;

	add_unknown(hand->report, here ? "EG901" : "EG408", err->text);
}

/* The report as it is when nothing comes to an end any more. */
static char *last_text(const struct hand *hand)
{
	struct eg_report *report = hand->report;
	size_t count = report->findings.count;
	char *text;

	add_unknown(report, "EG902", "no end: munge or the resolver does not answer");
	text = eg_burst_text(hand->options, report);
	report->findings.count = count;
	return text;
}

static void take_part(struct hand *hand)
{
	EG_CLEANUP(eg_free) char *last = last_text(hand);
	struct eg_session *session = &hand->party.session;
	struct eg_err err = { .text = "" };
	struct eg_verdict verdict;
	int rc;

	if (last)
		eg_burst_guard_arm(last, session->deadline_ms + SAY_MS + GUARD_MS);
	rc = eg_party_take_part(&hand->party, &hand->ready, session->deadline_ms + SAY_MS, &verdict,
				&err);
	eg_burst_guard_disarm();
	if (rc)
		without_verdict(hand, rc, &err);
	else
		take_verdict(hand, &verdict);
}

static void run(struct hand *hand, const struct eg_config *config)
{
	struct eg_party *party = &hand->party;
	int64_t meet_ms = party->session.meet_deadline_ms;
	const struct eg_node_traffic *traffic = &party->traffic;

	eg_party_start(party);
	party->traffic.sweep = hand->options->sweep;
	/* The devices are looked at while the process opens them. */
	if (!eg_burst_gather(hand->options, config, hand->nodes[party->index], meet_ms,
			     hand->report))
		return;
	eg_party_offer(party, meet_ms, &hand->report->findings);
	if (traffic->offer)
		eg_burst_take_offer(hand->options, traffic->offer, hand->report);
	/* A partner who waits is told; nobody is waited for. */
	if (hand->options->listen && (!traffic->offer || !eg_rails_usable(traffic->offer)))
		return;
	eg_ready_from_report(hand->report, &hand->ready);
	if (!hand->options->listen)
		fprintf(stderr, "connecting to %s, TCP port %u ...\n", hand->options->host,
			party->session.port_first);
	if (hand->options->sweep)
		(void)eg_burst_sweep_refuses(hand->options, traffic->offer, hand->report);
	take_part(hand);
	if (hand->options->sweep)
		eg_burst_sweep_findings(hand->options->sweep, hand->report);
	if (traffic->last_round && traffic->last_round->partner_count)
		eg_node_traffic_facts(traffic->offer, traffic->last_round, traffic->last,
				      &hand->report->facts);
}

void eg_burst_hand(const struct eg_burst_options *options, const struct eg_config *config,
		   struct eg_report *report)
{
	EG_CLEANUP(eg_free) struct hand *hand = calloc(1, sizeof(*hand));

	if (!hand) {
		add_unknown(report, "EG901", "no traffic: out of memory");
		return;
	}
	if (is_without_auth(options))
		fprintf(stderr, "not authenticated (--auth none): whoever connects first is the "
				"partner\n");
	hand->options = options;
	hand->report = report;
	fill_party(hand, config);
	run(hand, config);
	eg_party_end(&hand->party);
}
