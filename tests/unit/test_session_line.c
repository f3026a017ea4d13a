/* SPDX-License-Identifier: BSD-3-Clause */
/* The one line a session ends with: always one, always within its bound. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "common/burst/session.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"

#define MANY 200

static const char *names[MANY];
static struct eg_seat seats[MANY];
static char texts[MANY][24];

static struct eg_session session_of(uint32_t count, const char *name_format)
{
	memset(seats, 0, sizeof(seats));
	for (unsigned int i = 0; i < MANY; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%s%u", name_format, i + 1);
		names[i] = texts[i];
		seats[i].state = EG_SEAT_READY;
		seats[i].ready.devices = 4;
	}
	return (struct eg_session){
		.nodes = names, .count = count, .meet_ms = 2000, .tested = "check"
	};
}

static void blame_on(uint32_t index, enum eg_outcome outcome, enum eg_blame blame, const char *id,
		     const char *text)
{
	struct eg_ready *ready = &seats[index].ready;
	struct eg_wire_finding *finding = &ready->findings[ready->finding_count++];

	finding->outcome = (uint8_t)outcome;
	finding->blame = (uint8_t)blame;
	(void)snprintf(finding->id, sizeof(finding->id), "%s", id);
	(void)snprintf(finding->text, sizeof(finding->text), "%s", text);
	ready->warnings += outcome == EG_WARN;
	if (ready->outcome < outcome)
		ready->outcome = (uint8_t)outcome;
}

static void find_on(uint32_t index, enum eg_outcome outcome, const char *id, const char *text)
{
	blame_on(index, outcome, EG_BLAME_DEVICE, id, text);
}

static void expect(const struct eg_session *session, int go, enum eg_outcome outcome,
		   const char *line)
{
	struct eg_verdict verdict;

	eg_session_decide(session, seats, &(struct eg_session_end){ .port = 21000 }, &verdict);
	assert_string_equal(verdict.line, line);
	assert_int_equal(verdict.go, go);
	assert_int_equal(verdict.outcome, outcome);
}

static void good_sessions(void **state)
{
	struct eg_session session = session_of(1, "n");

	(void)state;
	seats[0].ready.devices = 1;
	expect(&session, 1, EG_PASS, "efagate: 1 node, 1 EFA device verified (check)");
	session = session_of(4, "n");
	find_on(1, EG_WARN, "EG203", "memlock 64 KiB");
	expect(&session, 1, EG_WARN,
	       "efagate: 4 nodes, 16 EFA devices verified (check), 1 warning: n2 EG203 memlock 64 KiB");
	/* The job's own limit is the same everywhere. */
	find_on(0, EG_WARN, "EG203", "memlock 64 KiB");
	expect(&session, 1, EG_WARN,
	       "efagate: 4 nodes, 16 EFA devices verified (check), 2 warnings: n1 and 1 more EG203 "
	       "memlock 64 KiB");
	find_on(2, EG_WARN, "EG203", "memlock 64 KiB");
	find_on(3, EG_WARN, "EG203", "memlock 64 KiB");
	expect(&session, 1, EG_WARN,
	       "efagate: 4 nodes, 16 EFA devices verified (check), 4 warnings: all nodes EG203 "
	       "memlock 64 KiB");
	session = session_of(4, "n");
	find_on(1, EG_WARN, "EG203", "memlock 64 KiB");
	find_on(3, EG_WARN, "EG109", "5/4 EFA");
	seats[3].ready.warnings = 6;
	expect(&session, 1, EG_WARN,
	       "efagate: 4 nodes, 16 EFA devices verified (check), 7 warnings: "
	       "n2 EG203 memlock 64 KiB; n4 EG109 5/4 EFA; +5 more");
}

static void what_was_set_is_said(void **state)
{
	struct eg_session session = session_of(4, "n");

	(void)state;
	seats[1].ready.huge_page = 1;
	expect(&session, 1, EG_PASS,
	       "efagate: 4 nodes, 16 EFA devices verified (check), FI_EFA_USE_HUGE_PAGE=0 set on 1");
	for (int i = 0; i < 4; i++)
		seats[i].ready.huge_page = 1;
	find_on(1, EG_WARN, "EG203", "memlock 64 KiB");
	expect(&session, 1, EG_WARN,
	       "efagate: 4 nodes, 16 EFA devices verified (check), FI_EFA_USE_HUGE_PAGE=0 set, "
	       "1 warning: n2 EG203 memlock 64 KiB");
}

static void bad_sessions(void **state)
{
	struct eg_session session = session_of(64, "n");

	(void)state;
	find_on(2, EG_FAIL, "EG102", "3/4 EFA on PCI");
	find_on(6, EG_FAIL, "EG103", "no driver");
	expect(&session, 0, EG_FAIL,
	       "efagate: 2 of 64 nodes bad: n3 EG102: 3/4 EFA on PCI; n7 EG103: no driver; "
	       "no task started; try --exclude=n3,n7");
	seats[0].state = EG_SEAT_LOST;
	seats[8].state = EG_SEAT_MET;
	expect(&session, 0, EG_FAIL,
	       "efagate: 2 of 64 nodes bad, 2 unknown: n3 EG102: 3/4 EFA on PCI; n7 EG103: no driver; "
	       "n1 EG408: its helper ended; n9 EG408: met but not ready within 2.0 s; "
	       "no task started; try --exclude=n3,n7");
	session = session_of(4, "n");
	seats[1].state = seats[2].state = EG_SEAT_ABSENT;
	session.start_anyway = true;
	expect(&session, 1, EG_UNKNOWN,
	       "efagate: 2 of 4 nodes unknown: n2 EG408: not met within 2.0 s; "
	       "n3 EG408: not met within 2.0 s; tasks started all the same");
	session = session_of(2, "n");
	seats[1].state = EG_SEAT_ABSENT;
	expect(&session, 0, EG_UNKNOWN,
	       "efagate: n2: EG408: not met within 2.0 s; no task started");
}

static void for_a_terminal_a_line_a_bad_node_and_one_what_to_do(void **state)
{
	struct eg_session session = session_of(64, "n");

	(void)state;
	session.lines = true;
	find_on(2, EG_FAIL, "EG102", "3/4 EFA on PCI");
	expect(&session, 0, EG_FAIL,
	       "efagate: n3: EG102: 3/4 EFA on PCI\n"
	       "efagate: no task started; try --exclude=n3");
	find_on(6, EG_FAIL, "EG103", "no driver");
	seats[8].state = EG_SEAT_MET;
	expect(&session, 0, EG_FAIL,
	       "efagate: n3: EG102: 3/4 EFA on PCI\n"
	       "efagate: n7: EG103: no driver\n"
	       "efagate: n9: EG408: met but not ready within 2.0 s\n"
	       "efagate: 2 of 64 nodes bad, 1 unknown; no task started; try --exclude=n3,n7");
	session = session_of(4, "n");
	session.lines = true;
	expect(&session, 1, EG_PASS, "efagate: 4 nodes, 16 EFA devices verified (check)");
}

static void who_else_hears_of_a_bad_node_stands_at_the_end(void **state)
{
	struct eg_session session = session_of(4, "n");

	(void)state;
	session.lines = true;
	session.told = "nobody was told";
	expect(&session, 1, EG_PASS, "efagate: 4 nodes, 16 EFA devices verified (check)");
	seats[3].state = EG_SEAT_ABSENT;
	expect(&session, 0, EG_UNKNOWN,
	       "efagate: n4: EG408: not met within 2.0 s\n"
	       "efagate: no task started");
	find_on(2, EG_FAIL, "EG102", "3/4 EFA on PCI");
	expect(&session, 0, EG_FAIL,
	       "efagate: n3: EG102: 3/4 EFA on PCI\n"
	       "efagate: n4: EG408: not met within 2.0 s\n"
	       "efagate: 1 of 4 nodes bad, 1 unknown; no task started; try --exclude=n3; "
	       "nobody was told");
}

static void a_failure_without_proof_is_no_reason_to_leave_a_node_out(void **state)
{
	struct eg_session session = session_of(4, "n");

	(void)state;
	session.lines = true;
	session.told = "nobody was told";
	blame_on(1, EG_FAIL, EG_BLAME_PAIR, "EG407", "fails with its own node's device 1");
	expect(&session, 0, EG_FAIL,
	       "efagate: n2: EG407: fails with its own node's device 1\n"
	       "efagate: no task started; try again, or on other nodes");
	find_on(2, EG_FAIL, "EG403", "unreachable");
	expect(&session, 0, EG_FAIL,
	       "efagate: n2: EG407: fails with its own node's device 1\n"
	       "efagate: n3: EG403: unreachable\n"
	       "efagate: 1 of 4 nodes bad, 1 unknown; no task started; try --exclude=n3; "
	       "nobody was told");
	/* One that is both is bad. */
	find_on(1, EG_FAIL, "EG403", "unreachable");
	expect(&session, 0, EG_FAIL,
	       "efagate: n2: EG407: fails with its own node's device 1\n"
	       "efagate: n3: EG403: unreachable\n"
	       "efagate: 2 of 4 nodes bad; no task started; try --exclude=n2,n3; nobody was told");
}

static void what_a_job_lacks_is_no_nodes_fault(void **state)
{
	struct eg_session session = session_of(2, "n");

	(void)state;
	session.lines = true;
	session.told = "nobody was told";
	blame_on(0, EG_FAIL, EG_BLAME_NONE, "EG105", "not given to this step");
	blame_on(1, EG_FAIL, EG_BLAME_NONE, "EG105", "not given to this step");
	expect(&session, 0, EG_FAIL,
	       "efagate: n1: EG105: not given to this step\n"
	       "efagate: n2: EG105: not given to this step\n"
	       "efagate: 2 of 2 nodes unknown; no task started");
}

static void a_node_behind_another_rule_is_left_out_and_not_bad(void **state)
{
	struct eg_session session = session_of(4, "n");

	(void)state;
	session.lines = true;
	session.told = "nobody was told";
	blame_on(0, EG_FAIL, EG_BLAME_CLUSTER, "EG409", "reaches no other node");
	expect(&session, 0, EG_FAIL,
	       "efagate: n1: EG409: reaches no other node\n"
	       "efagate: no task started; try --exclude=n1");
	blame_on(3, EG_FAIL, EG_BLAME_CLUSTER, "EG409", "reaches no other node");
	expect(&session, 0, EG_FAIL,
	       "efagate: n1: EG409: reaches no other node\n"
	       "efagate: n4: EG409: reaches no other node\n"
	       "efagate: 2 of 4 nodes unknown; no task started; try --exclude=n1,n4");
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void sixty_four_bad_nodes_are_no_stack_of_lines(void **state)
{
	struct eg_session session = session_of(64, "ip-10-0-0-");
	struct eg_verdict verdict;

	(void)state;
	session.lines = true;
	for (uint32_t bad = 0; bad < 64; bad++) {
		find_on(bad, EG_FAIL, "EG102", "3/4 EFA on PCI, missing 0000:90:1b.0");
		eg_session_decide(&session, seats, &(struct eg_session_end){ 0 }, &verdict);
		assert_in_range(strlen(verdict.line), 1, EG_STEP_LINE_MAX - 1);
		assert_in_range(count_lines(verdict.line), 2, 10);
		assert_non_null(strstr(verdict.line, "no task started"));
	}
	assert_non_null(
		strstr(verdict.line, " more\nefagate: 64 of 64 nodes bad; no task started"));
}

static void a_cluster_cause_is_two_lines(void **state)
{
	struct eg_session session = session_of(4, "n");
	struct eg_traffic_finding one = {
		.node = EG_NODE_ALL,
		.finding = { .id = "EG401",
			     .outcome = EG_FAIL,
			     .blame = EG_BLAME_CLUSTER,
			     .text = "nothing reaches anything" },
	};
	struct eg_traffic_findings findings = { .list = &one, .count = 1 };
	struct eg_session_end end = { .traffic = &findings };
	struct eg_verdict verdict;

	(void)state;
	session.lines = true;
	eg_session_decide(&session, seats, &end, &verdict);
	assert_string_equal(verdict.line, "efagate: EG401: nothing reaches anything\n"
					  "efagate: no task started");
	/* What two nodes do to each other may pass, or others may be there. */
	one.finding.blame = EG_BLAME_PAIR;
	eg_session_decide(&session, seats, &end, &verdict);
	assert_string_equal(verdict.line, "efagate: EG401: nothing reaches anything\n"
					  "efagate: no task started; try again, or on other nodes");
	session.lines = false;
	eg_session_decide(&session, seats, &end, &verdict);
	assert_string_equal(verdict.line,
			    "efagate: EG401: nothing reaches anything; no task started");
}

static void a_line_is_bounded(void **state)
{
	struct eg_session session = session_of(MANY, "ip-10-0-0-");
	struct eg_verdict verdict;

	(void)state;
	for (uint32_t bad = 0; bad < MANY; bad++) {
		const char *tail;

		find_on(bad, EG_FAIL, "EG102", "3/4 EFA on PCI, missing 0000:90:1b.0");
		eg_session_decide(&session, seats, &(struct eg_session_end){ 0 }, &verdict);
		tail = strstr(verdict.line, "; no task started");
		assert_non_null(tail);
		assert_in_range(strlen(verdict.line), 1, EG_STEP_LINE_MAX - 1);
		/* Whole or not there: 31 names are 393 characters, 32 are over the 400. */
		assert_int_equal(strstr(tail, "--exclude=") != NULL, bad < 31);
	}
	assert_non_null(strstr(verdict.line, " more; no task started"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_sessions),
		cmocka_unit_test(what_was_set_is_said),
		cmocka_unit_test(bad_sessions),
		cmocka_unit_test(for_a_terminal_a_line_a_bad_node_and_one_what_to_do),
		cmocka_unit_test(who_else_hears_of_a_bad_node_stands_at_the_end),
		cmocka_unit_test(a_failure_without_proof_is_no_reason_to_leave_a_node_out),
		cmocka_unit_test(what_a_job_lacks_is_no_nodes_fault),
		cmocka_unit_test(a_node_behind_another_rule_is_left_out_and_not_bad),
		cmocka_unit_test(sixty_four_bad_nodes_are_no_stack_of_lines),
		cmocka_unit_test(a_cluster_cause_is_two_lines),
		cmocka_unit_test(a_line_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
