/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions by a key, and what the codes on a connection keep out. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/burst/auth.h"
#include "common/burst/claim.h"
#include "common/burst/leader.h"
#include "common/burst/meeting.h"
#include "common/burst/member.h"
#include "common/burst/session.h"
#include "common/verdict/finding.h"
#include "tests/unit/test_seal.h"

#define MEET_MS 800
#define NODES 3
#define PORT 30000 /* and up, a session one, below those that the kernel gives away */

static const char *const names[NODES] = { "127.0.0.1", "n2", "n3" };
static uint32_t own_uid = 2001;

static struct eg_session new_session(const struct eg_auth *auth)
{
	static uint16_t turn;

	return (struct eg_session){ .job = 17,
				    .uid = own_uid,
				    .nodes = names,
				    .count = NODES,
				    .port_first = (uint16_t)(PORT + getpid() % 340 * 8 + turn++),
				    .port_count = 1,
				    .meet_ms = MEET_MS,
				    .meet_deadline_ms = eg_deadline_in(MEET_MS),
				    .deadline_ms = eg_deadline_in(2 * MEET_MS),
				    .tested = "check",
				    .auth = auth };
}

static struct eg_auth key_auth(uint8_t first)
{
	uint8_t key[EG_MAC_BYTES] = { first };
	struct eg_auth auth;

	assert_int_equal(eg_auth_key_open(key, own_uid, &auth, NULL), 0);
	return auth;
}

static pid_t start_leader(const struct eg_session *session, int *ret_fd)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	if (!pid) {
		(void)close(ends[0]);
		_exit(eg_leader_run(session, ends[1]) != 0);
	}
	(void)close(ends[1]);
	*ret_fd = ends[0];
	return pid;
}

/* A member's part; 0 with its verdict, or -errno. */
static int take_part(const struct eg_session *session, struct eg_conn *conn, struct eg_verdict *ret)
{
	const struct eg_ready ready = { .outcome = EG_PASS, .devices = 4 };
	int rc = eg_member_report(conn, &ready, session->deadline_ms);

	if (!rc)
		rc = eg_member_wait(conn, NULL, session->deadline_ms, ret);
	eg_conn_done(conn);
	return rc;
}

/* Exit 10 + go after a verdict, else the errno. */
static pid_t start_member(const struct eg_session *session, uint32_t index)
{
	struct eg_verdict verdict;
	struct eg_conn conn;
	pid_t pid = fork();
	int rc;

	if (pid)
		return pid;
	rc = eg_member_meet(session, index, &conn, NULL);
	if (!rc)
		rc = take_part(session, &conn, &verdict);
	_exit(rc ? -rc : 10 + verdict.go);
}

static int end_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The rest of a session that was started: what the leader's own node hears. */
static void ends_with(const struct eg_session *session, pid_t leader, int fd, const char *line)
{
	struct eg_verdict verdict = { 0 };
	struct eg_conn conn;

	eg_conn_init(&conn, fd);
	assert_int_equal(take_part(session, &conn, &verdict), 0);
	assert_string_equal(verdict.line, line);
	assert_int_equal(end_of(leader), 0);
}

static void with_one_key_all_nodes_meet(void **state)
{
	struct eg_auth auth = key_auth(1);
	struct eg_session session = new_session(&auth);
	int fd;
	pid_t leader = start_leader(&session, &fd);
	pid_t second = start_member(&session, 1), third = start_member(&session, 2);

	(void)state;
	ends_with(&session, leader, fd, "efagate: 3 nodes, 12 EFA devices verified (check)");
	assert_int_equal(end_of(second), 11);
	assert_int_equal(end_of(third), 11);
	eg_auth_key_close(&auth);
}

static void a_node_with_another_key_is_not_met(void **state)
{
	struct eg_auth auth = key_auth(1), other = key_auth(2);
	struct eg_session session = new_session(&auth), wrong = session;
	int fd;
	pid_t leader = start_leader(&session, &fd), second = start_member(&session, 1), third;

	(void)state;
	wrong.auth = &other;
	third = start_member(&wrong, 2);
	ends_with(&session, leader, fd,
		  "efagate: n3: EG408: not met within 0.8 s; no task started");
	assert_int_equal(end_of(second), 10);
	assert_int_equal(end_of(third), ETIMEDOUT);
	eg_auth_key_close(&auth);
	eg_auth_key_close(&other);
}

/* Somebody without any knowledge of the session, at its port. */
static struct eg_conn stranger_at(const struct eg_session *session)
{
	struct eg_meeting_addresses addresses;
	struct eg_conn conn = { .fd = -1 };
	struct pollfd wait = { .events = POLLOUT };
	int64_t deadline_ms = eg_deadline_in(MEET_MS / 2);
	socklen_t size = sizeof(int);
	int code = 1;

	assert_int_equal(eg_meeting_resolve(names[0], &addresses, NULL), 0);
	while (code && eg_deadline_left(deadline_ms)) {
		eg_conn_done(&conn);
		wait.fd = eg_meeting_connect(&addresses, 0, session->port_first);
		eg_conn_init(&conn, wait.fd);
		(void)poll(&wait, 1, 100);
		(void)getsockopt(wait.fd, SOL_SOCKET, SO_ERROR, &code, &size);
	}
	assert_int_equal(code, 0);
	return conn;
}

static void hear_challenge(struct eg_conn *conn, uint8_t *ret)
{
	assert_int_equal(eg_conn_wait(conn, EG_WIRE_CHALLENGE, eg_deadline_in(500)), 0);
	assert_int_equal(eg_wire_get_challenge(conn->body, conn->frame.length, ret), 0);
	eg_conn_next(conn);
}

/* The leader takes nothing of it and closes. */
static void is_dropped(struct eg_conn *conn, const struct eg_wire_buffer *message)
{
	assert_int_equal(eg_conn_send(conn, message, eg_deadline_in(500)), 0);
	assert_int_equal(eg_conn_wait(conn, EG_WIRE_ANY, eg_deadline_in(500)), -ECONNRESET);
	eg_conn_done(conn);
}

static void a_recorded_hello_is_of_no_use(void **state)
{
	struct eg_auth auth = key_auth(1);
	struct eg_session session = new_session(&auth);
	struct eg_wire_buffer recorded, blind;
	struct eg_wire_claim claim;
	struct eg_conn first, second, third;
	uint8_t nonce[EG_WIRE_NONCE];
	pid_t leader, members[2];
	int fd;

	(void)state;
	leader = start_leader(&session, &fd);
	first = stranger_at(&session);
	second = stranger_at(&session);
	third = stranger_at(&session);
	/* What n3 itself would send on the first connection, and what it would send unasked. */
	eg_claim_init(&claim, &session, EG_WIRE_HELLO, 2, session.port_first);
	assert_int_equal(eg_claim_seal(&session, &claim, &blind, NULL), 0);
	hear_challenge(&first, claim.leader_nonce);
	assert_int_equal(eg_claim_seal(&session, &claim, &recorded, NULL), 0);
	hear_challenge(&second, nonce);
	assert_memory_not_equal(nonce, claim.leader_nonce, sizeof(nonce));
	is_dropped(&second, &recorded);
	hear_challenge(&third, nonce);
	is_dropped(&third, &blind);
	/* n3's place is still free. */
	members[0] = start_member(&session, 1);
	members[1] = start_member(&session, 2);
	ends_with(&session, leader, fd, "efagate: 3 nodes, 12 EFA devices verified (check)");
	assert_int_equal(end_of(members[0]), 11);
	assert_int_equal(end_of(members[1]), 11);
	eg_conn_done(&first);
	eg_auth_key_close(&auth);
}

/*
 * A user who held the port before the leader did has a HELLO of n3 and passes
 * it on: without the secret in it he can say nothing in n3's name.
 */
static void who_passes_a_hello_on_cannot_speak_for_its_node(void **state)
{
	const struct eg_ready good = { .outcome = EG_PASS, .devices = 4 };
	struct eg_auth auth = test_seal_auth(&own_uid);
	struct eg_session session = new_session(&auth);
	struct eg_wire_buffer message;
	struct eg_wire_claim claim;
	struct eg_conn conn;
	pid_t leader, second;
	int fd;

	(void)state;
	auth.keyed = true;
	leader = start_leader(&session, &fd);
	second = start_member(&session, 1);
	conn = stranger_at(&session);
	eg_claim_init(&claim, &session, EG_WIRE_HELLO, 2, session.port_first);
	assert_int_equal(eg_claim_nonce(claim.nonce), 0);
	assert_int_equal(eg_claim_seal(&session, &claim, &message, NULL), 0);
	assert_int_equal(eg_conn_send(&conn, &message, eg_deadline_in(500)), 0);
	assert_int_equal(eg_conn_wait(&conn, EG_WIRE_WELCOME, eg_deadline_in(500)), 0);
	eg_conn_next(&conn);
	eg_wire_put_ready(&message, &good);
	/* The leader waits for the code behind it; any bytes will not do. */
	message.length += EG_CONN_CODE_BYTES;
	is_dropped(&conn, &message);
	ends_with(&session, leader, fd, "efagate: n3: EG408: its helper ended; no task started");
	assert_int_equal(end_of(second), 10);
}

struct wires {
	struct eg_conn leader, member; /* keyed ends */
	int put, take; /* somebody between them: what the member is to get, what the leader said */
};

static void open_wires(struct wires *wires)
{
	const uint8_t key[EG_MAC_BYTES] = { 42 };
	int a[2], b[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b), 0);
	eg_conn_init(&wires->leader, a[0]);
	eg_conn_init(&wires->member, b[0]);
	wires->take = a[1];
	wires->put = b[1];
	eg_conn_key(&wires->leader, key, true);
	eg_conn_key(&wires->member, key, false);
}

static void close_wires(struct wires *wires)
{
	eg_conn_done(&wires->leader);
	eg_conn_done(&wires->member);
	eg_close_fd(&wires->put);
	eg_close_fd(&wires->take);
}

/* What the leader sends as verdict @number, in bytes. */
static size_t tap(struct wires *wires, int number, uint8_t *bytes, size_t size)
{
	struct eg_verdict verdict = { .go = 1 };
	struct eg_wire_buffer message;
	ssize_t length;

	(void)snprintf(verdict.line, sizeof(verdict.line), "efagate: verdict %d", number);
	eg_wire_put_verdict(&message, &verdict);
	assert_int_equal(eg_conn_send(&wires->leader, &message, eg_deadline_in(500)), 0);
	length = read(wires->take, bytes, size);
	assert_int_equal(length, message.length + EG_CONN_CODE_BYTES);
	return (size_t)length;
}

static int hear(struct wires *wires, struct eg_conn *conn, int to, const uint8_t *bytes,
		size_t length)
{
	int rc;

	(void)wires;
	assert_int_equal(write(to, bytes, length), length);
	rc = eg_conn_wait(conn, EG_WIRE_ANY, eg_deadline_in(500));
	eg_conn_next(conn);
	return rc;
}

static void nothing_can_be_put_in_between(void **state)
{
	uint8_t one[2048], two[2048];
	size_t length;
	struct wires wires;

	(void)state;
	/* As it was sent, one after the other. */
	open_wires(&wires);
	length = tap(&wires, 1, one, sizeof(one));
	assert_int_equal(hear(&wires, &wires.member, wires.put, one, length), 0);
	length = tap(&wires, 2, two, sizeof(two));
	assert_int_equal(hear(&wires, &wires.member, wires.put, two, length), 0);
	/* The second once more. */
	assert_int_equal(hear(&wires, &wires.member, wires.put, two, length), -EPROTO);
	close_wires(&wires);
	/* The first left out. */
	open_wires(&wires);
	(void)tap(&wires, 1, one, sizeof(one));
	length = tap(&wires, 2, two, sizeof(two));
	assert_int_equal(hear(&wires, &wires.member, wires.put, two, length), -EPROTO);
	close_wires(&wires);
	/* Its own words sent back to the leader. */
	open_wires(&wires);
	length = tap(&wires, 1, one, sizeof(one));
	assert_int_equal(hear(&wires, &wires.leader, wires.take, one, length), -EPROTO);
	close_wires(&wires);
}

static void no_byte_of_a_message_can_be_changed(void **state)
{
	uint8_t bytes[2048];
	size_t length = 0;

	(void)state;
	for (size_t i = EG_WIRE_HEADER; i == EG_WIRE_HEADER || i < length; i++) {
		struct wires wires;

		open_wires(&wires);
		length = tap(&wires, 1, bytes, sizeof(bytes));
		bytes[i] ^= 0x20;
		assert_int_equal(hear(&wires, &wires.member, wires.put, bytes, length), -EPROTO);
		close_wires(&wires);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_one_key_all_nodes_meet),
		cmocka_unit_test(a_node_with_another_key_is_not_met),
		cmocka_unit_test(a_recorded_hello_is_of_no_use),
		cmocka_unit_test(who_passes_a_hello_on_cannot_speak_for_its_node),
		cmocka_unit_test(nothing_can_be_put_in_between),
		cmocka_unit_test(no_byte_of_a_message_can_be_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
