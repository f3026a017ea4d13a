/* SPDX-License-Identifier: BSD-3-Clause */
/* Leader and members as processes on the loopback, with everybody who may disturb them. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/burst/auth.h"
#include "common/burst/claim.h"
#include "common/burst/leader.h"
#include "common/burst/meeting.h"
#include "common/burst/member.h"
#include "common/burst/session.h"
#include "common/verdict/finding.h"
#include "tests/unit/test_seal.h"

#define MEET_MS 600
#define NODES 4

static const char *const names[NODES] = { "127.0.0.1", "n2", "n3", "n4" };
static const char *const others[NODES] = { "127.0.0.1", "x2", "x3", "x4" };
static uint32_t own_uid = 2001;
static uint32_t false_uid = 2002;
static int64_t slow_ms[NODES]; /* from being met to being ready */

static struct eg_ready good_ready(void)
{
	return (struct eg_ready){ .outcome = EG_PASS, .devices = 4 };
}

static struct eg_ready bad_ready(void)
{
	struct eg_ready ready = { .outcome = EG_FAIL, .devices = 3, .finding_count = 1 };

	ready.findings[0] =
		(struct eg_wire_finding){ .id = "EG102",
					  .outcome = EG_FAIL,
					  .blame = EG_BLAME_NODE,
					  .text = "3/4 EFA on PCI, missing 0000:90:1b.0" };
	return ready;
}

/* A session of its own ports: job numbers are not used twice. */
static struct eg_session new_session(struct eg_auth *auth)
{
	static uint32_t job;

	if (!job)
		job = (uint32_t)getpid() << 8;
	*auth = test_seal_auth(&own_uid);
	return (struct eg_session){ .job = ++job,
				    .step = 1,
				    .uid = own_uid,
				    .nodes = names,
				    .count = NODES,
				    .port_first = 26000,
				    .port_count = 2000,
				    .meet_ms = MEET_MS,
				    .meet_deadline_ms = eg_deadline_in(MEET_MS),
				    .deadline_ms = eg_deadline_in(2 * MEET_MS),
				    .tested = "check",
				    .auth = auth };
}

/* The leader as a process; the result is our own end of its socket pair. */
static int start_leader(const struct eg_session *session, pid_t *ret_pid)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		(void)close(ends[0]);
		_exit(eg_leader_run(session, ends[1]) != 0);
	}
	(void)close(ends[1]);
	if (ret_pid)
		*ret_pid = pid;
	return ends[0];
}

/* A member as a process: exit 10 + go after a verdict, the errno of what failed without one. */
static pid_t start_member(const struct eg_session *session, uint32_t index,
			  const struct eg_ready *ready)
{
	struct eg_verdict verdict;
	struct eg_conn conn = { .fd = -1 };
	pid_t pid = fork();
	int rc;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	rc = eg_member_meet(session, index, &conn, NULL);
	eg_sleep_ms(slow_ms[index], INT64_MAX);
	/* Without a READY: a helper that dies. */
	if (!rc && !ready)
		_exit(1);
	if (!rc)
		rc = eg_member_report(&conn, ready, session->deadline_ms);
	if (!rc)
		rc = eg_member_wait(&conn, NULL, session->deadline_ms, &verdict);
	_exit(rc ? -rc : 10 + verdict.go);
}

static int end_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* The part beside the leader, in this process. */
static int own_part(const struct eg_session *session, int fd, const struct eg_ready *ready,
		    struct eg_verdict *ret)
{
	struct eg_conn conn;
	int rc;

	eg_conn_init(&conn, fd);
	rc = eg_member_report(&conn, ready, session->deadline_ms);
	/* A leader that could not lead has said why before it went. */
	if (!rc || rc == -EPIPE)
		rc = eg_member_wait(&conn, NULL, session->deadline_ms, ret);
	eg_conn_done(&conn);
	return rc;
}

/* Run a whole session; ready[i] NULL: that node stays away. The line is compared, all get @go. */
static void run(const struct eg_session *session, struct eg_ready *const *ready, int go,
		const char *line)
{
	struct eg_verdict verdict = { 0 };
	pid_t members[NODES] = { 0 };
	pid_t leader;
	int fd = start_leader(session, &leader);

	for (uint32_t i = 1; i < session->count; i++) {
		if (ready[i])
			members[i] = start_member(session, i, ready[i]);
	}
	assert_int_equal(own_part(session, fd, ready[0], &verdict), 0);
	assert_string_equal(verdict.line, line);
	assert_int_equal(verdict.go, go);
	for (uint32_t i = 1; i < session->count; i++) {
		if (members[i])
			assert_int_equal(end_of(members[i]), 10 + go);
	}
	assert_int_equal(end_of(leader), 0);
}

static void all_good_goes_at_once(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_ready *ready[NODES] = { &good, &good, &good, &good };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	int64_t start_ms = eg_now_ms();

	(void)state;
	run(&session, ready, 1, "efagate: 4 nodes, 16 EFA devices verified (check)");
	assert_in_range(eg_now_ms() - start_ms, 0, MEET_MS / 2);
}

static void one_bad_node_stops_all(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_ready bad = bad_ready();
	struct eg_ready *ready[NODES] = { &good, &good, &bad, &good };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);

	(void)state;
	run(&session, ready, 0,
	    "efagate: n3: EG102: 3/4 EFA on PCI, missing 0000:90:1b.0; no task started; "
	    "try --exclude=n3");
}

static void an_absent_node_is_named(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_ready *ready[NODES] = { &good, &good, NULL, &good };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);

	(void)state;
	run(&session, ready, 0, "efagate: n3: EG408: not met within 0.6 s; no task started");
	session = new_session(&auth);
	session.start_anyway = true;
	run(&session, ready, 1,
	    "efagate: n3: EG408: not met within 0.6 s; tasks started all the same");
}

/* Beyond the time to meet, as long as nobody is missing. */
static void who_was_met_is_waited_for(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_ready *ready[NODES] = { &good, &good, &good, &good };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);

	(void)state;
	session.ready_deadline_ms = session.meet_deadline_ms + MEET_MS * 2;
	session.deadline_ms = session.ready_deadline_ms + MEET_MS;
	slow_ms[2] = MEET_MS * 2;
	run(&session, ready, 1, "efagate: 4 nodes, 16 EFA devices verified (check)");
	slow_ms[2] = 0;
}

static void who_was_met_is_not_waited_for_when_another_is_missing(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_ready *ready[NODES] = { &good, &good, &good, NULL };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	int64_t start_ms = eg_now_ms();

	(void)state;
	session.ready_deadline_ms = session.meet_deadline_ms + MEET_MS * 10;
	session.deadline_ms = session.ready_deadline_ms + MEET_MS;
	run(&session, ready, 0, "efagate: n4: EG408: not met within 0.6 s; no task started");
	assert_in_range(eg_now_ms() - start_ms, MEET_MS - 50, MEET_MS * 8);
}

static void nobody_who_comes_is_the_network(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_ready *ready[NODES] = { &good };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	uint16_t ports[EG_MEETING_PORTS];
	char line[256];

	(void)state;
	(void)eg_meeting_ports(&session, ports);
	(void)snprintf(line, sizeof(line),
		       "efagate: EG410: none of 3 nodes reached 127.0.0.1 on TCP port %u within "
		       "0.6 s: firewall, or the security group must allow TCP ports 26000-27999 "
		       "from itself; no task started",
		       ports[0]);
	run(&session, ready, 0, line);
}

/* TCP works, so it is no firewall: as where munge hangs on the nodes. */
static void nobody_who_proves_himself_is_not_the_network(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_meeting_addresses addresses;
	struct eg_verdict verdict = { 0 };
	uint16_t ports[EG_MEETING_PORTS];
	char line[256];
	int fd = start_leader(&session, NULL), silent;

	(void)state;
	(void)eg_meeting_ports(&session, ports);
	assert_int_equal(eg_meeting_resolve(names[0], &addresses, NULL), 0);
	eg_sleep_ms(100, INT64_MAX);
	silent = eg_meeting_connect(&addresses, 0, ports[0]);
	assert_true(silent >= 0);
	assert_int_equal(own_part(&session, fd, &good, &verdict), 0);
	(void)snprintf(line, sizeof(line),
		       "efagate: EG408: none of 3 nodes proved itself to 127.0.0.1 within 0.6 s, "
		       "though its TCP port %u was reached: munge does not answer there, or keys "
		       "differ; no task started",
		       ports[0]);
	assert_string_equal(verdict.line, line);
	assert_int_equal(verdict.outcome, EG_UNKNOWN);
	(void)close(silent);
}

static int no_munged(void *context, const struct eg_credential *credential,
		     struct eg_auth_payload *ret, struct eg_err *err)
{
	(void)context;
	(void)credential;
	(void)ret;
	return eg_err_set(err, EIO, "munge: Socket communication error");
}

static void a_leader_that_can_check_nobody_says_so_of_itself(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_ready *ready[NODES] = { &good };
	struct eg_auth auth, blind;
	struct eg_session session = new_session(&auth), leads = session;
	pid_t member;

	(void)state;
	blind = auth;
	blind.unseal = no_munged;
	leads.auth = &blind;
	member = start_member(&session, 1, &good);
	run(&leads, ready, 0,
	    "efagate: 127.0.0.1: EG901: no node's credential could be checked: munge does not "
	    "answer; no task started");
	assert_int_equal(end_of(member), ETIMEDOUT);
}

/* n2, n3 as @third, n4 and the own node; what the leader says then. */
static void run_beside(const struct eg_session *session, pid_t third, int fd, const char *line)
{
	struct eg_ready good = good_ready();
	struct eg_verdict verdict = { 0 };
	pid_t second = start_member(session, 1, &good);
	pid_t fourth = start_member(session, 3, &good);

	assert_int_equal(own_part(session, fd, &good, &verdict), 0);
	assert_string_equal(verdict.line, line);
	assert_int_equal(end_of(second), 10 + verdict.go);
	assert_int_equal(end_of(fourth), 10 + verdict.go);
	(void)end_of(third);
}

static void a_member_that_dies_ends_the_wait(void **state)
{
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	int64_t start_ms = eg_now_ms();
	int fd = start_leader(&session, NULL);

	(void)state;
	run_beside(&session, start_member(&session, 2, NULL), fd,
		   "efagate: n3: EG408: its helper ended; no task started");
	assert_in_range(eg_now_ms() - start_ms, 0, MEET_MS / 2);
}

static void a_member_that_lies_is_not_taken_in(void **state)
{
	struct eg_auth auth, false_auth = test_seal_auth(&false_uid);
	struct eg_session session = new_session(&auth);
	struct eg_session liar = session;
	struct eg_ready good = good_ready();
	int fd = start_leader(&session, NULL);
	pid_t third;

	(void)state;
	/* Another name at that index: a wrong index. */
	liar.nodes = others;
	third = start_member(&liar, 2, &good);
	run_beside(&session, third, fd,
		   "efagate: n3: EG408: not met within 0.6 s; no task started");
	/* Another user. */
	session = new_session(&auth);
	liar = session;
	liar.auth = &false_auth;
	fd = start_leader(&session, NULL);
	third = start_member(&liar, 2, &good);
	run_beside(&session, third, fd,
		   "efagate: n3: EG408: not met within 0.6 s; no task started");
}

enum stranger { GARBAGE, FLOOD, SLOW, SILENT };

static void disturb(const struct eg_meeting_addresses *addresses, uint16_t port, enum stranger how)
{
	static const uint8_t slow[] = { 'E', 'G', 'W', 'S', 1, 0, 1, 0, 0, 8, 0, 0 };
	char garbage[4096];
	int fd = eg_meeting_connect(addresses, 0, port);

	if (fd < 0)
		return;
	memset(garbage, 'x', sizeof(garbage));
	if (how == GARBAGE)
		(void)eg_fd_write_until(fd, garbage, sizeof(garbage), eg_deadline_in(20));
	for (size_t i = 0; how == SLOW && i < sizeof(slow); i++) {
		(void)eg_fd_write_until(fd, slow + i, 1, eg_deadline_in(20));
		eg_sleep_ms(10, INT64_MAX);
	}
	/* A flood keeps its connections. */
	if (how == GARBAGE)
		(void)close(fd);
}

static pid_t start_stranger(const struct eg_session *session, enum stranger how)
{
	struct eg_meeting_addresses addresses;
	uint16_t ports[EG_MEETING_PORTS];
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	/* Does not outlive a failed test. */
	(void)alarm(10);
	(void)eg_meeting_resolve(names[0], &addresses, NULL);
	(void)eg_meeting_ports(session, ports);
	for (int i = 0; i < (how == FLOOD ? 800 : 20); i++)
		disturb(&addresses, ports[0], how);
	(void)pause();
	_exit(0);
}

static void strangers_do_not_hold_the_session(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_auth auth;

	(void)state;
	for (int how = GARBAGE; how <= SILENT; how++) {
		struct eg_session session = new_session(&auth);
		struct eg_verdict verdict = { 0 };
		int fd = start_leader(&session, NULL);
		pid_t stranger = start_stranger(&session, (enum stranger)how);
		pid_t members[NODES];

		eg_sleep_ms(50, INT64_MAX);
		for (uint32_t i = 1; i < NODES; i++)
			members[i] = start_member(&session, i, &good);
		assert_int_equal(own_part(&session, fd, &good, &verdict), 0);
		assert_string_equal(verdict.line,
				    "efagate: 4 nodes, 16 EFA devices verified (check)");
		for (uint32_t i = 1; i < NODES; i++)
			assert_int_equal(end_of(members[i]), 11);
		assert_int_equal(kill(stranger, SIGKILL), 0);
		(void)end_of(stranger);
	}
}

/* Sits on the first candidate; as another user it can answer, but not be believed. */
static void a_false_leader_is_passed_by(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_ready *ready[NODES] = { &good, &good, &good, &good };
	struct eg_auth auth, false_auth = test_seal_auth(&false_uid);
	struct eg_session session = new_session(&auth);
	struct eg_session liar = session;
	uint16_t port;
	int silent;
	int fd;

	(void)state;
	liar.auth = &false_auth;
	liar.uid = own_uid;
	fd = start_leader(&liar, NULL);
	eg_sleep_ms(50, INT64_MAX);
	run(&session, ready, 1, "efagate: 4 nodes, 16 EFA devices verified (check)");
	(void)close(fd);
	session = new_session(&auth);
	silent = eg_meeting_listen(&session, &port, NULL);
	assert_true(silent >= 0);
	run(&session, ready, 1, "efagate: 4 nodes, 16 EFA devices verified (check)");
	(void)close(silent);
}

static void without_a_leader_there_is_no_go(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_verdict verdict;
	pid_t leader;
	pid_t member = start_member(&session, 1, &good);
	int fd;

	(void)state;
	assert_int_equal(end_of(member), ETIMEDOUT);
	assert_true(eg_member_leader_answers(&session));
	session = new_session(&auth);
	fd = start_leader(&session, &leader);
	member = start_member(&session, 1, &good);
	eg_sleep_ms(150, INT64_MAX);
	assert_int_equal(kill(leader, SIGKILL), 0);
	assert_int_equal(end_of(leader), -SIGKILL);
	assert_int_equal(end_of(member), ECONNRESET);
	assert_true(own_part(&session, fd, &good, &verdict) < 0);
}

static void no_free_port_is_said(void **state)
{
	struct eg_ready good = good_ready();
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_verdict verdict = { 0 };
	uint16_t port;
	int taken;
	int fd;

	(void)state;
	session.port_first = (uint16_t)(26000 + session.job % 2000);
	session.port_count = 1;
	taken = eg_meeting_listen(&session, &port, NULL);
	assert_true(taken >= 0);
	fd = start_leader(&session, NULL);
	assert_int_equal(own_part(&session, fd, &good, &verdict), 0);
	assert_int_equal(verdict.go, 0);
	assert_non_null(strstr(verdict.line, "127.0.0.1: EG901: no free TCP port"));
	(void)close(taken);
}

/* A whole session whose leader may have so many files; the line of it. */
static void run_with_files(rlim_t soft, rlim_t hard, const char *line)
{
	const struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };
	struct eg_ready good = good_ready();
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_verdict verdict = { 0 };
	pid_t members[NODES], leader;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	leader = fork();
	if (!leader) {
		(void)close(ends[0]);
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
			_exit(99);
		_exit(eg_leader_run(&session, ends[1]) != 0);
	}
	(void)close(ends[1]);
	for (uint32_t i = 1; i < NODES; i++)
		members[i] = start_member(&session, i, &good);
	assert_int_equal(own_part(&session, ends[0], &good, &verdict), 0);
	assert_string_equal(verdict.line, line);
	for (uint32_t i = 1; i < NODES; i++)
		(void)end_of(members[i]);
	(void)end_of(leader);
}

static void the_limit_of_files_is_raised_or_named(void **state)
{
	(void)state;
	run_with_files(40, 292, "efagate: 4 nodes, 16 EFA devices verified (check)");
	run_with_files(40, 291,
		       "efagate: 127.0.0.1: EG901: limit of open files 291, needed 292; no task "
		       "started");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_good_goes_at_once),
		cmocka_unit_test(one_bad_node_stops_all),
		cmocka_unit_test(an_absent_node_is_named),
		cmocka_unit_test(who_was_met_is_waited_for),
		cmocka_unit_test(who_was_met_is_not_waited_for_when_another_is_missing),
		cmocka_unit_test(nobody_who_comes_is_the_network),
		cmocka_unit_test(nobody_who_proves_himself_is_not_the_network),
		cmocka_unit_test(a_leader_that_can_check_nobody_says_so_of_itself),
		cmocka_unit_test(a_member_that_dies_ends_the_wait),
		cmocka_unit_test(a_member_that_lies_is_not_taken_in),
		cmocka_unit_test(strangers_do_not_hold_the_session),
		cmocka_unit_test(a_false_leader_is_passed_by),
		cmocka_unit_test(without_a_leader_there_is_no_go),
		cmocka_unit_test(no_free_port_is_said),
		cmocka_unit_test(the_limit_of_files_is_raised_or_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
