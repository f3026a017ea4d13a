/* SPDX-License-Identifier: BSD-3-Clause */
/* efagate survey: in a step, traffic between all its nodes, one report. */
#include "prolog/commands/survey.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/nodelist.h"
#include "common/burst/conduct.h"
#include "common/node/gather.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/gather_child.h"
#include "prolog/commands/gather_config.h"
#include "prolog/commands/usage.h"
#include "prolog/config.h"
#include "prolog/session/party.h"
#include "prolog/session/ready.h"

#define TIMEOUT_DEFAULT_S 30
#define GUARD_S 2
#define SHOW_MS 100 /* between two states of a line on a terminal */
#define TELL_MS 500 /* of the time to meet, to tell the leader how this node is */

/* What stands between start and end. */
struct survey {
	struct eg_survey_options options;
	struct eg_config config;
	struct eg_nodelist nodes;
	struct eg_party party;
	struct eg_session_watch watch;
	bool progress, terminal; /* lines about it; and one that is written over */
	int64_t next_ms; /* not before: that line again */
};

static int print_help(void)
{
	printf("usage: srun -N... efagate survey [OPTION...]\n\n"
	       "Traffic between the EFA devices of all nodes of the step, in up to three rounds;\n"
	       "the first node prints one table: who is bad, with proof, and how fast the others\n"
	       "are. One process a node is enough; more do nothing.\n\n"
	       "  --json               the report as JSON (efagate.survey/1) instead of the table\n"
	       "  --report FILE        write that report to FILE as well\n"
	       "  --suggest-floors     a line for efagate.conf: 70 %% of each type's median\n"
	       "  --config FILE        instead of " EG_SYSCONFDIR "/efagate/efagate.conf\n"
	       "  --auth-key FILE      the nodes prove themselves by this key, which only this\n"
	       "                       user can read, instead of what the configuration says\n"
	       "  --timeout SECONDS    give up after this time (%d)\n"
	       "  -v                   progress on stderr, also where that is no terminal\n\n"
	       "Exit code of the first node: 0 pass, 1 warning, 2 fail, 3 unknown; of the others\n"
	       "0, or 3 when they heard nothing; 64 wrong command line.\n",
	       TIMEOUT_DEFAULT_S);
	return 0;
}

enum { OPT_JSON = 256, OPT_REPORT, OPT_FLOORS, OPT_CONFIG, OPT_AUTH_KEY, OPT_TIMEOUT };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "report", required_argument, NULL, OPT_REPORT },
	{ "suggest-floors", no_argument, NULL, OPT_FLOORS },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "auth-key", required_argument, NULL, OPT_AUTH_KEY },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* 0, or EG_EXIT_USAGE after a line. */
static int take_option(int option, char **argv, struct eg_survey_options *ret)
{
	static const long seconds[] = { 5, 300 };

	switch (option) {
	case OPT_JSON:
		ret->json = true;
		return 0;
	case OPT_REPORT:
		ret->report = optarg;
		return 0;
	case OPT_FLOORS:
		ret->suggest_floors = true;
		return 0;
	case OPT_CONFIG:
		ret->config = optarg;
		return 0;
	case OPT_AUTH_KEY:
		ret->auth_key = optarg;
		return 0;
	case OPT_TIMEOUT:
		return eg_usage_number("survey", "--timeout", optarg, seconds, &ret->timeout_s);
	case 'v':
		ret->verbose = true;
		return 0;
	}
	return eg_usage_bad_option("survey", option, argv);
}

/* 0, EG_EXIT_USAGE after a line, or -1 when help was printed. */
static int parse(int argc, char **argv, struct eg_survey_options *ret)
{
	int option, rc = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":vh", long_options, NULL)) != -1) {
		if (option == 'h')
			return print_help() - 1;
		rc = take_option(option, argv, ret);
	}
	if (!rc && optind < argc)
		rc = eg_usage_refuse("survey", "'%s' is too much", argv[optind]);
	return rc;
}

static void show_met(void *context, uint32_t ready, uint32_t count)
{
	const struct survey *survey = context;

	if (survey->progress)
		fprintf(stderr, "efagate survey: %u of %u nodes ready\n", ready, count);
}

static void show_stage(void *context, const struct eg_conduct *conduct)
{
	const struct survey *survey = context;

	if (survey->progress)
		fprintf(stderr, "efagate survey: round %u: %zu pairs of nodes\n", conduct->stage,
			conduct->pairs.count);
}

/* On a terminal the running round's line, written over, and not more often than can be read. */
static void show_result(void *context, const struct eg_conduct *conduct)
{
	struct survey *survey = context;

	if (!survey->terminal || eg_deadline_left(survey->next_ms))
		return;
	survey->next_ms = eg_deadline_in(SHOW_MS);
	fprintf(stderr, "efagate survey: round %u: %u of %zu pairs done\r", conduct->stage,
		conduct->pairs_done, conduct->pairs.count);
}

static void show_stage_end(void *context, const struct eg_conduct *conduct)
{
	const struct survey *survey = context;
	uint32_t suspects;

	if (!survey->progress)
		return;
	suspects = eg_conduct_suspects(conduct);
	fprintf(stderr, "efagate survey: round %u: %u of %zu pairs done, %u suspect node%s\n",
		conduct->stage, conduct->pairs_done, conduct->pairs.count, suspects,
		suspects == 1 ? "" : "s");
}

static void write_report(const char *path, const char *json)
{
	FILE *file = fopen(path, "we");
	bool bad = !file || fputs(json, file) < 0 || fputc('\n', file) == EOF;

	if (file && fclose(file))
		bad = true;
	if (bad)
		fprintf(stderr, "efagate survey: '%s': %s\n", path, strerror(errno));
}

/* In the leader's process: all is there, and the members wait. */
static void show_end(void *context, const struct eg_session_view *view)
{
	const struct survey *survey = context;
	EG_CLEANUP(eg_free) struct eg_survey_node *nodes = eg_survey_nodes(view);
	EG_CLEANUP(eg_free) char *json = NULL;

	if (nodes && (survey->options.json || survey->options.report))
		json = eg_survey_to_json(view, nodes);
	if (!nodes || ((survey->options.json || survey->options.report) && !json)) {
		fprintf(stderr, "efagate survey: out of memory\n");
		return;
	}
	if (survey->options.json)
		printf("%s\n", json);
	else
		eg_survey_table_print(stdout, view, nodes);
	if (survey->options.suggest_floors)
		eg_survey_floors_print(survey->options.json ? stderr : stdout, view);
	if (survey->options.report)
		write_report(survey->options.report, json);
	if (fflush(stdout) || ferror(stdout))
		fprintf(stderr, "efagate survey: the result could not be written\n");
}

/* There is no session, and so no table. */
static void show_refused(void *context, const char *line)
{
	(void)context;
	fprintf(stderr, "%s\n", line);
}

static long number_of(const char *name)
{
	const char *text = getenv(name);
	char *end = NULL;
	long number = text ? strtol(text, &end, 10) : -1;

	return text && *text && !*end ? number : -1;
}

/* What Slurm says of this step: 0, -1 when this process has nothing to do, or an exit code. */
static int read_step(struct survey *survey)
{
	const char *list = getenv("SLURM_STEP_NODELIST");
	const char *name = getenv("SLURMD_NODENAME");
	long job = number_of("SLURM_JOB_ID"), step = number_of("SLURM_STEP_ID"), place;
	struct eg_err err = { 0 };

	if (!list || !name || job < 0 || step < 0)
		return eg_usage_refuse("survey", "not in a step of Slurm; srun -N2 efagate survey");
	if (number_of("SLURM_LOCALID") > 0)
		return -1;
	if (eg_nodelist_parse(list, &survey->nodes, &err) < 0) {
		fprintf(stderr, "efagate survey: SLURM_STEP_NODELIST: %s\n", err.text);
		return EG_EXIT_UNKNOWN;
	}
	place = eg_nodelist_find(&survey->nodes, name);
	if (place < 0) {
		fprintf(stderr, "efagate survey: node '%s' is not in '%s'\n", name, list);
		return EG_EXIT_UNKNOWN;
	}
	if (survey->nodes.count < 2)
		return eg_usage_refuse("survey", "one node; efagate burst --self is for that");
	survey->party.index = (uint32_t)place;
	survey->party.session.job = (uint32_t)job;
	survey->party.session.step = (uint32_t)step;
	return 0;
}

static void fill_session(struct survey *survey)
{
	struct eg_session *session = &survey->party.session;
	int64_t timeout_ms = survey->options.timeout_s * 1000;

	eg_party_configure(&survey->party, &survey->config);
	if (survey->options.auth_key) {
		survey->party.auth_choice.way = EG_AUTH_KEY;
		survey->party.auth_choice.key_file = survey->options.auth_key;
	}
	session->uid = getuid();
	session->nodes = (const char *const *)survey->nodes.names;
	session->count = (uint32_t)survey->nodes.count;
	session->deadline_ms = eg_deadline_in(timeout_ms);
	/* Slurm starts the step's processes one after the other. */
	session->meet_ms = (uint32_t)timeout_ms / 3;
	session->meet_deadline_ms = eg_deadline_in(session->meet_ms);
	session->traffic = true;
	session->partial = true;
	session->tested = "survey";
	session->fate = "nothing was drained";
	survey->watch = (struct eg_session_watch){
		.met = show_met,
		.stage = show_stage,
		.result = show_result,
		.stage_end = show_stage_end,
		.end = show_end,
		.refused = show_refused,
		.context = survey,
	};
	session->watch = &survey->watch;
	survey->terminal = isatty(STDERR_FILENO);
	survey->progress = survey->options.verbose || survey->terminal;
}

static bool look(const struct survey *survey, const char *node, struct eg_report *report)
{
	struct eg_gather_options options = { .sysfs = "/sys", .node = node };
	int64_t span_ms = eg_deadline_left(survey->party.session.meet_deadline_ms) * 3 / 4;
	struct eg_gather_child child = {
		.options = &options,
		.timeout_ms = span_ms,
		.deadline_ms = eg_deadline_in(span_ms),
	};

	eg_gather_configure(&survey->config, &options);
	return eg_gather_child_run(&child, report);
}

/* Ends what munge or the resolver hold beyond all deadlines; also in the leader's process. */
static void guard(void *context)
{
	const struct survey *survey = context;

	(void)alarm((unsigned int)survey->options.timeout_s + GUARD_S);
}

static int run(struct survey *survey, struct eg_report *report)
{
	struct eg_party *party = &survey->party;
	const char *node = party->session.nodes[party->index];
	struct eg_verdict verdict = { 0 };
	struct eg_err err = { 0 };
	struct eg_ready ready;
	int rc;

	guard(survey);
	party->in_leader = guard;
	party->context = survey;
	eg_party_start(party);
	if (look(survey, node, report))
		eg_judge_node(&report->facts, &report->findings);
	eg_party_offer(party, party->session.meet_deadline_ms - TELL_MS, &report->findings);
	eg_ready_from_report(report, &ready);
	rc = eg_party_take_part(party, &ready, party->session.deadline_ms, &verdict, &err);
	eg_party_end(party);
	if (rc) {
		fprintf(stderr, "efagate survey: %s: %s\n", node, err.text);
		return EG_EXIT_UNKNOWN;
	}
	return party->index ? 0 : eg_outcome_exit_code((enum eg_outcome)verdict.outcome);
}

static int run_step(struct survey *survey)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_err err = { 0 };
	int rc = read_step(survey);

	if (rc)
		return rc < 0 ? 0 : rc;
	if (!report || eg_config_load(survey->options.config, &survey->config, &err) < 0) {
		fprintf(stderr, "efagate survey: %s; nothing was measured\n",
			report ? err.text : "out of memory");
		return EG_EXIT_UNKNOWN;
	}
	fill_session(survey);
	/* The leader's process must not print again what stands in stdout's buffer. */
	(void)fflush(stdout);
	return run(survey, report);
}

int eg_cmd_survey(int argc, char **argv)
{
	EG_CLEANUP(eg_free) struct survey *survey = calloc(1, sizeof(*survey));
	int rc;

	if (!survey) {
		fprintf(stderr, "efagate survey: out of memory\n");
		return EG_EXIT_UNKNOWN;
	}
	survey->options.timeout_s = TIMEOUT_DEFAULT_S;
	rc = parse(argc, argv, &survey->options);
	if (rc)
		return rc < 0 ? 0 : rc;
	rc = run_step(survey);
	eg_nodelist_done(&survey->nodes);
	return rc;
}
