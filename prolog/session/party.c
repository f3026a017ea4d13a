/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/session/party.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/burst/alone.h"
#include "common/burst/conduct.h"
#include "common/burst/hand.h"
#include "common/burst/leader.h"
#include "common/burst/member.h"
#include "common/burst/provider.h"
#include "common/burst/run.h"
#include "common/burst/told.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"
#include "prolog/config.h"

#define TELL_MS 200 /* of the time to be ready, to tell the leader how this node is */

void eg_party_configure(struct eg_party *party, const struct eg_config *config)
{
	party->session.port_first = (uint16_t)config->port_first;
	party->session.port_count = (uint16_t)config->port_count;
	party->session.meet_ms = config->meet_ms;
	party->session.round_ms = config->round_ms;
	party->session.floors = config->speed_floors;
	eg_auth_choice_configure(config, &party->auth_choice);
	party->traffic_options.instance_type =
		config->instance_type[0] ? config->instance_type : NULL;
	party->traffic_options.provider =
		!strcmp(config->traffic, "efa") ? eg_provider_efa() : NULL;
	party->traffic_options.read_bytes = EG_QUICK_READ_BYTES;
	party->traffic_options.libfabric = config->libfabric[0] ? config->libfabric : NULL;
}

static void close_auth(struct eg_party *party)
{
	eg_auth_choice_close(&party->auth_choice, &party->auth);
}

static int open_auth(struct eg_party *party, struct eg_err *err)
{
	party->session.auth = &party->auth;
	return eg_auth_choice_open(&party->auth_choice, &party->session, &party->auth, err);
}

_Noreturn static void lead(struct eg_party *party, int fd)
{
	struct eg_err err = { 0 };
	int rc;

	if (party->in_leader)
		party->in_leader(party->context);
	rc = open_auth(party, &err);
	if (rc)
		eg_leader_refuse(&party->session, fd, &err);
	else
		rc = eg_leader_run(&party->session, fd);
	close_auth(party);
	_exit(rc != 0);
}

/* A process of its own, so that what hurts this one later leaves the leader alone. */
static int start_leader(struct eg_party *party)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return errno;
	pid = fork();
	if (pid < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return EAGAIN;
	}
	if (!pid) {
		(void)close(ends[0]);
		lead(party, ends[1]);
	}
	(void)close(ends[1]);
	party->leader_fd = ends[0];
	return 0;
}

void eg_party_start(struct eg_party *party)
{
	party->leader_fd = -1;
	party->conn.fd = -1;
	if (party->index == 0 && party->session.count > 1)
		party->leader_error = start_leader(party);
	if (!party->session.traffic || party->idle)
		return;
	if (!party->traffic_options.sysfs)
		party->traffic_options.sysfs = "/sys";
	party->traffic_options.deadline_ms = party->session.deadline_ms;
	eg_node_traffic_start(&party->traffic, &party->traffic_options);
}

static int meet(struct eg_party *party, struct eg_err *err)
{
	int rc = open_auth(party, err);

	if (!rc)
		rc = eg_member_meet(&party->session, party->index, &party->conn, err);
	party->met = !rc;
	return rc;
}

void eg_party_meet(struct eg_party *party)
{
	if (party->session.count == 1 || party->index == 0)
		return;
	party->met = false;
	(void)meet(party, &party->meet_error);
}

int64_t eg_party_offer_deadline_ms(const struct eg_party *party)
{
	const struct eg_session *session = &party->session;
	int64_t ready_ms = session->meet_deadline_ms;

	if (session->ready_deadline_ms > ready_ms && !party->meet_error.code)
		ready_ms = session->ready_deadline_ms;
	return ready_ms - TELL_MS;
}

void eg_party_offer(struct eg_party *party, int64_t deadline_ms, struct eg_findings *findings)
{
	if (party->session.traffic)
		eg_node_traffic_offer(&party->traffic, deadline_ms, findings);
}

/* One node: its devices with each other, unless it is known to be bad already. */
static int burst_alone(struct eg_party *party, struct eg_seat *seat,
		       struct eg_traffic_findings *findings, struct eg_slowest *slowest)
{
	struct eg_member_traffic traffic = eg_node_traffic_member(&party->traffic);
	struct eg_alone alone = {
		.node = party->session.nodes[0],
		.offer = party->traffic.offer,
		.traffic = &traffic,
		.round_ms = party->session.round_ms,
	};
	int rc;

	if (!party->session.traffic || seat->ready.outcome >= EG_UNKNOWN)
		return 0;
	rc = eg_alone_run(&alone, findings, NULL, slowest);
	if (!rc)
		eg_session_add_traffic(seat, findings);
	return rc;
}

static int take_part_alone(struct eg_party *party, const struct eg_ready *ready,
			   struct eg_verdict *ret, struct eg_err *err)
{
	EG_CLEANUP(eg_traffic_findings_done) struct eg_traffic_findings findings = { 0 };
	struct eg_seat seat = { .state = EG_SEAT_READY, .ready = *ready };
	struct eg_slowest slowest = { 0 };
	struct eg_told told;
	struct eg_session_end end = { .traffic = &findings, .slowest = &slowest };
	int rc = burst_alone(party, &seat, &findings, &slowest);

	if (rc)
		return eg_err_errno(err, -rc, "traffic");
	eg_session_decide(&party->session, &seat, &end, ret);
	rc = eg_told_init(&told, &findings, 1);
	if (!rc)
		eg_told_fill(&told, 0, ret);
	eg_told_done(&told);
	return rc ? eg_err_errno(err, -rc, "traffic") : 0;
}

/* How this node is, then the common verdict. */
static int talk(struct eg_party *party, struct eg_conn *conn, const struct eg_ready *ready,
		int64_t deadline_ms, struct eg_verdict *ret)
{
	struct eg_member_traffic traffic = eg_node_traffic_member(&party->traffic);
	bool offers = party->session.traffic && party->traffic.offer;
	int rc = 0;

	if (offers)
		rc = eg_member_offer(conn, party->traffic.offer, deadline_ms);
	if (!rc)
		rc = eg_member_report(conn, ready, deadline_ms);
	/* A leader that could not lead has said why before it went. */
	if (!rc || rc == -EPIPE)
		rc = eg_member_wait(conn, offers ? &traffic : NULL, deadline_ms, ret);
	return rc;
}

static int take_part_beside_leader(struct eg_party *party, const struct eg_ready *ready,
				   int64_t deadline_ms, struct eg_verdict *ret, struct eg_err *err)
{
	struct eg_conn conn;
	int rc;

	if (party->leader_error)
		return eg_err_errno(err, party->leader_error,
				    "the session's leader could not be started");
	eg_conn_init(&conn, party->leader_fd);
	party->leader_fd = -1;
	rc = talk(party, &conn, ready, deadline_ms, ret);
	eg_conn_done(&conn);
	if (rc == -ETIMEDOUT)
		return eg_err_set(err, ETIMEDOUT, "no verdict from the session's leader in time");
	return rc ? eg_err_set(err, -rc, "the session's leader ended unexpectedly") : 0;
}

/* A partner by hand has a name only now. */
static int no_verdict(const struct eg_party *party, int rc, struct eg_err *err)
{
	const char *leader = party->session.nodes[0];

	if (!party->session.hand)
		return eg_err_set(err, -rc, "no verdict from the leader %s: %s", leader,
				  strerror(-rc));
	if (rc == -ECONNRESET || rc == -EPIPE)
		return eg_err_set(err, -rc, "%.60s: left before the verdict", leader);
	if (rc == -ETIMEDOUT)
		return eg_err_set(err, -rc, "%.60s: met, then not heard for %.1f s", leader,
				  (double)party->session.hand->talk_ms / 1000);
	return eg_err_set(err, -rc, "%.60s: %s", leader, strerror(-rc));
}

static int take_part_as_member(struct eg_party *party, const struct eg_ready *ready,
			       int64_t deadline_ms, struct eg_verdict *ret, struct eg_err *err)
{
	const struct eg_hand *hand = party->session.hand;
	int rc = 0;

	if (party->meet_error.code)
		rc = eg_err_set(err, party->meet_error.code, "%s", party->meet_error.text);
	else if (!party->met)
		rc = meet(party, err);
	if (!rc) {
		if (hand) {
			eg_hand_say(hand, "met %s", party->session.nodes[0]);
			deadline_ms = eg_deadline_min(deadline_ms, eg_deadline_in(hand->talk_ms));
		}
		rc = talk(party, &party->conn, ready, deadline_ms, ret);
		if (rc)
			(void)no_verdict(party, rc, err);
	}
	eg_conn_done(&party->conn);
	close_auth(party);
	return rc;
}

int eg_party_take_part(struct eg_party *party, const struct eg_ready *ready, int64_t deadline_ms,
		       struct eg_verdict *ret, struct eg_err *err)
{
	if (party->session.count == 1)
		return take_part_alone(party, ready, ret, err);
	if (party->index == 0)
		return take_part_beside_leader(party, ready, deadline_ms, ret, err);
	return take_part_as_member(party, ready, deadline_ms, ret, err);
}

void eg_party_end(struct eg_party *party)
{
	eg_node_traffic_end(&party->traffic);
	eg_close_fd(&party->leader_fd);
}
