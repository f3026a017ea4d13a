/* SPDX-License-Identifier: BSD-3-Clause */
/* Two nodes by hand as processes, and whom they turn away. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/burst/auth.h"
#include "common/burst/claim.h"
#include "common/burst/hand.h"
#include "common/burst/leader.h"
#include "common/burst/meeting.h"
#include "common/burst/member.h"
#include "common/burst/session.h"
#include "common/verdict/finding.h"
#include "tests/unit/hand_side.h"

static uint32_t false_uid = 2002;

/* The leader and its own node as processes; what it said ends up in @talk. */
static pid_t start_listener(struct side *side, int *ret_fd)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		(void)alarm(10);
		(void)close(ends[0]);
		_exit(eg_leader_run(&side->session, ends[1]) != 0);
	}
	(void)close(ends[1]);
	*ret_fd = ends[0];
	return pid;
}

/* This node says that it is good, then the verdict. */
static void hear(const struct side *side, int fd, struct eg_verdict *ret)
{
	struct eg_ready ready = { .outcome = EG_PASS, .devices = 4 };
	struct eg_conn conn;

	eg_conn_init(&conn, fd);
	assert_int_equal(eg_member_report(&conn, &ready, side->session.deadline_ms), 0);
	assert_int_equal(eg_member_wait(&conn, NULL, side->session.deadline_ms, ret), 0);
	eg_conn_done(&conn);
}

/* PORT in @text stands for the port of the session. */
static void expect_talk(struct side *side, const char *text)
{
	const char *port = strstr(text, "PORT");
	char wanted[512], got[512] = "";
	size_t length = 0;

	if (port)
		(void)snprintf(wanted, sizeof(wanted), "%.*s%u%s", (int)(port - text), text,
			       side->session.port_first, port + 4);
	else
		(void)snprintf(wanted, sizeof(wanted), "%s", text);
	(void)eg_fd_read_until(side->talk[0], got, strlen(wanted), eg_deadline_in(50), &length);
	got[length] = '\0';
	assert_string_equal(got, wanted);
}

/* A partner as a process: 0 when it had a verdict, else the errno; the text on @talk. */
static pid_t start_partner(struct side *side, const struct eg_ready *ready)
{
	struct eg_conn conn = { .fd = -1 };
	struct eg_err err = { .text = "" };
	struct eg_verdict verdict;
	pid_t pid = fork();
	int rc;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	(void)alarm(10);
	rc = eg_member_meet(&side->session, 1, &conn, &err);
	say(side, rc ? err.text : side->names[0]);
	if (!rc && !ready)
		(void)pause();
	if (!rc)
		rc = eg_member_report(&conn, ready, side->session.deadline_ms);
	if (!rc)
		rc = eg_member_wait(&conn, NULL, side->session.deadline_ms, &verdict);
	_exit(-rc);
}

static int end_of(pid_t pid)
{
	int status = 0;

	assert_true(waitpid(pid, &status, 0) > 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void expect_findings(const struct eg_verdict *verdict, const char *wanted)
{
	char got[1024] = "";
	size_t length = 0;

	for (uint16_t i = 0; i < verdict->finding_count; i++)
		length += (size_t)snprintf(got + length, sizeof(got) - length, "%s %s|",
					   verdict->findings[i].id, verdict->findings[i].text);
	assert_string_equal(got, wanted);
}

static void two_meet_and_learn_their_names(void **state)
{
	struct eg_ready bad = {
		.outcome = EG_UNKNOWN,
		.finding_count = 1,
		.findings = { { .id = "EG901", .outcome = EG_UNKNOWN, .text = "something" } }
	};
	struct side leader, member;
	struct eg_verdict verdict;
	pid_t pid, partner;
	int fd;

	(void)state;
	new_side(&leader, 0, "first", &own_uid);
	new_side(&member, 1, "second", &own_uid);
	/* Whoever comes too early tries again. */
	partner = start_partner(&member, &bad);
	eg_sleep_ms(50, INT64_MAX);
	pid = start_listener(&leader, &fd);
	hear(&leader, fd, &verdict);
	assert_int_equal(end_of(partner), 0);
	assert_int_equal(end_of(pid), 0);
	expect_talk(&leader, "listening on TCP port PORT ...\nmet second (127.0.0.1)\n");
	expect_talk(&member, "first\n");
	expect_findings(&verdict, "EG901 second: something|");
	assert_string_equal(verdict.findings[0].subject, "second");
	end_side(&leader);
	end_side(&member);
}

static void another_user_is_refused_and_both_are_told(void **state)
{
	struct side leader, member;
	struct eg_verdict verdict;
	pid_t pid, partner;
	char wanted[256];
	int fd;

	(void)state;
	new_side(&leader, 0, "first", &own_uid);
	new_side(&member, 1, "second", &false_uid);
	pid = start_listener(&leader, &fd);
	partner = start_partner(&member, NULL);
	hear(&leader, fd, &verdict);
	assert_int_equal(end_of(partner), EACCES);
	assert_int_equal(end_of(pid), 0);
	expect_talk(&member, "127.0.0.1 is used by uid 2001 and refuses uid 2002: the partner must "
			     "be of the same user or root\n");
	expect_talk(&leader,
		    "listening on TCP port PORT ...\nrefused 127.0.0.1: uid 2002, this is uid "
		    "2001\n");
	(void)snprintf(wanted, sizeof(wanted),
		       "EG408 no partner came to TCP port %u within 1 s; refused 127.0.0.1: uid "
		       "2002, this is uid 2001|",
		       leader.session.port_first);
	expect_findings(&verdict, wanted);
	end_side(&leader);
	end_side(&member);
}

/* The leader takes root, who does not take a leader of a user. */
static void root_does_not_believe_a_user(void **state)
{
	uint32_t root = 0;
	struct side leader, member;
	struct eg_verdict verdict;
	pid_t pid, partner;
	int fd;

	(void)state;
	new_side(&leader, 0, "first", &own_uid);
	new_side(&member, 1, "second", &root);
	pid = start_listener(&leader, &fd);
	partner = start_partner(&member, NULL);
	hear(&leader, fd, &verdict);
	assert_int_equal(end_of(partner), EACCES);
	assert_int_equal(end_of(pid), 0);
	expect_talk(&member, "127.0.0.1 is used by uid 2001, this is uid 0: the partner must be of "
			     "the same user or root\n");
	expect_findings(&verdict, "EG408 second: left before the verdict|");
	end_side(&leader);
	end_side(&member);
}

static void who_meets_and_then_is_silent_does_not_hold_the_listener(void **state)
{
	struct side leader, member;
	int64_t start_ms = eg_now_ms();
	struct eg_verdict verdict;
	pid_t pid, partner;
	int fd;

	(void)state;
	new_side(&leader, 0, "first", &own_uid);
	leader.session.meet_deadline_ms = eg_deadline_in(60000);
	leader.session.deadline_ms = eg_deadline_in(61000);
	new_side(&member, 1, "second", &own_uid);
	pid = start_listener(&leader, &fd);
	partner = start_partner(&member, NULL);
	hear(&leader, fd, &verdict);
	assert_in_range(eg_now_ms() - start_ms, READY_MS, 5 * READY_MS);
	expect_findings(&verdict, "EG408 second: met, then not heard for 0.3 s|");
	assert_int_equal(kill(partner, SIGKILL), 0);
	(void)end_of(partner);
	assert_int_equal(end_of(pid), 0);
	end_side(&leader);
	end_side(&member);
}

/* Send @size bytes of @data to the leader; what comes back. */
static int answer_to(const struct side *side, const void *data, size_t size, struct eg_refusal *ret)
{
	struct eg_meeting_addresses addresses;
	struct eg_conn conn;
	int rc, fd;

	assert_int_equal(eg_meeting_resolve("127.0.0.1", &addresses, NULL), 0);
	do {
		eg_sleep_ms(20, INT64_MAX);
		fd = eg_meeting_connect(&addresses, 0, side->session.port_first);
		assert_true(fd >= 0);
		rc = eg_fd_write_until(fd, data, size, eg_deadline_in(200));
		if (rc)
			(void)close(fd);
	} while (rc && eg_deadline_left(side->session.meet_deadline_ms));
	eg_conn_init(&conn, fd);
	rc = eg_conn_wait(&conn, EG_WIRE_REFUSAL, eg_deadline_in(500));
	if (!rc)
		rc = eg_wire_get_refusal(conn.body, conn.frame.length, ret);
	eg_conn_done(&conn);
	return rc;
}

static void strangers_are_told_why(void **state)
{
	struct side leader, member;
	struct eg_wire_buffer hello;
	struct eg_wire_claim claim;
	struct eg_verdict verdict;
	struct eg_refusal refusal;
	uint32_t nobody = 2001;
	struct eg_auth none;
	pid_t pid;
	int fd;

	(void)state;
	new_side(&leader, 0, "first", &own_uid);
	new_side(&member, 1, "second", &own_uid);
	pid = start_listener(&leader, &fd);
	eg_claim_init(&claim, &member.session, EG_WIRE_HELLO, 1, leader.session.port_first);
	assert_int_equal(eg_claim_seal(&member.session, &claim, &hello, NULL), 0);
	if (!fork()) {
		(void)alarm(10);
		hello.data[4] = EG_WIRE_VERSION + 1;
		if (answer_to(&leader, hello.data, hello.length, &refusal) ||
		    refusal.reason != EG_REFUSAL_VERSION)
			_exit(1);
		hello.data[0] = 'x';
		if (answer_to(&leader, hello.data, hello.length, &refusal) ||
		    refusal.reason != EG_REFUSAL_VERSION)
			_exit(2);
		eg_auth_none_open(&nobody, &none);
		member.session.auth = &none;
		(void)eg_claim_seal(&member.session, &claim, &hello, NULL);
		if (answer_to(&leader, hello.data, hello.length, &refusal) ||
		    refusal.reason != EG_REFUSAL_CREDENTIAL)
			_exit(3);
		_exit(0);
	}
	hear(&leader, fd, &verdict);
	assert_int_equal(end_of(pid), 0);
	assert_int_equal(end_of(-1), 0);
	end_side(&leader);
	end_side(&member);
}

/* What was recorded of a partner is sent once more. */
static void a_replayed_hello_gets_no_seat(void **state)
{
	struct side leader, member;
	struct eg_wire_buffer hello;
	struct eg_meeting_addresses addresses;
	struct eg_wire_claim claim;
	struct eg_refusal refusal = { 0 };
	struct eg_conn conn;
	struct eg_verdict verdict;
	pid_t pid;
	int fd, first;

	(void)state;
	new_side(&leader, 0, "first", &own_uid);
	new_side(&member, 1, "second", &own_uid);
	pid = start_listener(&leader, &fd);
	eg_claim_init(&claim, &member.session, EG_WIRE_HELLO, 1, leader.session.port_first);
	assert_int_equal(eg_claim_seal(&member.session, &claim, &hello, NULL), 0);
	if (!fork()) {
		(void)alarm(10);
		eg_sleep_ms(50, INT64_MAX);
		(void)eg_meeting_resolve("127.0.0.1", &addresses, NULL);
		first = eg_meeting_connect(&addresses, 0, leader.session.port_first);
		(void)eg_fd_write_until(first, hello.data, hello.length, eg_deadline_in(200));
		eg_conn_init(&conn, first);
		if (eg_conn_wait(&conn, EG_WIRE_WELCOME, eg_deadline_in(500)))
			_exit(1);
		if (answer_to(&leader, hello.data, hello.length, &refusal))
			_exit(2);
		_exit(refusal.reason == EG_REFUSAL_TAKEN ? 0 : 3);
	}
	hear(&leader, fd, &verdict);
	assert_int_equal(end_of(pid), 0);
	assert_int_equal(end_of(-1), 0);
	end_side(&leader);
	end_side(&member);
}

/* Somebody who listens there and answers with @data. */
static pid_t start_false_leader(const struct side *side, const void *data, size_t size)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	uint16_t port;
	int listener = eg_meeting_listen(&side->session, &port, NULL);
	int fd;
	pid_t pid;

	assert_true(listener >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid) {
		(void)close(listener);
		return pid;
	}
	(void)alarm(3);
	(void)eg_fd_set_nonblock(listener, 0);
	fd = accept(listener, (struct sockaddr *)&from, &length);
	(void)eg_fd_write_until(fd, data, size, eg_deadline_in(200));
	(void)pause();
	_exit(0);
}

static void who_answers_and_is_no_leader_ends_the_search(void **state)
{
	static const uint8_t other[EG_WIRE_HEADER] = { 'E', 'G', 'W', 'S', 9, 0, 2, 0, 4 };
	static const struct {
		const void *data;
		size_t size;
		int error;
		const char *talk;
	} cases[] = {
		{ other, sizeof(other), EPROTO,
		  "127.0.0.1 has protocol version 9, this is version 4\n" },
		{ "HTTP/1.1 400 Bad\r\n", 18, EPROTO,
		  "what answers at 127.0.0.1 is not efagate\n" },
		{ "", 0, ETIMEDOUT,
		  "no partner met at 127.0.0.1, TCP port PORT, within 1 s: connected, no answer\n" },
	};

	(void)state;
	for (size_t i = 0; i < EG_COUNT(cases); i++) {
		struct side leader, member;
		pid_t pid;

		new_side(&leader, 0, "first", &own_uid);
		new_side(&member, 1, "second", &own_uid);
		pid = start_false_leader(&leader, cases[i].data, cases[i].size);
		assert_int_equal(end_of(start_partner(&member, NULL)), cases[i].error);
		expect_talk(&member, cases[i].talk);
		assert_int_equal(kill(pid, SIGKILL), 0);
		(void)end_of(pid);
		end_side(&leader);
		end_side(&member);
	}
}

static void a_port_that_is_taken_is_named(void **state)
{
	struct eg_verdict verdict;
	struct side leader;
	char wanted[128];
	uint16_t port;
	int taken, fd;
	pid_t pid;

	(void)state;
	new_side(&leader, 0, "first", &own_uid);
	taken = eg_meeting_listen(&leader.session, &port, NULL);
	assert_true(taken >= 0);
	pid = start_listener(&leader, &fd);
	hear(&leader, fd, &verdict);
	(void)snprintf(wanted, sizeof(wanted), "EG901 TCP port %u: Address already in use|", port);
	expect_findings(&verdict, wanted);
	(void)end_of(pid);
	(void)close(taken);
	end_side(&leader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_meet_and_learn_their_names),
		cmocka_unit_test(another_user_is_refused_and_both_are_told),
		cmocka_unit_test(root_does_not_believe_a_user),
		cmocka_unit_test(who_meets_and_then_is_silent_does_not_hold_the_listener),
		cmocka_unit_test(strangers_are_told_why),
		cmocka_unit_test(a_replayed_hello_gets_no_seat),
		cmocka_unit_test(who_answers_and_is_no_leader_ends_the_search),
		cmocka_unit_test(a_port_that_is_taken_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
