/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * leader_parts - what the leader's files share. Private to leader*.c.
 */
#ifndef EG_BURST_LEADER_PARTS_H
#define EG_BURST_LEADER_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/burst/conduct.h"
#include "common/burst/meeting.h"
#include "common/burst/session.h"
#include "common/verdict/judge_traffic.h"

struct eg_err;

#define EG_STRANGERS_MAX 256 /* connections without proof at a time */

struct eg_stranger {
	struct eg_conn conn; /* fd -1: free place */
	int64_t since_ms;
	uint8_t nonce[EG_WIRE_NONCE]; /* drawn for it */
};

struct eg_leader {
	const struct eg_session *session;
	int listen_fd;
	uint16_t port;
	struct eg_seat *seats;
	struct eg_conn *conns; /* of the seats */
	uint32_t awaited; /* seats that are ABSENT or MET */
	uint32_t absent; /* seats that are ABSENT */
	struct eg_stranger strangers[EG_STRANGERS_MAX];
	uint32_t stranger_count;
	bool reached, unchecked; /* see eg_session_end */
	int epoll_fd; /* listener, strangers and seats, each with its tag: see leader.c */
	int64_t late_ms; /* when strangers' spans are looked at again */

	int64_t ready_deadline_ms; /* by hand, once the partner was met */
	uint32_t refusals; /* by hand: how many were turned away */
	char refused[180]; /* the last of them */

	struct eg_conduct conduct; /* when session->traffic */
	bool *running; /* by node: its result of this stage is awaited */
	uint32_t running_count;
	bool sweeping; /* results are of reads of one size, and the members' own */
	struct eg_traffic_findings findings;
};

/* The seat's connection ended, or what came is not of ours. */
void eg_leader_lose(struct eg_leader *leader, uint32_t index);

/*
 * Wait until something comes or @deadline_ms, and serve it: takes as long as
 * what has come, not as there are members. 0, also when nothing came, or
 * -errno when epoll_wait(2) failed.
 */
int eg_leader_serve(struct eg_leader *leader, int64_t deadline_ms);

/* The result of node @index is no longer awaited. */
void eg_leader_end_running(struct eg_leader *leader, uint32_t index);

/* An OFFER from node @index: 0 or -EPROTO, -EEXIST, -ENOMEM. */
int eg_leader_take_offer(struct eg_leader *leader, uint32_t index);

/* A RESULT from node @index: 0 or -EPROTO, -EEXIST, -ENOMEM. */
int eg_leader_take_result(struct eg_leader *leader, uint32_t index);

/*
 * All stages of traffic among those who are ready: findings to the seats and
 * to leader->findings. Nothing when the session has no traffic or is lost
 * already. Blocks for the stages' round_ms each, and ends before the
 * session's deadline. 0 or -errno.
 */
int eg_leader_run_traffic(struct eg_leader *leader);

/*
 * After it, when session->sweep: both nodes read from each other with one size
 * after the other. Nothing unless all traffic was good. 0 or -errno.
 */
int eg_leader_run_sweep(struct eg_leader *leader);

/*
 * By hand, before the door is opened: wait until the own node is READY, and
 * see that a credential can be made. 0 or -errno.
 */
int eg_leader_hand_begin(struct eg_leader *leader, struct eg_err *err);

/* By hand: the partner has taken its seat. */
void eg_leader_hand_met(struct eg_leader *leader, uint32_t index, const char *name);

/* By hand: tell both people why @conn, whose HELLO came to @rc, is not taken. Does not block. */
void eg_leader_turn_away(struct eg_leader *leader, struct eg_conn *conn, int rc);

#endif
