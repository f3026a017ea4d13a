/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/verdict/report.h"
#include "common/verdict/report_survey.h"
#include "prolog/commands/check_table.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/report_bundle.h"
#include "prolog/commands/report_file.h"
#include "prolog/commands/report_nodes.h"
#include "prolog/commands/report_prometheus.h"
#include "prolog/commands/report_set.h"
#include "prolog/commands/usage.h"
#include "prolog/config.h"
#include "prolog/html/report_html.h"
#include "prolog/terminal.h"

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_HTML, FORMAT_PROMETHEUS };

static const char *const format_words[] = { "table", "json", "html", "prometheus" };

/* What is carried from report to report. */
struct output {
	enum format format;
	bool verbose;
	bool by_node; /* no file was named: what the site keeps, a line a node */
	bool bundle;
	const char *node; /* only this one, NULL all */
	const char *config_path; /* NULL: the default */
	struct eg_report_notes notes;
	size_t printed, unreadable;
	enum eg_outcome worst;
};

static int print_help(void)
{
	printf("usage: efagate report [OPTION...] [FILE|DIR...]\n\n"
	       "What saved reports say, and of surveys each node; of a folder the files named *.json.\n"
	       "Without any, a line for each node that something is wrong with now, of the reports\n"
	       "in report_dir, or in state_dir where there is none.\n\n"
	       "  --format table|json|html|prometheus\n"
	       "                       one line a report (default); a JSON list of them; one page for\n"
	       "                       a browser, without network; metrics of each node's newest\n"
	       "                       report for node_exporter's textfile collector\n"
	       "  --json               the same as --format json\n"
	       "  -v                   the table of each node\n"
	       "  --node NAME          only this node's reports\n"
	       "  --bundle             all about that node in one text, for a support case\n"
	       "  --config FILE        instead of " EG_CONFIG_DEFAULT "\n\n"
	       "Exit code: the worst of all: 0 pass, 1 warning, 2 fail, 3 unknown or not\n"
	       "readable, 64 wrong command line.\n");
	return 0;
}

static const struct option long_options[] = {
	{ "format", required_argument, NULL, 'f' }, { "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },	    { "node", required_argument, NULL, 'n' },
	{ "bundle", no_argument, NULL, 'b' },	    { "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },	    { NULL, 0, NULL, 0 },
};

static int take_format(const char *word, struct output *ret)
{
	for (size_t i = 0; i < EG_COUNT(format_words); i++) {
		if (!strcmp(word, format_words[i])) {
			ret->format = (enum format)i;
			return 0;
		}
	}
	return eg_usage_refuse("report", "--format '%s': expected table, json, html or prometheus",
			       word);
}

/* 0, EG_EXIT_USAGE after a line, or -1 when help was printed. */
static int parse(int argc, char **argv, struct output *ret)
{
	int option, rc = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":vh", long_options, NULL)) != -1) {
		if (option == 'h')
			return print_help() - 1;
		if (option == 'f')
			rc = take_format(optarg, ret);
		else if (option == 'j')
			ret->format = FORMAT_JSON;
		else if (option == 'v')
			ret->verbose = true;
		else if (option == 'n')
			ret->node = optarg;
		else if (option == 'b')
			ret->bundle = true;
		else if (option == 'c')
			ret->config_path = optarg;
		else
			rc = eg_usage_bad_option("report", option, argv);
	}
	if (!rc && ret->bundle && !ret->node)
		rc = eg_usage_refuse("report", "--bundle needs --node");
	ret->by_node = optind == argc && !ret->node && !ret->verbose && ret->format == FORMAT_TABLE;
	return rc;
}

static void print_line(const struct eg_report *report, bool first)
{
	const struct eg_finding *worst = eg_findings_worst(&report->findings);
	enum eg_outcome outcome = eg_findings_outcome(&report->findings);
	time_t seconds = (time_t)report->time;
	struct tm parts;
	char when[32] = "-";

	if (gmtime_r(&seconds, &parts))
		(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
	if (first)
		printf("%-16s  %-20s  %-11s  %-7s  %3s  %s\n", "NODE", "TIME", "TRIGGER", "VERDICT",
		       "EFA", "FINDING");
	printf("%-16s  %-20s  %-11s  ", report->facts.node, when, report->trigger);
	eg_terminal_outcome(stdout, outcome);
	printf("%*s  %3zu  ", (int)(7 - strlen(eg_outcome_name(outcome))), "",
	       report->survey.is_one ? report->survey.devices : report->facts.device_count);
	if (!worst)
		printf("-\n");
	else if (report->findings.count == 1)
		printf("%s: %s\n", worst->id, worst->text);
	else
		printf("%s: %s (+%zu more)\n", worst->id, worst->text, report->findings.count - 1);
}

static void print_json(const struct eg_report *report, bool first)
{
	EG_CLEANUP(eg_free) char *json = eg_report_to_json(report);

	printf("%s%s", first ? "" : ",\n", json ? json : "null");
}

static void print_one(struct output *output, const struct eg_report *report)
{
	enum eg_outcome outcome = eg_findings_outcome(&report->findings);
	bool first;

	if (output->node && strcmp(report->facts.node, output->node) != 0)
		return;
	if (output->by_node) {
		output->unreadable += eg_report_notes_add(&output->notes, report) != 0;
		return;
	}
	first = !output->printed++;
	if (outcome > output->worst)
		output->worst = outcome;
	if (output->format == FORMAT_JSON)
		print_json(report, first);
	else if (output->verbose)
		eg_check_table_print(stdout, report);
	else
		print_line(report, first);
}

static int take_node(void *context, struct eg_report *report)
{
	print_one(context, report);
	return 0;
}

/* What a survey found against no single node stands under no node's name. */
static int take_common(void *context, struct eg_report *report)
{
	struct output *output = context;

	strcpy(report->facts.node, "-");
	if (report->findings.count && !output->by_node)
		print_one(output, report);
	return 0;
}

/* A report, or a survey as a report of each of its nodes. */
static int print_file(struct output *output, const char *path, struct eg_report *report,
		      struct eg_err *err)
{
	struct eg_survey_taker taker = { take_node, take_common, output };
	EG_CLEANUP(eg_free) char *text = NULL;
	ssize_t length = eg_report_file_load(path, &text, err);
	int rc;

	if (length < 0)
		return (int)length;
	if (eg_survey_is_one(text, (size_t)length)) {
		rc = eg_survey_from_json(text, (size_t)length, &taker, err);
	} else {
		rc = eg_report_file_parse(text, (size_t)length, report, err);
		if (!rc)
			print_one(output, report);
	}
	return rc < 0 ? eg_err_prefix(err, "'%s'", path) : 0;
}

static void print_all(struct output *output, const struct eg_report_paths *list)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_err err = { .text = "out of memory" };

	if (output->format == FORMAT_JSON)
		printf("[\n");
	for (size_t i = 0; i < list->count; i++) {
		if (report && !print_file(output, list->paths[i], report, &err))
			continue;
		fprintf(stderr, "efagate report: %s\n", err.text);
		output->unreadable++;
	}
	if (output->format == FORMAT_JSON)
		printf("]\n");
}

/* The formats that put things of many nodes together. */
static void print_set(struct output *output, const struct eg_report_paths *list)
{
	EG_CLEANUP(eg_report_set_done) struct eg_report_set set = { 0 };
	int rc = eg_report_set_read(list, &set);

	if (!rc)
		rc = output->format == FORMAT_HTML ? eg_report_html_print(stdout, &set)
						   : eg_report_prometheus_print(stdout, &set);
	if (rc < 0) {
		fprintf(stderr, "efagate report: out of memory\n");
		output->unreadable++;
	}
	output->worst = set.worst;
	output->unreadable += set.unreadable;
}

static void add_path(struct output *output, struct eg_report_paths *list, const char *path)
{
	struct eg_err err = { 0 };

	if (eg_report_paths_add(list, path, &err) < 0) {
		fprintf(stderr, "efagate report: %s\n", err.text);
		output->unreadable++;
	}
}

/* What the site keeps. 0, or EG_EXIT_UNKNOWN after a line. */
static int add_kept(struct output *output, const struct eg_config *config,
		    struct eg_report_paths *list)
{
	char path[EG_CONFIG_PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/reports", config->state_dir);
	if (config->report_dir[0])
		strcpy(path, config->report_dir);
	if (access(path, F_OK)) {
		fprintf(stderr, "efagate report: no reports: '%s' is not there\n", path);
		return EG_EXIT_UNKNOWN;
	}
	add_path(output, list, path);
	return 0;
}

static int print(struct output *output, const struct eg_config *config,
		 const struct eg_report_paths *list)
{
	if (!list->count && !output->unreadable) {
		fprintf(stderr, "efagate report: no files named *.json there\n");
		return EG_EXIT_UNKNOWN;
	}
	if (output->bundle)
		return eg_report_bundle_print(config, list, output->node, stdout) ? 0
										  : EG_EXIT_UNKNOWN;
	if (output->format == FORMAT_HTML || output->format == FORMAT_PROMETHEUS)
		print_set(output, list);
	else
		print_all(output, list);
	if (output->by_node)
		output->worst = eg_report_notes_print(&output->notes, stdout);
	eg_report_notes_done(&output->notes);
	if (output->unreadable && output->worst < EG_UNKNOWN)
		output->worst = EG_UNKNOWN;
	return eg_outcome_exit_code(output->worst);
}

int eg_cmd_report(int argc, char **argv)
{
	EG_CLEANUP(eg_report_paths_done) struct eg_report_paths list = { 0 };
	struct output output = { 0 };
	struct eg_config config;
	struct eg_err err = { 0 };
	int rc = parse(argc, argv, &output);

	if (rc)
		return rc < 0 ? 0 : rc;
	eg_config_init(&config);
	if ((optind == argc || output.bundle) &&
	    eg_config_load(output.config_path, &config, &err) < 0) {
		fprintf(stderr, "efagate report: %s\n", err.text);
		return EG_EXIT_UNKNOWN;
	}
	for (int i = optind; i < argc; i++)
		add_path(&output, &list, argv[i]);
	if (optind == argc)
		rc = add_kept(&output, &config, &list);
	return rc ? rc : print(&output, &config, &list);
}
