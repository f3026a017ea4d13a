/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/leader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/claim.h"
#include "common/burst/hand.h"
#include "common/burst/leader_parts.h"
#include "common/burst/meeting.h"
#include "common/burst/session.h"
#include "common/burst/told.h"

#define STRANGER_MS 1000 /* to send a HELLO, which takes a member some 10 ms */
#define STRANGER_EVICT_MS 100 /* when the places are full */
#define ACCEPT_BATCH 64 /* then the others have their turn */
#define PASS_MS 50 /* strangers' spans are looked after this often */
#define SEND_MS 200 /* for the last messages to everybody */
#define FDS_BESIDE 32
#define EVENTS_BATCH 256

/* What epoll says of a descriptor: the listener, a place of strangers, or a seat. */
#define TAG_LISTENER 0
#define TAG_STRANGERS 1
#define TAG_SEATS (TAG_STRANGERS + EG_STRANGERS_MAX)

static int watch(const struct eg_leader *leader, int operation, int fd, uint64_t tag)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = tag };

	return epoll_ctl(leader->epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

void eg_leader_lose(struct eg_leader *leader, uint32_t index)
{
	leader->awaited -= leader->seats[index].state == EG_SEAT_MET;
	eg_leader_end_running(leader, index);
	leader->seats[index].state = EG_SEAT_LOST;
	leader->conduct.present[index] = false;
	eg_conn_done(&leader->conns[index]);
}

/* @conn is watched already when @operation is EPOLL_CTL_MOD. */
static int take_seat(struct eg_leader *leader, uint32_t index, struct eg_conn *conn, int operation)
{
	int rc = watch(leader, operation, conn->fd, TAG_SEATS + index);

	if (rc)
		return rc;
	leader->conns[index] = *conn;
	leader->seats[index].state = EG_SEAT_MET;
	leader->absent--;
	*conn = (struct eg_conn){ .fd = -1 };
	return 0;
}

static void drop_stranger(struct eg_leader *leader, struct eg_stranger *stranger)
{
	eg_conn_done(&stranger->conn);
	leader->stranger_count--;
}

/* Prove to the member that this is the leader; from here on both have a key. */
static int welcome(struct eg_leader *leader, struct eg_stranger *stranger,
		   const struct eg_wire_claim *hello)
{
	const struct eg_session *session = leader->session;
	struct eg_wire_buffer message;
	struct eg_wire_claim claim;
	uint8_t key[EG_MAC_BYTES];
	int rc;

	eg_claim_init(&claim, session, EG_WIRE_WELCOME, hello->index, leader->port);
	memcpy(claim.nonce, hello->nonce, sizeof(claim.nonce));
	memcpy(claim.leader_nonce, stranger->nonce, sizeof(claim.leader_nonce));
	rc = eg_claim_seal(session, &claim, &message, NULL);
	if (!rc)
		rc = eg_conn_send(&stranger->conn, &message, 0);
	if (rc || !session->auth->keyed)
		return rc;
	eg_claim_conn_key(session->auth, &claim, key);
	eg_conn_key(&stranger->conn, key, true);
	return 0;
}

/* A whole HELLO is there: the stranger becomes a member, or goes. */
static int admit(struct eg_leader *leader, struct eg_stranger *stranger)
{
	struct eg_conn *conn = &stranger->conn;
	struct eg_wire_claim hello;
	int rc = eg_claim_check_hello(leader->session, conn->body, conn->frame.length, leader->port,
				      &hello);

	if (rc)
		return rc;
	/* One that was made for another challenge was used before. */
	if (leader->session->auth->challenges &&
	    memcmp(hello.leader_nonce, stranger->nonce, sizeof(hello.leader_nonce)) != 0)
		return -EACCES;
	if (leader->seats[hello.index].state != EG_SEAT_ABSENT)
		return -EEXIST;
	rc = welcome(leader, stranger, &hello);
	if (rc)
		return rc;
	eg_conn_next(conn);
	rc = take_seat(leader, hello.index, conn, EPOLL_CTL_MOD);
	leader->stranger_count -= !rc;
	if (!rc && leader->session->hand)
		eg_leader_hand_met(leader, hello.index, hello.node);
	return rc;
}

static void serve_stranger(struct eg_leader *leader, struct eg_stranger *stranger)
{
	int rc = eg_conn_read(&stranger->conn, EG_WIRE_HELLO);

	if (rc > 0)
		rc = admit(leader, stranger);
	leader->unchecked |= rc == -EIO;
	if (rc < 0 && leader->session->hand)
		eg_leader_turn_away(leader, &stranger->conn, rc);
	if (rc < 0)
		drop_stranger(leader, stranger);
}

static int take_ready(struct eg_leader *leader, uint32_t index)
{
	struct eg_seat *seat = &leader->seats[index];
	const struct eg_conn *conn = &leader->conns[index];

	if (seat->state != EG_SEAT_MET ||
	    eg_wire_get_ready(conn->body, conn->frame.length, &seat->ready) < 0)
		return -EPROTO;
	seat->state = EG_SEAT_READY;
	leader->awaited--;
	return 0;
}

static int take_message(struct eg_leader *leader, uint32_t index)
{
	switch (leader->conns[index].frame.type) {
	case EG_WIRE_OFFER:
		return eg_leader_take_offer(leader, index);
	case EG_WIRE_READY:
		return take_ready(leader, index);
	case EG_WIRE_RESULT:
		return eg_leader_take_result(leader, index);
	default:
		return -EPROTO;
	}
}

static void serve_seat(struct eg_leader *leader, uint32_t index)
{
	struct eg_conn *conn = &leader->conns[index];
	int rc = eg_conn_read(conn, EG_WIRE_ANY);

	if (rc == 0)
		return;
	if (rc > 0)
		rc = take_message(leader, index);
	if (rc < 0)
		eg_leader_lose(leader, index);
	else
		eg_conn_next(conn);
}

static struct eg_stranger *free_place(struct eg_leader *leader)
{
	struct eg_stranger *oldest = &leader->strangers[0];

	for (size_t i = 0; i < EG_STRANGERS_MAX; i++) {
		struct eg_stranger *stranger = &leader->strangers[i];

		if (stranger->conn.fd < 0)
			return stranger;
		if (stranger->since_ms < oldest->since_ms)
			oldest = stranger;
	}
	if (eg_now_ms() - oldest->since_ms < STRANGER_EVICT_MS)
		return NULL;
	drop_stranger(leader, oldest);
	return oldest;
}

/* A nonce for who has connected, told where the auth wants it back. */
static int greet(const struct eg_leader *leader, struct eg_stranger *stranger)
{
	struct eg_wire_buffer message;
	int rc = eg_claim_nonce(stranger->nonce);

	if (rc || !leader->session->auth->challenges)
		return rc;
	eg_wire_put_challenge(&message, stranger->nonce);
	return eg_conn_send(&stranger->conn, &message, 0);
}

static void accept_strangers(struct eg_leader *leader)
{
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		struct eg_stranger *place = free_place(leader);
		int fd;

		if (!place)
			return;
		fd = accept4(leader->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		eg_conn_init(&place->conn, fd);
		place->since_ms = eg_now_ms();
		leader->stranger_count++;
		leader->reached = true;
		if (greet(leader, place) ||
		    watch(leader, EPOLL_CTL_ADD, fd,
			  TAG_STRANGERS + (uint64_t)(place - leader->strangers)))
			drop_stranger(leader, place);
	}
}

static void drop_late_strangers(struct eg_leader *leader)
{
	int64_t now_ms = eg_now_ms();

	if (now_ms < leader->late_ms)
		return;
	leader->late_ms = now_ms + PASS_MS;
	for (size_t i = 0; leader->stranger_count && i < EG_STRANGERS_MAX; i++) {
		struct eg_stranger *stranger = &leader->strangers[i];

		if (stranger->conn.fd >= 0 && now_ms - stranger->since_ms >= STRANGER_MS)
			drop_stranger(leader, stranger);
	}
}

/* Of this pass; who was dropped or moved since has no descriptor. */
static void serve_event(struct eg_leader *leader, uint64_t tag)
{
	if (tag == TAG_LISTENER)
		accept_strangers(leader);
	else if (tag < TAG_SEATS && leader->strangers[tag - TAG_STRANGERS].conn.fd >= 0)
		serve_stranger(leader, &leader->strangers[tag - TAG_STRANGERS]);
	else if (tag >= TAG_SEATS && leader->conns[tag - TAG_SEATS].fd >= 0)
		serve_seat(leader, (uint32_t)(tag - TAG_SEATS));
}

int eg_leader_serve(struct eg_leader *leader, int64_t deadline_ms)
{
	struct epoll_event events[EVENTS_BATCH];
	int count =
		epoll_wait(leader->epoll_fd, events, EVENTS_BATCH, eg_deadline_left(deadline_ms));

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++)
		serve_event(leader, events[i].data.u64);
	return 0;
}

/*
 * Who was met may still be opening its devices, and is worth waiting for when
 * nobody is missing. By hand the wait for somebody is long, that for a partner
 * who was met is not.
 */
static int64_t meet_deadline(const struct eg_leader *leader)
{
	const struct eg_session *session = leader->session;

	if (session->hand && leader->ready_deadline_ms)
		return leader->ready_deadline_ms;
	if (!session->hand && !leader->absent &&
	    session->ready_deadline_ms > session->meet_deadline_ms)
		return session->ready_deadline_ms;
	return session->meet_deadline_ms;
}

static int serve(struct eg_leader *leader)
{
	int rc = eg_leader_serve(leader,
				 eg_deadline_min(eg_deadline_in(PASS_MS), meet_deadline(leader)));

	drop_late_strangers(leader);
	return rc;
}

static int meet(struct eg_leader *leader)
{
	int rc = 0;

	while (!rc && leader->awaited && eg_deadline_left(meet_deadline(leader)))
		rc = serve(leader);
	return rc;
}

/* Who comes now is too late. */
static void close_door(struct eg_leader *leader)
{
	eg_close_fd(&leader->listen_fd);
	for (size_t i = 0; i < EG_STRANGERS_MAX; i++)
		eg_conn_done(&leader->strangers[i].conn);
	leader->stranger_count = 0;
}

/* The own node last: when it has the verdict, this process may be ended. By hand all hear all. */
static void tell(struct eg_leader *leader, struct eg_verdict *verdict)
{
	int64_t deadline_ms = eg_deadline_in(SEND_MS);
	struct eg_wire_buffer message;
	struct eg_told told;
	/* Without memory for more all hear the line. */
	bool all = !eg_told_init(&told, &leader->findings, leader->session->count);

	for (uint32_t i = leader->session->count; i-- > 0;) {
		if (leader->conns[i].fd < 0)
			continue;
		if (all && !leader->session->hand)
			eg_told_fill(&told, i, verdict);
		eg_wire_put_verdict(&message, verdict);
		(void)eg_conn_send(&leader->conns[i], &message, deadline_ms);
	}
	eg_told_done(&told);
}

static int need_fds(uint64_t count, struct eg_err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return eg_err_errno(err, errno, "limit of open files");
	if (limit.rlim_cur >= count)
		return 0;
	if (limit.rlim_max < count)
		return eg_err_set(err, EMFILE, "limit of open files %llu, needed %llu",
				  (unsigned long long)limit.rlim_max, (unsigned long long)count);
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) < 0
		       ? eg_err_errno(err, errno, "limit of open files")
		       : 0;
}

static int open_leader(struct eg_leader *leader, struct eg_err *err)
{
	uint32_t count = leader->session->count;

	if (!leader->seats || !leader->conns || !leader->running ||
	    eg_conduct_init(&leader->conduct, count, leader->session->nodes, leader->session->job))
		return eg_err_errno(err, ENOMEM, "session of %u nodes", count);
	leader->conduct.turn = leader->session->step;
	leader->conduct.floors = leader->session->floors;
	leader->conduct.function_only = leader->session->function_only;
	leader->awaited = leader->absent = count;
	leader->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (leader->epoll_fd < 0)
		return eg_err_errno(err, errno, "epoll");
	return need_fds((uint64_t)count + EG_STRANGERS_MAX + FDS_BESIDE, err);
}

static int open_door(struct eg_leader *leader, struct eg_err *err)
{
	struct eg_hand *hand = leader->session->hand;
	int rc = hand ? eg_leader_hand_begin(leader, err) : 0;

	if (!rc)
		rc = eg_meeting_listen(leader->session, &leader->port, err);
	if (rc < 0)
		return rc;
	leader->listen_fd = rc;
	rc = watch(leader, EPOLL_CTL_ADD, leader->listen_fd, TAG_LISTENER);
	if (rc)
		return eg_err_errno(err, -rc, "epoll");
	if (hand)
		eg_hand_say(hand, "listening on TCP port %u ...", leader->port);
	return 0;
}

static void close_leader(struct eg_leader *leader)
{
	if (!leader)
		return;
	for (uint32_t i = 0; leader->conns && i < leader->session->count; i++)
		eg_conn_done(&leader->conns[i]);
	close_door(leader);
	eg_close_fd(&leader->epoll_fd);
	eg_conduct_done(&leader->conduct);
	eg_traffic_findings_done(&leader->findings);
	free(leader->running);
	free(leader->seats);
	free(leader->conns);
	free(leader);
}

static void give_up(const struct eg_session *session, const struct eg_err *err,
		    struct eg_verdict *ret)
{
	if (session->hand)
		eg_hand_give_up(err->text, ret);
	else
		eg_session_give_up(session, ret, "%s: EG901: %s", session->nodes[0], err->text);
}

void eg_leader_refuse(const struct eg_session *session, int own_fd, const struct eg_err *err)
{
	struct eg_wire_buffer message;
	struct eg_verdict verdict;
	struct eg_conn own;

	give_up(session, err, &verdict);
	if (session->watch && session->watch->refused)
		session->watch->refused(session->watch->context, verdict.line);
	eg_wire_put_verdict(&message, &verdict);
	eg_conn_init(&own, own_fd);
	(void)eg_conn_send(&own, &message, eg_deadline_in(SEND_MS));
	eg_conn_done(&own);
}

static struct eg_leader *new_leader(const struct eg_session *session)
{
	struct eg_leader *leader = calloc(1, sizeof(*leader));

	if (!leader)
		return NULL;
	leader->session = session;
	leader->listen_fd = -1;
	leader->epoll_fd = -1;
	for (size_t i = 0; i < EG_STRANGERS_MAX; i++)
		leader->strangers[i].conn.fd = -1;
	leader->seats = calloc(session->count, sizeof(*leader->seats));
	leader->conns = calloc(session->count, sizeof(*leader->conns));
	leader->running = calloc(session->count, sizeof(*leader->running));
	for (uint32_t i = 0; leader->conns && i < session->count; i++)
		leader->conns[i].fd = -1;
	return leader;
}

static void decide(const struct eg_leader *leader, struct eg_verdict *ret)
{
	struct eg_session_end end = {
		.port = leader->port,
		.reached = leader->reached,
		.unchecked = leader->unchecked,
		.traffic = &leader->findings,
		.slowest = &leader->conduct.slowest,
		.refused = leader->refused[0] ? leader->refused : NULL,
	};

	eg_session_decide(leader->session, leader->seats, &end, ret);
	if (leader->session->hand)
		eg_hand_tell(leader->session, leader->seats, &end, ret);
}

static void show(const struct eg_leader *leader, const struct eg_verdict *verdict)
{
	const struct eg_session_watch *watch = leader->session->watch;
	struct eg_session_view view = { .session = leader->session,
					.seats = leader->seats,
					.conduct = &leader->conduct,
					.findings = &leader->findings,
					.verdict = verdict };

	if (watch)
		watch->end(watch->context, &view);
}

static void show_met(const struct eg_leader *leader)
{
	const struct eg_session_watch *watch = leader->session->watch;
	uint32_t ready = 0;

	for (uint32_t i = 0; watch && i < leader->session->count; i++)
		ready += leader->seats[i].state == EG_SEAT_READY;
	if (watch)
		watch->met(watch->context, ready, leader->session->count);
}

static int hold(struct eg_leader *leader, struct eg_err *err)
{
	int rc = open_door(leader, err);

	if (rc)
		return rc;
	rc = meet(leader);
	close_door(leader);
	show_met(leader);
	if (!rc)
		rc = eg_leader_run_traffic(leader);
	if (!rc && leader->session->sweep)
		rc = eg_leader_run_sweep(leader);
	return rc ? eg_err_errno(err, -rc, "the session's leader") : 0;
}

int eg_leader_run(const struct eg_session *session, int own_fd)
{
	struct eg_leader *leader = new_leader(session);
	struct eg_err err = { 0 };
	struct eg_verdict verdict;
	struct eg_conn own;
	int rc;

	rc = leader ? open_leader(leader, &err) : eg_err_errno(&err, ENOMEM, "session");
	if (rc) {
		close_leader(leader);
		eg_leader_refuse(session, own_fd, &err);
		return rc;
	}
	eg_conn_init(&own, own_fd);
	rc = take_seat(leader, 0, &own, EPOLL_CTL_ADD);
	if (rc)
		leader->conns[0] = own;
	rc = rc ? eg_err_errno(&err, -rc, "the session's leader") : hold(leader, &err);
	if (rc)
		give_up(session, &err, &verdict);
	else
		decide(leader, &verdict);
	show(leader, &verdict);
	tell(leader, &verdict);
	close_leader(leader);
	return rc;
}
