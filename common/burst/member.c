/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/member.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/claim.h"
#include "common/burst/hand.h"
#include "common/burst/offer.h"
#include "common/burst/plan.h"
#include "common/burst/session.h"
#include "common/burst/sweep.h"
#include "common/burst/wire_traffic.h"

#define RETRY_FIRST_MS 10 /* the leader's process starts when ours does */
#define RETRY_MAX_MS 160
#define CONNECT_MS 400 /* then anew, sooner than the kernel's second SYN */
#define PROBE_MS 200

enum attempt_state { IDLE, CONNECTING, CHALLENGED, PROVING };

/* One candidate port. */
struct attempt {
	enum attempt_state state;
	uint16_t port;
	size_t tries;
	int64_t retry_ms; /* span until the next try */
	int64_t next_ms; /* IDLE: when to try; CONNECTING: when to give up */
	struct eg_wire_claim hello;
	struct eg_conn conn;
};

struct meeting {
	const struct eg_session *session;
	uint32_t index;
	struct eg_meeting_addresses addresses;
	struct attempt attempts[EG_MEETING_PORTS];
	size_t count;
	char why[120]; /* the last attempt came to nothing, for who started it by hand */
};

static void put_off(struct attempt *attempt)
{
	eg_conn_done(&attempt->conn);
	attempt->state = IDLE;
	attempt->next_ms = eg_now_ms() + attempt->retry_ms;
	attempt->retry_ms = eg_deadline_min(attempt->retry_ms * 2, RETRY_MAX_MS);
}

static void note(struct meeting *meeting, const char *why)
{
	(void)snprintf(meeting->why, sizeof(meeting->why), "%s", why);
}

static void start(struct meeting *meeting, struct attempt *attempt)
{
	int fd = eg_meeting_connect(&meeting->addresses, attempt->tries++, attempt->port);

	if (fd < 0) {
		note(meeting, strerror(-fd));
		put_off(attempt);
		return;
	}
	eg_conn_init(&attempt->conn, fd);
	attempt->state = CONNECTING;
	attempt->next_ms = eg_deadline_in(CONNECT_MS);
}

/* @challenge: the leader's nonce, NULL none. */
static int prove(struct meeting *meeting, struct attempt *attempt, const uint8_t *challenge,
		 struct eg_err *err)
{
	struct eg_wire_buffer message;
	int rc;

	eg_claim_init(&attempt->hello, meeting->session, EG_WIRE_HELLO, meeting->index,
		      attempt->port);
	if (challenge)
		memcpy(attempt->hello.leader_nonce, challenge, EG_WIRE_NONCE);
	rc = eg_claim_nonce(attempt->hello.nonce);
	if (rc)
		return eg_err_errno(err, -rc, "random bytes");
	rc = eg_claim_seal(meeting->session, &attempt->hello, &message, err);
	if (rc)
		return rc;
	attempt->state = PROVING;
	if (eg_conn_send(&attempt->conn, &message, 0) < 0)
		put_off(attempt);
	return 0;
}

/* Connected or refused? */
static int connected(struct meeting *meeting, struct attempt *attempt, struct eg_err *err)
{
	int code = 0;
	socklen_t size = sizeof(code);

	if (getsockopt(attempt->conn.fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0 || code) {
		note(meeting, strerror(code));
		put_off(attempt);
		return 0;
	}
	if (!meeting->session->auth->challenges)
		return prove(meeting, attempt, NULL, err);
	attempt->state = CHALLENGED;
	return 0;
}

/* The leader's nonce is there: 0 or -EPROTO, or -errno of proving. */
static int challenged(struct meeting *meeting, struct attempt *attempt, struct eg_err *err)
{
	struct eg_conn *conn = &attempt->conn;
	uint8_t nonce[EG_WIRE_NONCE];

	if (conn->frame.type != EG_WIRE_CHALLENGE ||
	    eg_wire_get_challenge(conn->body, conn->frame.length, nonce))
		return -EPROTO;
	eg_conn_next(conn);
	return prove(meeting, attempt, nonce, err);
}

/* 1 when the leader has proved himself: from here on both have a key. */
static int welcomed(const struct eg_session *session, struct attempt *attempt)
{
	struct eg_conn *conn = &attempt->conn;
	uint8_t key[EG_MAC_BYTES];
	int rc = conn->frame.type == EG_WIRE_WELCOME
			 ? eg_claim_check_welcome(session, conn->body, conn->frame.length,
						  &attempt->hello)
			 : -EPROTO;

	if (rc)
		return rc;
	if (session->auth->keyed) {
		eg_claim_conn_key(session->auth, &attempt->hello, key);
		eg_conn_key(conn, key, false);
	}
	return 1;
}

/* By hand there is no other to ask: who answers and is not the leader ends the search. */
static int not_a_leader(const struct meeting *meeting, const struct eg_conn *conn, int rc,
			struct eg_err *err)
{
	uint16_t version = conn->length >= EG_WIRE_HEADER ? eg_wire_get_version(conn->header) : 0;
	const struct eg_hand *hand = meeting->session->hand;

	if (rc == -EPERM)
		return eg_err_set(err, EACCES,
				  "%.60s is used by uid %u, this is uid %u: the partner must be of "
				  "the same user or root",
				  hand->host, hand->sealed_uid, meeting->session->uid);
	if (rc == -EPROTO && conn->length >= EG_WIRE_HEADER &&
	    conn->frame.type == EG_WIRE_CHALLENGE)
		return eg_err_set(err, EACCES, "%.60s authenticates by a key, this side does not",
				  hand->host);
	if (rc == -EPROTO && version && version != EG_WIRE_VERSION)
		return eg_err_set(err, EPROTO, "%.60s has protocol version %u, this is version %u",
				  hand->host, version, EG_WIRE_VERSION);
	if (rc == -EPROTO)
		return eg_err_set(err, EPROTO, "what answers at %.60s is not efagate", hand->host);
	return eg_err_set(err, EACCES, "%.60s has not proved itself: %.100s", hand->host,
			  hand->why.code ? hand->why.text : "it answers another session");
}

/* A leader by hand says that it does not want us; there is no other to ask. */
static int refused(const struct eg_hand *hand, const struct eg_conn *conn, struct eg_err *err)
{
	struct eg_refusal refusal;

	if (eg_wire_get_refusal(conn->body, conn->frame.length, &refusal) < 0)
		return eg_err_set(err, EPROTO, "what answers at %.60s is not efagate", hand->host);
	return eg_hand_refused(hand, &refusal, err);
}

/* 1 when the leader has proved himself, 0 when not (yet), -errno without hope. */
static int serve(struct meeting *meeting, struct attempt *attempt, struct eg_err *err)
{
	const struct eg_session *session = meeting->session;
	struct eg_conn *conn = &attempt->conn;
	int rc;

	if (attempt->state == CONNECTING)
		return connected(meeting, attempt, err);
	rc = eg_conn_read(conn, session->hand		       ? EG_WIRE_ANY
				: attempt->state == CHALLENGED ? EG_WIRE_CHALLENGE
							       : EG_WIRE_WELCOME);
	if (rc > 0 && conn->frame.type == EG_WIRE_REFUSAL)
		return refused(session->hand, conn, err);
	if (rc > 0 && attempt->state == CHALLENGED) {
		rc = challenged(meeting, attempt, err);
		/* No proof could be made: another port will not help. */
		if (rc < 0 && rc != -EPROTO)
			return rc;
	} else if (rc > 0) {
		rc = welcomed(session, attempt);
	}
	if (rc < 0 && rc != -ECONNRESET && session->hand)
		return not_a_leader(meeting, conn, rc, err);
	if (rc < 0) {
		note(meeting, attempt->state == CHALLENGED
				      ? "it asks for no key: another auth than here"
				      : "it closed the connection");
		put_off(attempt);
	}
	return rc > 0;
}

/* Start what is due; returns when the next one is. */
static int64_t start_due(struct meeting *meeting)
{
	int64_t due_ms = meeting->session->meet_deadline_ms;

	for (size_t i = 0; i < meeting->count; i++) {
		struct attempt *attempt = &meeting->attempts[i];

		if (attempt->state == CONNECTING && !eg_deadline_left(attempt->next_ms)) {
			note(meeting, "no answer");
			put_off(attempt);
		}
		if (attempt->state == IDLE && !eg_deadline_left(attempt->next_ms))
			start(meeting, attempt);
		if (attempt->state == IDLE || attempt->state == CONNECTING)
			due_ms = eg_deadline_min(due_ms, attempt->next_ms);
	}
	return due_ms;
}

/* One pass: the index of the attempt that met, -EAGAIN, or -errno. */
static int pass(struct meeting *meeting, struct eg_err *err)
{
	struct pollfd polls[EG_MEETING_PORTS];
	int64_t due_ms = start_due(meeting);
	int rc = 0;

	for (size_t i = 0; i < meeting->count; i++) {
		const struct attempt *attempt = &meeting->attempts[i];

		polls[i] = (struct pollfd){ .fd = attempt->conn.fd,
					    .events = attempt->state == CONNECTING ? POLLOUT
										   : POLLIN };
	}
	if (poll(polls, meeting->count, eg_deadline_left(due_ms)) < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	for (size_t i = 0; i < meeting->count; i++) {
		if (polls[i].revents)
			rc = serve(meeting, &meeting->attempts[i], err);
		if (rc)
			return rc < 0 ? rc : (int)i;
	}
	return -EAGAIN;
}

static void open_meeting(struct meeting *meeting)
{
	uint16_t ports[EG_MEETING_PORTS];

	note(meeting, "no answer");
	meeting->count = eg_meeting_ports(meeting->session, ports);
	for (size_t i = 0; i < meeting->count; i++)
		meeting->attempts[i] = (struct attempt){
			.port = ports[i],
			.retry_ms = RETRY_FIRST_MS,
			.conn = { .fd = -1 },
		};
}

int eg_member_meet(const struct eg_session *session, uint32_t index, struct eg_conn *ret,
		   struct eg_err *err)
{
	struct meeting meeting = { .session = session, .index = index };
	const char *why, *host = session->hand ? session->hand->host : session->nodes[0];
	int rc = eg_meeting_resolve(host, &meeting.addresses, err);

	ret->fd = -1;
	if (rc)
		return rc;
	open_meeting(&meeting);
	do
		rc = pass(&meeting, err);
	while (rc == -EAGAIN && eg_deadline_left(session->meet_deadline_ms));
	if (rc >= 0) {
		*ret = meeting.attempts[rc].conn;
		meeting.attempts[rc].conn = (struct eg_conn){ .fd = -1 };
		eg_conn_next(ret);
		rc = 0;
	}
	why = meeting.attempts[0].state >= CHALLENGED ? "connected, no answer" : meeting.why;
	for (size_t i = 0; i < meeting.count; i++)
		eg_conn_done(&meeting.attempts[i].conn);
	if (rc == -EAGAIN && session->hand)
		return eg_err_set(err, ETIMEDOUT,
				  "no partner met at %.60s, TCP port %u, within %u s: %s", host,
				  session->port_first, session->meet_ms / 1000, why);
	if (rc == -EAGAIN)
		return eg_err_set(err, ETIMEDOUT, "the leader %s was not met", session->nodes[0]);
	return rc;
}

int eg_member_report(struct eg_conn *conn, const struct eg_ready *ready, int64_t deadline_ms)
{
	struct eg_wire_buffer message;

	eg_wire_put_ready(&message, ready);
	return eg_conn_send(conn, &message, deadline_ms);
}

int eg_member_offer(struct eg_conn *conn, const struct eg_offer *offer, int64_t deadline_ms)
{
	struct eg_wire_buffer message;

	eg_wire_put_offer(&message, offer);
	return eg_conn_send(conn, &message, deadline_ms);
}

/* Up to which number a leader may order rounds: a member is not to be held by more. */
static uint16_t last_number(const struct eg_member_traffic *traffic, const struct eg_round *round)
{
	if (round->depth != EG_DEPTH_SIZE)
		return EG_STAGES;
	return traffic->sizes ? EG_STAGES + EG_SWEEP_SIZES : 0;
}

/* @last: the number of the round before, 0 none. */
static int run_round(struct eg_conn *conn, const struct eg_member_traffic *traffic, uint16_t *last,
		     int64_t deadline_ms)
{
	EG_CLEANUP(eg_free) struct eg_round *round = malloc(sizeof(*round));
	EG_CLEANUP(eg_free) struct eg_result *result = malloc(sizeof(*result));
	EG_CLEANUP(eg_free) struct eg_wire_buffer *message = malloc(sizeof(*message));
	int rc;

	if (!round || !result || !message)
		return -ENOMEM;
	rc = eg_wire_get_round(conn->body, conn->frame.length, round);
	eg_conn_next(conn);
	if (rc || !traffic || round->number <= *last || round->number > last_number(traffic, round))
		return -EPROTO;
	*last = round->number;
	round->budget_ms =
		(uint32_t)eg_deadline_min(round->budget_ms, eg_deadline_left(deadline_ms));
	traffic->run(traffic->context, round, result);
	result->round = round->number;
	eg_wire_put_result(message, result);
	return eg_conn_send(conn, message, deadline_ms);
}

int eg_member_wait(struct eg_conn *conn, const struct eg_member_traffic *traffic,
		   int64_t deadline_ms, struct eg_verdict *ret)
{
	uint16_t last = 0;
	int rc = 0;

	while (!rc) {
		if (!eg_deadline_left(deadline_ms)) {
			rc = -ETIMEDOUT;
			break;
		}
		rc = eg_conn_wait(conn, EG_WIRE_ANY, deadline_ms);
		if (rc)
			break;
		if (conn->frame.type == EG_WIRE_VERDICT) {
			rc = eg_wire_get_verdict(conn->body, conn->frame.length, ret);
			break;
		}
		rc = conn->frame.type == EG_WIRE_ROUND
			     ? run_round(conn, traffic, &last, deadline_ms)
			     : -EPROTO;
	}
	eg_conn_next(conn);
	return rc;
}

bool eg_member_leader_answers(const struct eg_session *session)
{
	struct eg_meeting_addresses addresses;
	uint16_t ports[EG_MEETING_PORTS];

	if (eg_meeting_resolve(session->nodes[0], &addresses, NULL) < 0 ||
	    !eg_meeting_ports(session, ports))
		return false;
	return eg_meeting_answers(&addresses, ports[0], PROBE_MS);
}
