/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * party - this node's part in a session, whoever wants it (a step, the gate,
 * a user by hand): the leader's process where this is the first node, the
 * process for traffic, and the member.
 *
 *   fill session, index, options; start() -> [meet() ->] offer() -> take_part() -> end()
 */
#ifndef EG_SESSION_PARTY_H
#define EG_SESSION_PARTY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/burst/meeting.h"
#include "common/burst/session.h"
#include "prolog/session/auth_choice.h"
#include "prolog/session/node_traffic.h"

struct eg_config;
struct eg_findings;

struct eg_party {
	struct eg_session session; /* its auth is set by eg_party_start() */
	uint32_t index; /* of this node */
	struct eg_auth_choice auth_choice;
	struct eg_traffic_child_options traffic_options; /* when session.traffic */
	bool idle; /* leads or says how it is, but exchanges no traffic itself */
	void (*in_leader)(void *context); /* called first in the leader's process, may be NULL */
	void *context;

	/* Set by the functions below. */
	struct eg_auth auth;
	struct eg_node_traffic traffic;
	struct eg_conn conn; /* to the leader, when meet() has met it */
	bool met;
	struct eg_err meet_error; /* of meet() */
	int leader_fd; /* to the leader's process, -1 none */
	int leader_error; /* why it could not be started, 0 */
};

/* What the site says of sessions: ports, times, auth, libfabric. */
void eg_party_configure(struct eg_party *party, const struct eg_config *config);

/*
 * Start the leader's process, when this is the first of several nodes, and the
 * one for traffic. Before any thread is started. What fails is said by the
 * functions that need it.
 */
void eg_party_start(struct eg_party *party);

/*
 * Meet the leader while the devices are being opened, which then may take until
 * session.ready_deadline_ms. What fails is said by eg_party_take_part(), which
 * meets where this was not called. Blocks until session.meet_deadline_ms, or
 * longer when munge or the resolver hang.
 */
void eg_party_meet(struct eg_party *party);

/* Until when the devices may take to be open, so that it can still be told. */
int64_t eg_party_offer_deadline_ms(const struct eg_party *party);

/* Wait for the devices to be open; what is wrong is added to @findings as unknown. */
void eg_party_offer(struct eg_party *party, int64_t deadline_ms, struct eg_findings *findings);

/*
 * Meet the others, say @ready, run rounds, hear the verdict: 0, or -errno with
 * the reason why there is none. Blocks until @deadline_ms, or longer when
 * munge or the resolver hang: the caller needs a timer. A node alone gets its
 * verdict here too.
 */
int eg_party_take_part(struct eg_party *party, const struct eg_ready *ready, int64_t deadline_ms,
		       struct eg_verdict *ret, struct eg_err *err);

/* After eg_party_start(): end the process for traffic. Blocks 200 ms at most. */
void eg_party_end(struct eg_party *party);

#endif
