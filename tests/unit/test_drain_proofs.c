/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/report.h"
#include "common/verdict/report_survey.h"
#include "prolog/config.h"
#include "prolog/gate/proof_judge.h"
#include "prolog/gate/proofs.h"
#include "prolog/gate/trusted.h"

static struct eg_config config;

/* The word on a node, and the reason where there is something to say. */
static enum eg_proof_word judged(const struct eg_proof *proof, char *reason)
{
	struct eg_proof_verdict verdict;

	eg_proof_judge(proof, &config, INT64_MIN, &verdict);
	reason[0] = '\0';
	if (verdict.claim)
		eg_reason_text(&verdict.claim->finding, verdict.claim->job_id, reason);
	return verdict.word;
}

/* Reports in the order they are read; what is then believed of node n3. */
static const struct {
	struct {
		int64_t time;
		enum eg_outcome outcome;
	} reports[3];
	enum eg_proof_word word;
	const char *reason;
} rows[] = {
	{ { { 10, EG_FAIL } }, EG_PROOF_PROVEN, "efagate EG102: found at 10 (job 17)" },
	{ { { 10, EG_PASS } }, EG_PROOF_NOTHING, "" },
	{ { { 10, EG_WARN } }, EG_PROOF_NOTHING, "" },
	{ { { 10, EG_UNKNOWN } }, EG_PROOF_UNKNOWN, "efagate EG102: found at 10 (job 17)" },
	{ { { 10, EG_FAIL }, { 20, EG_PASS } }, EG_PROOF_NOTHING, "" },
	{ { { 20, EG_PASS }, { 10, EG_FAIL } }, EG_PROOF_NOTHING, "" },
	{ { { 10, EG_PASS }, { 20, EG_FAIL } },
	  EG_PROOF_PROVEN,
	  "efagate EG102: found at 20 (job 17)" },
	{ { { 20, EG_FAIL }, { 10, EG_FAIL } },
	  EG_PROOF_PROVEN,
	  "efagate EG102: found at 20 (job 17)" },
	/* Of one second, whatever the order, the one that accuses nobody. */
	{ { { 10, EG_FAIL }, { 10, EG_PASS } }, EG_PROOF_NOTHING, "" },
	{ { { 10, EG_PASS }, { 10, EG_FAIL } }, EG_PROOF_NOTHING, "" },
	{ { { 10, EG_PASS }, { 10, EG_UNKNOWN } }, EG_PROOF_NOTHING, "" },
	{ { { 10, EG_UNKNOWN }, { 10, EG_PASS } }, EG_PROOF_NOTHING, "" },
	/* What could not be measured ends no accusation, in whatever order. */
	{ { { 10, EG_FAIL }, { 20, EG_UNKNOWN } },
	  EG_PROOF_PROVEN,
	  "efagate EG102: found at 10 (job 17)" },
	{ { { 20, EG_UNKNOWN }, { 10, EG_FAIL } },
	  EG_PROOF_PROVEN,
	  "efagate EG102: found at 10 (job 17)" },
	{ { { 20, EG_UNKNOWN }, { 10, EG_FAIL }, { 15, EG_PASS } },
	  EG_PROOF_UNKNOWN,
	  "efagate EG102: found at 20 (job 17)" },
	{ { { 10, EG_UNKNOWN }, { 20, EG_PASS } }, EG_PROOF_NOTHING, "" },
};

static void add(struct eg_proofs *proofs, const char *node, int64_t time, enum eg_outcome outcome)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_finding_spec spec = { .id = "EG102", .outcome = outcome, .blame = EG_BLAME_NODE };

	assert_non_null(report);
	strcpy(report->facts.node, node);
	report->time = time;
	report->job_id = 17;
	if (outcome != EG_PASS)
		eg_findings_add(&report->findings, &spec, "found at %d", (int)time);
	assert_int_equal(eg_proofs_add(proofs, report), 0);
}

static void the_newest_report_of_a_node_counts(void **state)
{
	char reason[EG_REASON_MAX];

	(void)state;
	for (size_t i = 0; i < EG_COUNT(rows); i++) {
		EG_CLEANUP(eg_proofs_done) struct eg_proofs proofs = { 0 };

		print_message("[ reports  ] row %zu\n", i);
		for (size_t k = 0; k < 3 && rows[i].reports[k].time; k++)
			add(&proofs, "n3", rows[i].reports[k].time, rows[i].reports[k].outcome);
		assert_int_equal(proofs.count, 1);
		assert_int_equal(judged(&proofs.list[0], reason), rows[i].word);
		assert_string_equal(reason, rows[i].reason);
	}
}

/* A report of a session: P passes with traffic, T passes without, or a device's number fails. */
struct session {
	int64_t time;
	uint32_t job;
	char found;
	const char *boot;
};

/* The gap is 60 s, the window 1000 s; jobs 0 are reports without one. */
static const struct {
	struct session sessions[4];
	int64_t since;
	enum eg_proof_word word;
	const char *reason;
} traffic_rows[] = {
	{ { { 100, 1, '1', "" } },
	  0,
	  EG_PROOF_ONE_SESSION,
	  "efagate EG403: device 1 at 100 (job 1)" },
	{ { { 100, 1, '1', "" }, { 160, 2, '1', "" } },
	  0,
	  EG_PROOF_PROVEN,
	  "efagate EG403: device 1 at 160 (job 2)" },
	{ { { 160, 2, '1', "" }, { 100, 1, '1', "" } },
	  0,
	  EG_PROOF_PROVEN,
	  "efagate EG403: device 1 at 160 (job 2)" },
	/* Too near, too far, the same job, another device, another boot. */
	{ { { 100, 1, '1', "" }, { 159, 2, '1', "" } },
	  0,
	  EG_PROOF_ONE_SESSION,
	  "efagate EG403: device 1 at 159 (job 2)" },
	{ { { 100, 1, '1', "" }, { 1101, 2, '1', "" } },
	  0,
	  EG_PROOF_ONE_SESSION,
	  "efagate EG403: device 1 at 1101 (job 2)" },
	{ { { 100, 1, '1', "" }, { 160, 1, '1', "" } },
	  0,
	  EG_PROOF_ONE_SESSION,
	  "efagate EG403: device 1 at 160 (job 1)" },
	{ { { 100, 1, '1', "" }, { 160, 2, '2', "" } },
	  0,
	  EG_PROOF_ONE_SESSION,
	  "efagate EG403: device 2 at 160 (job 2)" },
	{ { { 100, 1, '1', "a" }, { 160, 2, '1', "b" } },
	  0,
	  EG_PROOF_ONE_SESSION,
	  "efagate EG403: device 1 at 160 (job 2)" },
	/* What does not say its boot is bounded by the time of Slurm's. */
	{ { { 100, 1, '1', "a" }, { 160, 2, '1', "" } },
	  0,
	  EG_PROOF_PROVEN,
	  "efagate EG403: device 1 at 160 (job 2)" },
	{ { { 100, 1, '1', "" }, { 160, 2, '1', "" } },
	  101,
	  EG_PROOF_ONE_SESSION,
	  "efagate EG403: device 1 at 160 (job 2)" },
	/* Without a job the time tells sessions apart. */
	{ { { 100, 0, '1', "" }, { 160, 0, '1', "" } },
	  0,
	  EG_PROOF_PROVEN,
	  "efagate EG403: device 1 at 160" },
	/* Proof comes before what is newer and proves nothing. */
	{ { { 100, 1, '1', "" }, { 160, 2, '1', "" }, { 170, 3, '2', "" } },
	  0,
	  EG_PROOF_PROVEN,
	  "efagate EG403: device 1 at 160 (job 2)" },
	/* Traffic that passes ends it, a pass without traffic does not. */
	{ { { 100, 1, '1', "" }, { 160, 2, '1', "" }, { 170, 3, 'P', "" } },
	  0,
	  EG_PROOF_NOTHING,
	  "" },
	{ { { 170, 3, 'P', "" }, { 100, 1, '1', "" }, { 160, 2, '1', "" } },
	  0,
	  EG_PROOF_NOTHING,
	  "" },
	{ { { 100, 1, '1', "" }, { 130, 3, 'P', "" }, { 190, 2, '1', "" } },
	  0,
	  EG_PROOF_ONE_SESSION,
	  "efagate EG403: device 1 at 190 (job 2)" },
	{ { { 100, 1, '1', "" }, { 160, 2, '1', "" }, { 170, 3, 'T', "" } },
	  0,
	  EG_PROOF_PROVEN,
	  "efagate EG403: device 1 at 160 (job 2)" },
};

static void add_session(struct eg_proofs *proofs, const struct session *session)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	char subject[2] = { session->found, '\0' };
	struct eg_finding_spec spec = {
		.id = "EG403", .outcome = EG_FAIL, .blame = EG_BLAME_DEVICE, .subject = subject
	};

	assert_non_null(report);
	strcpy(report->facts.node, "n3");
	strcpy(report->facts.boot_id, session->boot);
	report->time = session->time;
	report->job_id = session->job;
	report->facts.device_count = 1;
	if (session->found == 'P')
		report->facts.devices[0].burst.state = EG_BURST_OK;
	else if (session->found != 'T')
		eg_findings_add(&report->findings, &spec, "device %s at %d", subject,
				(int)session->time);
	assert_int_equal(eg_proofs_add(proofs, report), 0);
}

static void traffic_is_proof_when_two_sessions_agree_and_none_passed_since(void **state)
{
	char reason[EG_REASON_MAX];

	(void)state;
	config.strike_gap_s = 60;
	config.strike_window_s = 1000;
	for (size_t i = 0; i < EG_COUNT(traffic_rows); i++) {
		EG_CLEANUP(eg_proofs_done) struct eg_proofs proofs = { 0 };
		struct eg_proof_verdict verdict;

		print_message("[ sessions ] row %zu\n", i);
		for (size_t k = 0; k < 4 && traffic_rows[i].sessions[k].time; k++)
			add_session(&proofs, &traffic_rows[i].sessions[k]);
		eg_proof_judge(&proofs.list[0], &config, traffic_rows[i].since, &verdict);
		assert_int_equal(verdict.word, traffic_rows[i].word);
		assert_int_equal(!verdict.claim, !traffic_rows[i].reason[0]);
		if (verdict.claim)
			assert_string_equal(eg_reason_text(&verdict.claim->finding,
							   verdict.claim->job_id, reason),
					    traffic_rows[i].reason);
	}
	eg_config_init(&config);
}

/* One finding, what the site makes of it, and what follows. */
static const struct {
	struct eg_finding_spec spec;
	const char *id, *word; /* of [policy]; NULL: the default */
	const char *unknown;
	enum eg_proof_word expected;
} policy_rows[] = {
	{ { "EG105", EG_FAIL, EG_BLAME_DEVICE, 0, 0, 0 }, 0, 0, "warn", EG_PROOF_PROVEN },
	{ { "EG105", EG_FAIL, EG_BLAME_DEVICE, 0, 0, 0 },
	  "EG105",
	  "warn",
	  "warn",
	  EG_PROOF_NOT_TO_DRAIN },
	{ { "EG404", EG_FAIL, EG_BLAME_DEVICE, 0, 0, 0 }, 0, 0, "warn", EG_PROOF_NOT_TO_DRAIN },
	{ { "EG404", EG_FAIL, EG_BLAME_DEVICE, 0, 0, 0 },
	  "EG404",
	  "drain",
	  "warn",
	  EG_PROOF_ONE_SESSION },
	{ { "EG401", EG_FAIL, EG_BLAME_CLUSTER, 0, 0, 0 }, 0, 0, "warn", EG_PROOF_NOT_ITS_OWN },
	{ { "EG407", EG_FAIL, EG_BLAME_PAIR, 0, 0, 0 }, 0, 0, "warn", EG_PROOF_NOT_ITS_OWN },
	{ { "EG902", EG_UNKNOWN, EG_BLAME_NONE, 0, 0, 0 }, 0, 0, "warn", EG_PROOF_UNKNOWN },
	{ { "EG902", EG_UNKNOWN, EG_BLAME_NONE, 0, 0, 0 }, 0, 0, "drain", EG_PROOF_PROVEN },
	{ { "EG408", EG_UNKNOWN, EG_BLAME_NONE, 0, 0, 0 }, 0, 0, "drain", EG_PROOF_UNKNOWN },
};

static void the_words_of_the_site_hold(void **state)
{
	char reason[EG_REASON_MAX];

	(void)state;
	for (size_t i = 0; i < EG_COUNT(policy_rows); i++) {
		EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
		EG_CLEANUP(eg_proofs_done) struct eg_proofs proofs = { .policy = &config.policy };

		print_message("[ policy   ] row %zu\n", i);
		assert_non_null(report);
		strcpy(report->facts.node, "n3");
		report->time = 10;
		if (policy_rows[i].id)
			assert_int_equal(eg_policy_set(&config.policy, policy_rows[i].id,
						       policy_rows[i].word, NULL),
					 0);
		strcpy(config.unknown, policy_rows[i].unknown);
		eg_findings_add(&report->findings, &policy_rows[i].spec, "found");
		assert_int_equal(eg_proofs_add(&proofs, report), 0);
		assert_int_equal(judged(&proofs.list[0], reason), policy_rows[i].expected);
		eg_config_init(&config);
	}
}

static void nodes_are_kept_apart_and_in_order(void **state)
{
	EG_CLEANUP(eg_proofs_done) struct eg_proofs proofs = { 0 };

	(void)state;
	add(&proofs, "n3", 1, EG_FAIL);
	add(&proofs, "n1", 1, EG_PASS);
	add(&proofs, "n2", 1, EG_FAIL);
	assert_int_equal(proofs.count, 3);
	assert_string_equal(proofs.list[0].node, "n1");
	assert_string_equal(proofs.list[1].node, "n2");
	assert_string_equal(proofs.list[2].node, "n3");
	assert_string_equal(proofs.list[0].own.finding.id, "");
	assert_string_equal(proofs.list[2].own.finding.id, "EG102");
}

static void a_report_of_many_nodes_is_refused(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_proofs_done) struct eg_proofs proofs = { 0 };

	(void)state;
	assert_non_null(report);
	strcpy(report->facts.node, "n[1-64]");
	assert_int_equal(eg_proofs_add(&proofs, report), -EINVAL);
	assert_int_equal(proofs.count, 0);
}

/* What a survey hands over, a line a report. */
struct handed {
	char text[1024];
};

static int take(void *context, struct eg_report *report)
{
	struct handed *handed = context;
	const struct eg_finding *worst = eg_findings_worst(&report->findings);
	size_t length = strlen(handed->text);

	(void)snprintf(
		handed->text + length, sizeof(handed->text) - length, "%s %lld %u %s %s %s %s %d\n",
		report->facts.node, (long long)report->time, report->job_id,
		worst ? worst->id : "-", worst ? eg_blame_name(worst->blame) : "-",
		worst ? worst->subject : "-", worst ? worst->text : "-",
		report->facts.device_count && report->facts.devices[0].burst.state == EG_BURST_OK);
	return 0;
}

#define SURVEY(nodes)                                                                        \
	"{\"schema\": \"efagate.survey/1\", \"time\": 100, \"job_id\": 7, \"step_id\": 0, "  \
	"\"findings\": [{\"id\": \"EG401\", \"outcome\": \"fail\", \"blame\": \"cluster\", " \
	"\"text\": \"none reaches\"}], \"nodes\": [" nodes "]}"

static void a_survey_is_read_node_by_node(void **state)
{
	static const char json[] = SURVEY(
		"{\"node\": \"n1\", \"state\": \"ready\", \"findings\": [], \"alone_gbps\": 7.5, "
		"\"slowest_gbps\": 6.8, \"slowest\": \"rdmap16s27\"},"
		"{\"node\": \"n2\", \"state\": \"ready\", \"findings\": [{\"id\": \"EG403\", "
		"\"outcome\": \"fail\", \"blame\": \"device\", \"subject\": \"0000:10:1b.0\", "
		"\"text\": \"unreachable\"}]},"
		"{\"node\": \"n3\", \"state\": \"absent\", \"findings\": []}");
	struct handed handed = { { 0 } };
	struct eg_survey_taker taker = { take, take, &handed };
	struct eg_err err = { 0 };

	(void)state;
	assert_true(eg_survey_is_one(json, strlen(json)));
	assert_int_equal(eg_survey_from_json(json, strlen(json), &taker, &err), 0);
	assert_string_equal(handed.text,
			    " 100 7 EG401 cluster  none reaches 0\n"
			    "n1 100 7 - - - - 1\n"
			    "n2 100 7 EG403 device 0000:10:1b.0 unreachable 0\n"
			    "n3 100 7 EG408 none  took no part in the survey: absent 0\n");
}

static void a_broken_survey_hands_over_nothing(void **state)
{
	static const struct {
		const char *json, *text;
	} broken[] = {
		{ SURVEY("{\"node\": \"n1\", \"state\": \"ready\"}, {\"node\": \"n2\"}"),
		  "report: nodes[1].state: is missing" },
		{ SURVEY("{\"node\": \"n1\", \"state\": \"fine\"}"),
		  "report: nodes[0].state: 'fine' is not one of its words" },
		{ SURVEY("7"), "report: nodes[0].node: is missing" },
		{ "{\"schema\": \"efagate.survey/1\"}", "report: time: is missing" },
		{ "{\"schema\": \"efagate.survey/1\",", "report: line 1: string or '}' expected "
							"near end of file" },
	};

	(void)state;
	for (size_t i = 0; i < EG_COUNT(broken); i++) {
		struct handed handed = { { 0 } };
		struct eg_survey_taker taker = { take, take, &handed };
		struct eg_err err = { 0 };

		assert_int_equal(eg_survey_from_json(broken[i].json, strlen(broken[i].json), &taker,
						     &err),
				 -EINVAL);
		assert_string_equal(err.text, broken[i].text);
		assert_string_equal(handed.text, "");
	}
	assert_false(eg_survey_is_one("[]", 2));
	assert_false(eg_survey_is_one("{\"schema\": \"efagate.report/1\"}", 30));
}

static void a_file_of_the_system_is_trusted(void **state)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	EG_CLEANUP(eg_free) char *text = NULL;
	struct eg_err err = { 0 };
	size_t length = 0;

	(void)state;
	fd = eg_trusted_open("/etc//passwd", &err);
	assert_string_equal(err.text, "");
	assert_true(fd >= 0);
	text = eg_trusted_read(fd, "/etc/passwd", &length, &err);
	assert_non_null(text);
	assert_int_equal(strlen(text), length);
}

static void what_others_can_write_is_not_trusted(void **state)
{
	char file[] = "/tmp/efagate-trusted.XXXXXX";
	EG_CLEANUP(eg_close_fd) int fd = mkstemp(file);
	struct eg_err err = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(eg_trusted_open(file, &err), -EPERM);
	assert_string_equal(err.text, "'/tmp': others than root can write to it");
	assert_int_equal(eg_trusted_open("/etc/../tmp", &err), -EPERM);
	assert_string_equal(err.text, "'/etc/../tmp': others than root can write to it");
	assert_int_equal(eg_trusted_open("/proc/self/status", &err), -EPERM);
	assert_string_equal(err.text, "'/proc/self': is a symbolic link");
	assert_int_equal(eg_trusted_open("/dev/null", &err), -EPERM);
	assert_string_equal(err.text, "'/dev/null': not a regular file");
	assert_int_equal(eg_trusted_open("/etc/no-such-file", &err), -ENOENT);
	assert_string_equal(err.text, "'/etc/no-such-file': No such file or directory");
	assert_int_equal(eg_trusted_open("", &err), -ENOENT);
	(void)unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_report_of_a_node_counts),
		cmocka_unit_test(traffic_is_proof_when_two_sessions_agree_and_none_passed_since),
		cmocka_unit_test(the_words_of_the_site_hold),
		cmocka_unit_test(a_survey_is_read_node_by_node),
		cmocka_unit_test(a_broken_survey_hands_over_nothing),
		cmocka_unit_test(nodes_are_kept_apart_and_in_order),
		cmocka_unit_test(a_report_of_many_nodes_is_refused),
		cmocka_unit_test(a_file_of_the_system_is_trusted),
		cmocka_unit_test(what_others_can_write_is_not_trusted),
	};

	eg_config_init(&config);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
