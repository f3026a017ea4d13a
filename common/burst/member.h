/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * member - one node's part of a session: find the leader, prove oneself, have
 * the leader prove himself, say how this node is, hear the common verdict.
 */
#ifndef EG_BURST_MEMBER_H
#define EG_BURST_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/burst/meeting.h"
#include "common/burst/wire.h"

struct eg_err;
struct eg_offer;
struct eg_result;
struct eg_round;
struct eg_session;

/*
 * Meet the leader as node @index (not 0) by session->meet_deadline_ms. All
 * candidate ports are tried side by side and again, so that somebody who sits
 * on one of them and keeps silent costs nothing. Returns 0 with @ret connected,
 * -ETIMEDOUT when no leader of this session proved himself, -EHOSTUNREACH when
 * its name is unknown, or -errno when no proof could be made (munge).
 */
int eg_member_meet(const struct eg_session *session, uint32_t index, struct eg_conn *ret,
		   struct eg_err *err);

/* Say how this node's devices are reached, once and before the report: 0, -ETIMEDOUT, -errno. */
int eg_member_offer(struct eg_conn *conn, const struct eg_offer *offer, int64_t deadline_ms);

/* Say how this node is: 0, -ETIMEDOUT or -errno. */
int eg_member_report(struct eg_conn *conn, const struct eg_ready *ready, int64_t deadline_ms);

/* Who moves the bytes of a round. */
struct eg_member_traffic {
	/* Fill @ret in any case, with ret->error when it could not be run; ends by the budget. */
	void (*run)(void *context, const struct eg_round *round, struct eg_result *ret);
	void *context;
	bool sizes; /* also rounds of EG_DEPTH_SIZE, see sweep.h; else they break the protocol */
};

/*
 * Wait for the verdict, and until then do what the leader says: 0, -ETIMEDOUT,
 * -ECONNRESET when the leader ended, -EPROTO (also for a round when @traffic
 * is NULL, for one that does not follow the last, and for more than a session
 * has) or -errno. No round is begun behind @deadline_ms or lasts beyond it.
 * Only after 0 @ret says anything.
 */
int eg_member_wait(struct eg_conn *conn, const struct eg_member_traffic *traffic,
		   int64_t deadline_ms, struct eg_verdict *ret);

/* Does the leader's node answer on TCP at all? Blocks 200 ms at most, beside the resolver. */
bool eg_member_leader_answers(const struct eg_session *session);

#endif
