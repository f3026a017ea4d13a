/* SPDX-License-Identifier: BSD-3-Clause */
/* The leader of two nodes by hand: its own node first, then the door; who is turned away is told.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/claim.h"
#include "common/burst/hand.h"
#include "common/burst/leader_parts.h"

#define SAID_MAX 20 /* refusals told; a flood of strangers must not flood the terminal */
#define DRAIN_MAX 8 /* reads of what a stranger has sent beyond what was looked at */

/* What cannot be sealed here cannot be proved to a partner: better said before one comes. */
static int try_seal(const struct eg_session *session, struct eg_err *err)
{
	struct eg_wire_buffer message;
	struct eg_wire_claim claim;

	eg_claim_init(&claim, session, EG_WIRE_WELCOME, 1, 0);
	return eg_claim_seal(session, &claim, &message, err);
}

int eg_leader_hand_begin(struct eg_leader *leader, struct eg_err *err)
{
	const struct eg_session *session = leader->session;
	int rc = 0;

	while (!rc && leader->seats[0].state == EG_SEAT_MET) {
		if (!eg_deadline_left(session->meet_deadline_ms))
			return eg_err_set(err, ETIMEDOUT, "this node was not ready in time");
		rc = eg_leader_serve(leader, session->meet_deadline_ms);
	}
	if (rc)
		return eg_err_errno(err, -rc, "the session's leader");
	if (leader->seats[0].state != EG_SEAT_READY)
		return eg_err_set(err, ECONNRESET, "this node's own part ended");
	return try_seal(session, err);
}

/* "10.77.0.2", also of an IPv4 address in IPv6 clothes. */
static void address_text(int fd, char *text, socklen_t size)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	static const char mapped[] = "::ffff:";

	if (getpeername(fd, (struct sockaddr *)&address, &length) < 0 ||
	    getnameinfo((struct sockaddr *)&address, length, text, size, NULL, 0, NI_NUMERICHOST)) {
		(void)snprintf(text, size, "somebody");
		return;
	}
	if (!strncmp(text, mapped, sizeof(mapped) - 1) && strchr(text, '.'))
		memmove(text, text + sizeof(mapped) - 1, strlen(text) - sizeof(mapped) + 2);
}

/* The reason for @rc, and the words for it; 0: nothing that is worth a word. */
static uint8_t reason_of(const struct eg_leader *leader, const struct eg_conn *conn, int rc,
			 char *text, size_t size)
{
	const struct eg_hand *hand = leader->session->hand;
	uint16_t version = conn->length >= EG_WIRE_HEADER ? eg_wire_get_version(conn->header) : 0;

	switch (rc) {
	case -EPERM:
		(void)snprintf(text, size, "uid %u, this is uid %u", hand->sealed_uid,
			       leader->session->uid);
		return EG_REFUSAL_UID;
	case -EEXIST:
		(void)snprintf(text, size, "a second partner");
		return EG_REFUSAL_TAKEN;
	case -EACCES:
		(void)snprintf(text, size, "%.100s",
			       hand->why.code ? hand->why.text
					      : "no session by hand, or --sweep on one side "
						"only");
		return hand->why.code ? EG_REFUSAL_CREDENTIAL : EG_REFUSAL_SESSION;
	case -EPROTO:
		if (version && version != EG_WIRE_VERSION)
			(void)snprintf(text, size, "protocol version %u, this is version %u",
				       version, EG_WIRE_VERSION);
		else
			(void)snprintf(text, size, "not efagate");
		return EG_REFUSAL_VERSION;
	case -ECONNRESET:
	case -EPIPE:
		return 0;
	}
	(void)snprintf(text, size, "%.100s", hand->why.code ? hand->why.text : strerror(-rc));
	return EG_REFUSAL_CREDENTIAL;
}

void eg_leader_turn_away(struct eg_leader *leader, struct eg_conn *conn, int rc)
{
	const struct eg_hand *hand = leader->session->hand;
	struct eg_refusal refusal = { .uid = leader->session->uid,
				      .refused_uid = hand->sealed_uid };
	struct eg_wire_buffer message;
	char address[64], text[112];
	uint8_t rest[1024];

	refusal.reason = reason_of(leader, conn, rc, text, sizeof(text));
	if (!refusal.reason)
		return;
	address_text(conn->fd, address, sizeof(address));
	(void)snprintf(leader->refused, sizeof(leader->refused), "%s: %s", address, text);
	if (leader->refusals++ < SAID_MAX)
		eg_hand_say(hand, "refused %s", leader->refused);
	/* Unread bytes would turn the close into a reset, which overtakes what is sent. */
	for (int i = 0; i < DRAIN_MAX; i++) {
		if (recv(conn->fd, rest, sizeof(rest), MSG_DONTWAIT) <= 0)
			break;
	}
	eg_wire_put_refusal(&message, &refusal);
	(void)eg_conn_send(conn, &message, 0);
}

void eg_leader_hand_met(struct eg_leader *leader, uint32_t index, const char *name)
{
	const struct eg_hand *hand = leader->session->hand;
	char address[64];

	address_text(leader->conns[index].fd, address, sizeof(address));
	(void)snprintf(hand->names[index], sizeof(hand->names[index]), "%s", name);
	leader->ready_deadline_ms = eg_deadline_in(hand->ready_ms);
	eg_hand_say(hand, "met %s (%s)", name, address);
}
