/* SPDX-License-Identifier: BSD-3-Clause */
/* Leader and members as processes on the loopback, over a fabric that is only said. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/burst/alone.h"
#include "common/burst/leader.h"
#include "common/burst/meeting.h"
#include "common/burst/member.h"
#include "common/burst/plan.h"
#include "common/burst/session.h"
#include "common/burst/sweep.h"
#include "common/burst/wire_traffic.h"
#include "tests/unit/fabric_sim.h"
#include "tests/unit/test_seal.h"

#define NODES 4
#define ROUND_MS 400

static const char *const names[NODES] = { "127.0.0.1", "n2", "n3", "n4" };
static uint32_t own_uid = 2001;

/* How one node behaves, beside the fabric. */
enum habit { GOOD, DIES_IN_ROUND, SILENT_IN_ROUND, PROCESS_DIED, NO_OFFER };

static struct {
	int dead_node, dead_device; /* -1: none; device -1: all */
	enum habit habit[NODES];
} world;

static struct eg_session new_session(struct eg_auth *auth)
{
	static uint32_t job;

	if (!job)
		job = (uint32_t)getpid() << 8;
	*auth = test_seal_auth(&own_uid);
	memset(&world, 0, sizeof(world));
	world.dead_node = -1;
	return (struct eg_session){ .job = ++job,
				    .step = 1,
				    .uid = own_uid,
				    .nodes = names,
				    .count = NODES,
				    .port_first = 28000,
				    .port_count = 2000,
				    .meet_ms = 1000,
				    .meet_deadline_ms = eg_deadline_in(1000),
				    .deadline_ms = eg_deadline_in(5000),
				    .traffic = true,
				    .round_ms = ROUND_MS,
				    .tested = "burst",
				    .auth = auth };
}

static enum eg_rail_state state_of(const struct sim *sim, uint32_t node, uint8_t device,
				   uint32_t other, uint8_t peer, unsigned int stage)
{
	bool dead = (int)node == world.dead_node &&
		    (world.dead_device < 0 || device == world.dead_device);

	(void)sim;
	(void)stage;
	dead |= (int)other == world.dead_node &&
		(world.dead_device < 0 || peer == world.dead_device);
	return dead ? EG_RAIL_FAILED : EG_RAIL_OK;
}

static void run_round(void *context, const struct eg_round *round, struct eg_result *ret)
{
	struct sim sim = { .state = state_of };
	uint32_t node = *(uint32_t *)context;

	memset(ret, 0, sizeof(*ret));
	if (world.habit[node] == DIES_IN_ROUND)
		_exit(1);
	if (world.habit[node] == SILENT_IN_ROUND)
		eg_sleep_ms(3000, INT64_MAX);
	if (world.habit[node] == PROCESS_DIED)
		strcpy(ret->error, "the process for traffic ended: Aborted");
	else
		sim_answer(&sim, node, round, ret);
}

/* A node's part once it is connected: 0 with the verdict. */
static int take_part(const struct eg_session *session, uint32_t index, struct eg_conn *conn,
		     struct eg_verdict *ret)
{
	static struct eg_offer offer;
	struct eg_ready ready = { .outcome = EG_PASS, .devices = 2 };
	struct eg_member_traffic traffic = { .run = run_round, .context = &index };
	int rc = 0;

	sim_offer(world.habit[index] == NO_OFFER ? 0 : 2, &offer);
	rc = eg_member_offer(conn, &offer, session->deadline_ms);
	if (!rc)
		rc = eg_member_report(conn, &ready, session->deadline_ms);
	if (!rc)
		rc = eg_member_wait(conn, &traffic, session->deadline_ms, ret);
	eg_conn_done(conn);
	return rc;
}

/* Exit code: 10 + the findings about itself it was told, or the errno. */
static pid_t start_member(const struct eg_session *session, uint32_t index)
{
	struct eg_verdict verdict;
	struct eg_conn conn = { .fd = -1 };
	pid_t pid = fork();
	int rc;

	assert_true(pid >= 0);
	if (pid)
		return pid;
	(void)alarm(10);
	rc = eg_member_meet(session, index, &conn, NULL);
	if (!rc)
		rc = take_part(session, index, &conn, &verdict);
	_exit(rc ? -rc : 10 + verdict.finding_count);
}

static int end_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A whole session; @ends: the exit codes of members, 0 where it does not matter. */
static struct eg_verdict run(const struct eg_session *session, const int *ends)
{
	static struct eg_verdict verdict;
	pid_t members[NODES] = { 0 }, leader;
	struct eg_conn conn;
	int sockets[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	leader = fork();
	assert_true(leader >= 0);
	if (!leader) {
		(void)close(sockets[0]);
		_exit(eg_leader_run(session, sockets[1]) != 0);
	}
	(void)close(sockets[1]);
	for (uint32_t i = 1; i < session->count; i++)
		members[i] = start_member(session, i);
	eg_conn_init(&conn, sockets[0]);
	assert_int_equal(take_part(session, 0, &conn, &verdict), 0);
	assert_int_equal(end_of(leader), 0);
	for (uint32_t i = 1; i < session->count; i++) {
		int end = end_of(members[i]);

		if (ends[i])
			assert_int_equal(end, ends[i]);
	}
	return verdict;
}

static void good_traffic_goes_and_names_the_slowest(void **state)
{
	static const int ends[NODES] = { 0, 10, 10, 10 };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_verdict verdict = run(&session, ends);

	(void)state;
	assert_string_equal(verdict.line, "efagate: 4 nodes, 8 EFA devices verified (burst; "
					  "slowest n4 rdmap17s27 61.1 Gb/s)");
	assert_int_equal(verdict.go, 1);
}

static void a_dead_device_stops_all_and_its_node_is_told(void **state)
{
	static const int ends[NODES] = { 0, 10, 11, 10 };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_verdict verdict;

	(void)state;
	world.dead_node = 2;
	world.dead_device = 1;
	verdict = run(&session, ends);
	assert_int_equal(verdict.go, 0);
	assert_int_equal(verdict.finding_count, 0);
	assert_ptr_equal(strstr(verdict.line, "efagate: n3: EG403: EFA 0000:11:1b.0 (rdmap17s27) "
					      "unreachable: fails with "),
			 verdict.line);
	assert_non_null(strstr(verdict.line, "which are good with others: Unresponsive receiver; "
					     "no task started; try --exclude=n3"));
}

static void a_dead_node_of_two_is_proven_at_home(void **state)
{
	static const int ends[NODES] = { 0, 11 };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_verdict verdict;

	(void)state;
	session.count = 2;
	world.dead_node = 1;
	world.dead_device = -1;
	verdict = run(&session, ends);
	assert_string_equal(verdict.line, "efagate: n2: EG402: EFA unreachable: no device works "
					  "with 127.0.0.1 and on its own node: Unresponsive "
					  "receiver; no task started; try --exclude=n2");
}

static void who_dies_in_a_round_is_named(void **state)
{
	static const int ends[NODES] = { 0, 10, 1, 10 };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	int64_t start_ms = eg_now_ms();
	struct eg_verdict verdict;

	(void)state;
	world.habit[2] = DIES_IN_ROUND;
	verdict = run(&session, ends);
	assert_string_equal(verdict.line, "efagate: n3: EG408: its helper ended; no task started");
	assert_in_range(eg_now_ms() - start_ms, 0, 1000);
}

static void who_is_silent_in_a_round_is_named(void **state)
{
	static const int ends[NODES] = { 0, 10, 0, 10 };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_verdict verdict;

	(void)state;
	world.habit[2] = SILENT_IN_ROUND;
	verdict = run(&session, ends);
	assert_string_equal(verdict.line, "efagate: n3: EG902: no result of its traffic within "
					  "0.7 s; no task started");
}

static void a_process_that_aborts_is_unknown_not_bad(void **state)
{
	static const int ends[NODES] = { 0, 10, 10, 10 };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_verdict verdict;

	(void)state;
	world.habit[1] = PROCESS_DIED;
	verdict = run(&session, ends);
	assert_string_equal(verdict.line, "efagate: n2: EG901: the process for traffic ended: "
					  "Aborted; no task started");
	assert_int_equal(verdict.outcome, EG_UNKNOWN);
}

static void a_node_without_a_device_to_offer_is_unknown(void **state)
{
	static const int ends[NODES] = { 0, 10, 10, 10 };
	struct eg_auth auth;
	struct eg_session session = new_session(&auth);
	struct eg_verdict verdict;

	(void)state;
	world.habit[1] = NO_OFFER;
	verdict = run(&session, ends);
	assert_string_equal(verdict.line, "efagate: n2: EG901: no EFA device could be opened for "
					  "traffic; no task started");
	/* Among those who can, where the rest does not matter. */
	session = new_session(&auth);
	session.partial = true;
	world.habit[1] = NO_OFFER;
	world.dead_node = 3;
	world.dead_device = -1;
	verdict = run(&session, (const int[NODES]){ 0, 10, 10, 11 });
	assert_string_equal(verdict.line,
			    "efagate: 1 of 4 nodes bad, 1 unknown: n4 EG402: EFA unreachable: no "
			    "device works with 127.0.0.1, n3, which are good with others: "
			    "Unresponsive receiver; n2 EG901: no EFA device could be opened for "
			    "traffic; no task started; try --exclude=n4");
}

/* A leader of another build, or a false one: a member without traffic takes no round. */
static void a_round_nobody_wanted_ends_the_member(void **state)
{
	static struct eg_wire_buffer message;
	static struct eg_round round = { .number = 1, .depth = EG_DEPTH_FUNCTION };
	struct eg_verdict verdict;
	struct eg_conn conn;
	int sockets[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	eg_wire_put_round(&message, &round);
	assert_int_equal(write(sockets[0], message.data, message.length), message.length);
	eg_conn_init(&conn, sockets[1]);
	assert_int_equal(eg_member_wait(&conn, NULL, eg_deadline_in(1000), &verdict), -EPROTO);
	eg_conn_done(&conn);
	(void)close(sockets[0]);
}

/* What a member was told to do, and that it took its time. */
struct told {
	unsigned int rounds;
	uint32_t budget_ms; /* of the last */
	int64_t takes_ms;
};

static void note_round(void *context, const struct eg_round *round, struct eg_result *ret)
{
	struct told *told = context;

	told->rounds++;
	told->budget_ms = round->budget_ms;
	memset(ret, 0, sizeof(*ret));
	eg_sleep_ms(told->takes_ms, eg_deadline_in(told->takes_ms));
}

/* A leader that sends @count rounds at once, numbered from 1 in steps of @step. */
static int under_rounds(struct told *told, unsigned int count, unsigned int step, int64_t span_ms)
{
	static struct eg_wire_buffer message;
	static struct eg_round round;
	struct eg_member_traffic traffic = { .run = note_round, .context = told };
	struct eg_verdict verdict;
	struct eg_conn conn;
	int sockets[2], rc;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	for (unsigned int i = 0; i < count; i++) {
		round = (struct eg_round){ .number = (uint16_t)(1 + i * step),
					   .depth = EG_DEPTH_FUNCTION,
					   .budget_ms = 3600000 };
		eg_wire_put_round(&message, &round);
		assert_int_equal(write(sockets[0], message.data, message.length), message.length);
	}
	eg_conn_init(&conn, sockets[1]);
	rc = eg_member_wait(&conn, &traffic, eg_deadline_in(span_ms), &verdict);
	eg_conn_done(&conn);
	(void)close(sockets[0]);
	return rc;
}

static void a_leader_that_floods_rounds_does_not_hold_a_member(void **state)
{
	struct told told = { 0 };

	(void)state;
	/* More than a session has, one twice, and one before its time: nobody of ours. */
	assert_int_equal(under_rounds(&told, 50, 1, 1000), -EPROTO);
	assert_int_equal(told.rounds, EG_STAGES);
	told = (struct told){ 0 };
	assert_int_equal(under_rounds(&told, 50, 0, 1000), -EPROTO);
	assert_int_equal(told.rounds, 1);
	/* No round may last beyond the member's own deadline, whatever it says. */
	told = (struct told){ 0 };
	assert_int_equal(under_rounds(&told, 1, 1, 300), -ETIMEDOUT);
	assert_int_equal(told.rounds, 1);
	assert_in_range(told.budget_ms, 1, 300);
	/* Nor is a round begun behind it. */
	told = (struct told){ .takes_ms = 200 };
	assert_int_equal(under_rounds(&told, 3, 1, 100), -ETIMEDOUT);
	assert_int_equal(told.rounds, 1);
}

/* Rounds of one size, as many as a sweep has and one more, to a member that sweeps or not. */
static int under_sizes(struct told *told, bool sizes)
{
	static struct eg_wire_buffer message;
	static struct eg_round round;
	struct eg_member_traffic traffic = { .run = note_round, .context = told, .sizes = sizes };
	struct eg_verdict verdict;
	struct eg_conn conn;
	int sockets[2], rc;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	for (size_t place = 0; place <= EG_SWEEP_SIZES; place++) {
		round = (struct eg_round){ .partner_count = 0 };
		eg_sweep_round(place < EG_SWEEP_SIZES ? place : 0, &round);
		round.number = (uint16_t)(EG_STAGES + 1 + place);
		eg_wire_put_round(&message, &round);
		assert_int_equal(write(sockets[0], message.data, message.length), message.length);
	}
	eg_conn_init(&conn, sockets[1]);
	rc = eg_member_wait(&conn, &traffic, eg_deadline_in(1000), &verdict);
	eg_conn_done(&conn);
	(void)close(sockets[0]);
	return rc;
}

static void rounds_of_sizes_are_for_who_sweeps_and_have_an_end(void **state)
{
	struct told told = { 0 };

	(void)state;
	assert_int_equal(under_sizes(&told, false), -EPROTO);
	assert_int_equal(told.rounds, 0);
	assert_int_equal(under_sizes(&told, true), -EPROTO);
	assert_int_equal(told.rounds, EG_SWEEP_SIZES);
}

static void a_node_alone_runs_and_judges_itself(void **state)
{
	static struct eg_offer offer;
	uint32_t index = 0;
	struct eg_member_traffic traffic = { .run = run_round, .context = &index };
	struct eg_alone alone = {
		.node = "n1", .offer = &offer, .traffic = &traffic, .round_ms = ROUND_MS
	};
	struct eg_traffic_findings findings;
	struct eg_slowest slowest;
	struct eg_auth auth;

	(void)state;
	(void)new_session(&auth);
	sim_offer(4, &offer);
	assert_int_equal(eg_alone_run(&alone, &findings, NULL, &slowest), 0);
	assert_int_equal(findings.count, 0);
	assert_string_equal(slowest.device, "rdmap19s27");
	eg_traffic_findings_done(&findings);
	world.habit[0] = PROCESS_DIED;
	assert_int_equal(eg_alone_run(&alone, &findings, NULL, &slowest), 0);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.list[0].finding.id, "EG901");
	eg_traffic_findings_done(&findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_traffic_goes_and_names_the_slowest),
		cmocka_unit_test(a_dead_device_stops_all_and_its_node_is_told),
		cmocka_unit_test(a_dead_node_of_two_is_proven_at_home),
		cmocka_unit_test(who_dies_in_a_round_is_named),
		cmocka_unit_test(who_is_silent_in_a_round_is_named),
		cmocka_unit_test(a_process_that_aborts_is_unknown_not_bad),
		cmocka_unit_test(a_node_without_a_device_to_offer_is_unknown),
		cmocka_unit_test(a_round_nobody_wanted_ends_the_member),
		cmocka_unit_test(a_leader_that_floods_rounds_does_not_hold_a_member),
		cmocka_unit_test(rounds_of_sizes_are_for_who_sweeps_and_have_an_end),
		cmocka_unit_test(a_node_alone_runs_and_judges_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
