/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "prolog/gate/slurm.h"
#include "prolog/gate/slurm_nodes.h"

/* As Slurm 22.05 prints it. */
#define LINE(name, state, rest)                                                                \
	"NodeName=" name " Arch=x86_64 CoresPerSocket=8  CPUAlloc=0 NodeAddr=" name            \
	" OS=Linux 6.18 #1 SMP @0  RealMemory=1000 State=" state " ThreadsPerCore=1 Owner=N/A" \
	" Partitions=main  BootTime=2026-11-24T00:19:34 CfgTRES=cpu=8 ExtSensorsTemp=n/s" rest \
	"\n"

#define STAMP(second) " [root@2026-11-24T03:06:" second "]"
#define EARLIEST 1795489560 /* 03:06:00 in UTC */

static const struct {
	const char *text;
	bool out;
	const char *reason;
	int64_t time;
} lines[] = {
	{ LINE("n1", "IDLE", ""), false, "", 0 },
	{ LINE("n1", "MIXED", ""), false, "", 0 },
	{ LINE("n1", "IDLE+CLOUD+POWERED_DOWN", ""), false, "", 0 },
	{ LINE("n1", "DOWN*", ""), false, "", 0 },
	{ LINE("n1", "DOWN*", " Reason=Not responding" STAMP("16")), true, "Not responding",
	  EARLIEST + 16 },
	{ LINE("n1", "IDLE+DRAIN", " Reason=hello [x] (y)" STAMP("16")), true, "hello [x] (y)",
	  EARLIEST + 16 },
	{ LINE("n1", "ALLOCATED+DRAIN", " Reason=efagate EG102: 3/4 EFA (job 2)" STAMP("01")), true,
	  "efagate EG102: 3/4 EFA (job 2)", EARLIEST + 1 },
	{ LINE("n1", "DOWN*+DRAIN", ""), true, "", 0 },
	{ LINE("n1", "MIXED*+DRAIN", ""), true, "", 0 },
	{ LINE("n1", "DRAINED", ""), true, "", 0 },
	{ LINE("n1", "IDLE+FAIL", " Reason=Action:Replace" STAMP("16")), true, "Action:Replace",
	  EARLIEST + 16 },
	/* A reason stays on a node that was rebooted. */
	{ LINE("n1", "IDLE", " Reason=efagate EG103: x : reboot issued" STAMP("16")), false,
	  "efagate EG103: x : reboot issued", EARLIEST + 16 },
	/* Words of an administrator that look like fields. */
	{ LINE("n1", "IDLE",
	       " Reason=State=DRAIN" STAMP("16") " Comment=a [root@2020-01-01T00:00:00]"),
	  false, "State=DRAIN", EARLIEST + 16 },
	{ LINE("n1", "IDLE+DRAIN", " Reason=no stamp"), true, "no stamp", 0 },
};

#define HOST_LINE(name, host)                                                        \
	"NodeName=" name " Arch=x86_64 NodeAddr=x NodeHostName=" host " State=IDLE " \
	" Reason=a NodeHostName=evil" STAMP("16") "\n"

static void a_node_is_found_by_its_host_when_that_is_plain(void **state)
{
	static const struct {
		const char *wanted, *found;
	} rows[] = {
		{ "a1", "a1" },
		{ "ip-10-0-0-1", "a1" },
		{ "ip-10-0-0-1.ec2.internal", "a1" },
		{ "IP-10-0-0-2", "a2" },
		{ "a2.ec2.internal", NULL },
		{ "twice", NULL },
		{ "evil", NULL },
		{ "ip-10-0-0-", NULL },
		{ "", NULL },
		{ ".ec2.internal", NULL },
	};
	EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };

	(void)state;
	assert_int_equal(eg_slurm_nodes_parse(HOST_LINE("a1", "ip-10-0-0-1")
						      HOST_LINE("a2", "ip-10-0-0-2.other.zone")
							      HOST_LINE("b1", "twice")
								      HOST_LINE("b2", "twice"),
					      &nodes, NULL),
			 0);
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		const struct eg_slurm_node *node = eg_slurm_nodes_find(&nodes, rows[i].wanted);

		assert_int_equal(node != NULL, rows[i].found != NULL);
		if (node)
			assert_string_equal(node->name, rows[i].found);
	}
}

static void a_line_gives_state_reason_and_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < EG_COUNT(lines); i++) {
		EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };

		print_message("[ line     ] %s", strstr(lines[i].text, "State="));
		assert_int_equal(eg_slurm_nodes_parse(lines[i].text, &nodes, NULL), 0);
		assert_int_equal(nodes.count, 1);
		assert_string_equal(nodes.list[0].name, "n1");
		assert_int_equal(nodes.list[0].out_of_service, lines[i].out);
		assert_string_equal(nodes.list[0].reason, lines[i].reason);
		assert_int_equal(nodes.list[0].reason_time, lines[i].time);
	}
}

static void the_boot_is_known_when_slurm_says_it(void **state)
{
	static const struct {
		const char *word;
		int64_t time;
	} rows[] = { { "BootTime=2026-11-24T03:06:00", EARLIEST },
		     { "BootTime=None", 0 },
		     { "BootTime=", 0 },
		     { "OS=x", 0 } };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };
		char text[256];

		(void)snprintf(text, sizeof(text),
			       "NodeName=n1 State=IDLE+DRAIN %s SlurmdStartTime=2026-11-25T00:00:00"
			       " Reason=x BootTime=2020-01-01T00:00:00 y\n",
			       rows[i].word);
		print_message("[ boot     ] %s\n", rows[i].word);
		assert_int_equal(eg_slurm_nodes_parse(text, &nodes, NULL), 0);
		assert_int_equal(nodes.list[0].boot_time, rows[i].time);
	}
}

static void several_nodes_are_found_by_name(void **state)
{
	EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };

	(void)state;
	assert_int_equal(
		eg_slurm_nodes_parse(LINE("n1", "IDLE", "") "\n" LINE("n11", "IDLE+DRAIN", "")
					     LINE("n2", "DOWN", ""),
				     &nodes, NULL),
		0);
	assert_int_equal(nodes.count, 3);
	assert_true(eg_slurm_nodes_find(&nodes, "n11")->out_of_service);
	assert_false(eg_slurm_nodes_find(&nodes, "n1")->out_of_service);
	assert_null(eg_slurm_nodes_find(&nodes, "n"));
}

static void other_text_is_refused(void **state)
{
	static const char *const texts[] = { "No nodes in the system\n", "NodeName= State=IDLE\n",
					     "NodeName=n1\n",
					     LINE("n1", "IDLE", "") "slurm_load_node error\n" };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(texts); i++) {
		struct eg_slurm_nodes nodes = { 0 };
		struct eg_err err = { 0 };

		assert_int_equal(eg_slurm_nodes_parse(texts[i], &nodes, &err), -EINVAL);
		assert_non_null(strstr(err.text, "not a line about a node: '"));
		assert_null(nodes.list);
	}
}

static void what_scontrol_says_on_stderr_is_passed_over(void **state)
{
	EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };

	(void)state;
	assert_int_equal(eg_slurm_nodes_parse("scontrol: error: The option X is defunct\n" LINE(
						      "n1", "IDLE+DRAIN", ""),
					      &nodes, NULL),
			 0);
	assert_int_equal(nodes.count, 1);
	assert_true(eg_slurm_nodes_find(&nodes, "n1")->out_of_service);
}

static void a_long_reason_is_cut(void **state)
{
	EG_CLEANUP(eg_slurm_nodes_done) struct eg_slurm_nodes nodes = { 0 };
	char text[4096], reason[2048];

	(void)state;
	memset(reason, 'x', sizeof(reason));
	reason[sizeof(reason) - 1] = '\0';
	(void)snprintf(text, sizeof(text), "NodeName=n1 State=IDLE+DRAIN Reason=%s", reason);
	assert_int_equal(eg_slurm_nodes_parse(text, &nodes, NULL), 0);
	assert_int_equal(strlen(nodes.list[0].reason), EG_SLURM_REASON_MAX - 1);
}

static void only_the_name_of_one_node_is_plain(void **state)
{
	static const char *const plain[] = { "n1", "ip-10-0-0-1", "a.b_c", "p5-dy-1" };
	static const char *const others[] = { "",     "n[1-3]", "n1,n2", "ALL",	 "all", "-n1",
					      "n1 x", "n1;x",	"n1\n",	 "../x", "n/1", "{n1}" };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(plain); i++)
		assert_true(eg_slurm_name_is_plain(plain[i]));
	for (size_t i = 0; i < EG_COUNT(others); i++)
		assert_false(eg_slurm_name_is_plain(others[i]));
}

static void the_limit_is_a_share_unless_it_is_said(void **state)
{
	static const struct {
		uint32_t said, nodes, limit;
	} rows[] = { { 0, 1, 1 },     { 0, 4, 1 }, { 0, 99, 1 },  { 0, 100, 2 },
		     { 0, 1000, 20 }, { 3, 4, 3 }, { 3, 1000, 3 } };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		struct eg_cap cap = { .limit = rows[i].said };
		struct eg_slurm_nodes nodes = { .count = rows[i].nodes };

		assert_int_equal(eg_cap_limit(&cap, &nodes), rows[i].limit);
	}
}

#define OURS "efagate EG102: x"

static struct eg_slurm_node entries[] = {
	{ "n1", true, OURS, 1000, 0, "" },	  { "n2", true, OURS, 990, 0, "" },
	{ "n3", true, "disk", 995, 0, "" },	  { "n4", true, OURS, 1000, 0, "" },
	{ "n5", true, OURS, 400, 0, "" },	  { "n6", false, OURS, 999, 0, "" },
	{ "n7", true, "efagate soon", 0, 0, "" }, { "n8", false, "", 0, 0, "" },
};

static void the_cap_counts_our_reasons_within_the_window(void **state)
{
	struct eg_slurm_nodes nodes = { entries, EG_COUNT(entries) };
	struct eg_cap cap = { .limit = 3, .window_s = 600, .now = 1000 };

	(void)state;
	assert_int_equal(eg_cap_count(&cap, &nodes, "n8"), 4);
	cap.window_s = 601;
	assert_int_equal(eg_cap_count(&cap, &nodes, "n8"), 5);
	/* Without a time it counts. */
	strcpy(entries[6].reason, OURS);
	assert_int_equal(eg_cap_count(&cap, &nodes, "n8"), 6);
	/* A node does not stand in its own way. */
	assert_int_equal(eg_cap_count(&cap, &nodes, "n6"), 5);
	strcpy(entries[6].reason, "efagate soon");
}

static void who_drained_first_stays(void **state)
{
	static const struct {
		uint32_t limit;
		const char *allowed;
	} rows[] = { { 1, "n2" }, { 2, "n2 n6" }, { 3, "n1 n2 n6" }, { 4, "n1 n2 n4 n6" } };
	struct eg_slurm_nodes nodes = { entries, EG_COUNT(entries) };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		struct eg_cap cap = { .limit = rows[i].limit, .window_s = 600, .now = 1000 };

		for (size_t k = 0; k < nodes.count; k++) {
			const struct eg_slurm_node *node = &entries[k];

			if (strcmp(node->reason, OURS) != 0 || node->reason_time < 500)
				continue;
			assert_int_equal(eg_cap_allows(&cap, &nodes, node),
					 strstr(rows[i].allowed, node->name) != NULL);
		}
	}
}

static void a_late_one_is_behind_all_of_its_second(void **state)
{
	struct eg_slurm_node list[] = {
		{ .name = "n1", .out_of_service = true, .reason = OURS, .reason_time = 1000 },
		{ .name = "n2", .out_of_service = true, .reason = OURS, .reason_time = 1000 },
		{ .name = "n3", .out_of_service = true, .reason = OURS, .reason_time = 1001 },
	};
	struct eg_slurm_nodes nodes = { list, EG_COUNT(list) };
	struct eg_cap cap = { .limit = 1, .window_s = 100, .now = 1002 };

	(void)state;
	assert_true(eg_cap_allows(&cap, &nodes, &list[0]));
	cap.late = true;
	assert_false(eg_cap_allows(&cap, &nodes, &list[0]));
	cap.limit = 2;
	assert_true(eg_cap_allows(&cap, &nodes, &list[0]));
	assert_true(eg_cap_allows(&cap, &nodes, &list[1]));
	assert_false(eg_cap_allows(&cap, &nodes, &list[2]));
	/* Alone in its second it is first. */
	nodes.count = 1;
	cap.limit = 1;
	assert_true(eg_cap_allows(&cap, &nodes, &list[0]));
}

static void a_template_s_words_count_too(void **state)
{
	struct eg_slurm_node list[] = {
		{ .name = "n1",
		  .out_of_service = true,
		  .reason = "Action:Replace",
		  .reason_time = 1000 },
		{ .name = "n2",
		  .out_of_service = true,
		  .reason = "EFA EG102, x",
		  .reason_time = 1000 },
		{ .name = "n3", .out_of_service = true, .reason = OURS, .reason_time = 1000 },
	};
	struct eg_slurm_nodes nodes = { list, EG_COUNT(list) };
	struct eg_cap cap = { .limit = 1, .window_s = 100, .now = 1002 };

	(void)state;
	assert_int_equal(eg_cap_count(&cap, &nodes, ""), 1);
	cap.reason = "";
	assert_int_equal(eg_cap_count(&cap, &nodes, ""), 1);
	cap.reason = "Action:Replace";
	assert_int_equal(eg_cap_count(&cap, &nodes, ""), 2);
	cap.reason = "EFA {id}, {text}";
	assert_int_equal(eg_cap_count(&cap, &nodes, ""), 2);
	/* No words of its own: nothing to know it by. */
	cap.reason = "{text}";
	assert_int_equal(eg_cap_count(&cap, &nodes, ""), 1);
}

static int set_utc(void **state)
{
	(void)state;
	return setenv("TZ", "UTC", 1);
}

static void a_gate_that_looked_long_has_less_time_for_slurm(void **state)
{
	static const struct {
		int64_t looked_ms;
		uint32_t timeout_ms;
		int64_t left_ms;
	} cases[] = {
		{ 50, 5000, 5000 },    { 2700, 5000, 5000 },  { 6000, 5000, 1700 },
		{ 7900, 5000, 1500 },  { 6000, 500, 500 },    { 7900, 500, 500 },
		{ 6000, 15000, 9000 }, { 100, 15000, 14900 },
	};

	(void)state;
	for (size_t i = 0; i < EG_COUNT(cases); i++)
		assert_int_equal(eg_slurm_deadline_ms(1000, 1000 + cases[i].looked_ms,
						      cases[i].timeout_ms),
				 1000 + cases[i].looked_ms + cases[i].left_ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_node_is_found_by_its_host_when_that_is_plain),
		cmocka_unit_test(a_gate_that_looked_long_has_less_time_for_slurm),
		cmocka_unit_test(a_line_gives_state_reason_and_time),
		cmocka_unit_test(the_boot_is_known_when_slurm_says_it),
		cmocka_unit_test(several_nodes_are_found_by_name),
		cmocka_unit_test(other_text_is_refused),
		cmocka_unit_test(what_scontrol_says_on_stderr_is_passed_over),
		cmocka_unit_test(a_long_reason_is_cut),
		cmocka_unit_test(only_the_name_of_one_node_is_plain),
		cmocka_unit_test(the_limit_is_a_share_unless_it_is_said),
		cmocka_unit_test(the_cap_counts_our_reasons_within_the_window),
		cmocka_unit_test(who_drained_first_stays),
		cmocka_unit_test(a_late_one_is_behind_all_of_its_second),
		cmocka_unit_test(a_template_s_words_count_too),
	};

	return cmocka_run_group_tests(tests, set_utc, NULL);
}
