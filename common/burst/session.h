/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * session - the nodes of a step, job or component that come to one common
 * verdict: what leader and members agree on beforehand, and what the leader
 * makes of their own verdicts. Pure: no I/O.
 */
#ifndef EG_BURST_SESSION_H
#define EG_BURST_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/burst/wire.h"

struct eg_auth;
struct eg_finding;
struct eg_hand;
struct eg_offer;
struct eg_result;
struct eg_slowest;
struct eg_traffic_findings;

struct eg_conduct;
struct eg_seat;

/* What the leader has at the end, for who wants more than the line; valid during the call. */
struct eg_session_view {
	const struct eg_session *session;
	const struct eg_seat *seats; /* with what traffic has shown of each */
	const struct eg_conduct *conduct; /* offers, tries, speeds */
	const struct eg_traffic_findings *findings;
	const struct eg_verdict *verdict;
};

/* Calls in the leader's process, which wait for it: they must be quick. */
struct eg_session_watch {
	void (*met)(void *context, uint32_t ready, uint32_t count); /* the meeting has ended */
	void (*stage)(void *context, const struct eg_conduct *conduct); /* a stage begins */
	void (*result)(void *context, const struct eg_conduct *conduct); /* a node was heard */
	void (*stage_end)(void *context, const struct eg_conduct *conduct); /* with its tries */
	void (*end)(void *context, const struct eg_session_view *view); /* before it is told */
	void (*refused)(void *context, const char *line); /* in the place of all: it cannot lead */
	void *context;
};

/* The same on all nodes of the session; the leader is node 0. */
struct eg_session {
	uint32_t job, step;
	uint32_t uid; /* the job's user, believed beside root */
	bool root_only; /* believe nobody but root: what may lead to a drain */
	const char *const *nodes; /* names in Slurm's order */
	uint32_t count; /* of @nodes */
	uint16_t port_first, port_count; /* the site's TCP range */
	uint32_t meet_ms; /* for the line: how long was waited */
	int64_t meet_deadline_ms; /* points on the monotonic clock */
	int64_t ready_deadline_ms; /* of those met, where none is missing; 0 the same */
	int64_t deadline_ms; /* of everything */
	bool start_anyway; /* on_failure = warn */
	const char *fate; /* what becomes of the tasks, NULL: follows from start_anyway */
	const char *told; /* of bad nodes: who else hears of them, NULL: nothing is said of it */
	bool lines; /* the verdict's text is for a terminal: a line a bad node, one what to do */
	bool traffic; /* members have offers, and exchange traffic once all are ready */
	bool partial; /* traffic among those who came, though others are absent or bad */
	bool function_only; /* does it work? No speeds */
	uint32_t round_ms; /* of a stage of traffic */
	bool sweep; /* two nodes: once all is good, reads of each size, see sweep.h */
	const char *floors; /* speeds the site wants, see speed_floor.h; NULL none */
	const char *tested; /* "check": what "verified" means in the line */
	/* Called in the leader when a node's result has come; may be NULL. */
	void (*on_result)(void *context, uint32_t index, const struct eg_offer *offer,
			  const struct eg_result *result);
	void *context;
	const struct eg_auth *auth;
	struct eg_hand *hand; /* started by hand, see hand.h; NULL: all names are known */
	const struct eg_session_watch *watch; /* NULL: nobody */
};

enum eg_seat_state {
	EG_SEAT_ABSENT, /* never met */
	EG_SEAT_MET, /* proved who it is, has not said how it is */
	EG_SEAT_READY, /* said how it is */
	EG_SEAT_LOST, /* met, then its connection ended or it broke the protocol */
};

/* A node as the leader sees it. */
struct eg_seat {
	enum eg_seat_state state;
	struct eg_ready ready; /* when READY */
};

/* What the session has beside its seats at its end; all may be 0 or NULL. */
struct eg_session_end {
	uint16_t port; /* the leader's, for EG410 */
	bool reached; /* somebody connected there, proven or not */
	bool unchecked; /* a credential could not be looked at here: munge */
	const struct eg_traffic_findings *traffic;
	const struct eg_slowest *slowest; /* device measured */
	const char *refused; /* by hand: who was turned away last */
};

/* Put @finding to those of the seat's node, in its place among them. */
void eg_session_add(struct eg_seat *seat, const struct eg_finding *finding);

/* What traffic has shown of single nodes goes to their seats. */
void eg_session_add_traffic(struct eg_seat *seats, const struct eg_traffic_findings *findings);

/* The common verdict and its one line, over session->count seats. */
void eg_session_decide(const struct eg_session *session, const struct eg_seat *seats,
		       const struct eg_session_end *end, struct eg_verdict *ret);

/* A finding as it travels. */
void eg_session_finding(const struct eg_finding *finding, struct eg_wire_finding *ret);

/* An unknown verdict that does not come from the seats; its line is "efagate: " and @fmt. */
void eg_session_give_up(const struct eg_session *session, struct eg_verdict *ret, const char *fmt,
			...) EG_PRINTF(3, 4);

/* "no task started", "tasks started all the same", or what the session has. */
const char *eg_session_fate(const struct eg_session *session);

/* May this uid take part? */
bool eg_session_believes(const struct eg_session *session, uint32_t uid);

#endif
