/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "common/verdict/report.h"
#include "prolog/commands/check_table.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/report_file.h"
#include "prolog/commands/report_prometheus.h"
#include "prolog/commands/report_set.h"
#include "prolog/commands/usage.h"
#include "prolog/html/report_html.h"

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_HTML, FORMAT_PROMETHEUS };

static const char *const format_words[] = { "table", "json", "html", "prometheus" };

/* What is carried from report to report. */
struct output {
	enum format format;
	bool verbose;
	size_t printed, unreadable;
	enum eg_outcome worst;
};

static int print_help(void)
{
	printf("usage: efagate report [OPTION...] FILE|DIR...\n\n"
	       "What saved reports say; of a folder the files named *.json.\n\n"
	       "  --format table|json|html|prometheus\n"
	       "                one line a report (default); a JSON list of them; one page for a\n"
	       "                browser, without network; metrics of each node's newest report\n"
	       "                for node_exporter's textfile collector\n"
	       "  --json        the same as --format json\n"
	       "  -v            the table of each node\n\n"
	       "Exit code: the worst of all: 0 pass, 1 warning, 2 fail, 3 unknown or not\n"
	       "readable, 64 wrong command line.\n");
	return 0;
}

static const struct option long_options[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
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
		else
			rc = eg_usage_bad_option("report", option, argv);
	}
	if (!rc && optind == argc)
		rc = eg_usage_refuse("report", "no file given");
	return rc;
}

static void print_line(const struct eg_report *report, bool first)
{
	const struct eg_finding *worst = eg_findings_worst(&report->findings);
	time_t seconds = (time_t)report->time;
	struct tm parts;
	char when[32] = "-";

	if (gmtime_r(&seconds, &parts))
		(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
	if (first)
		printf("%-16s  %-20s  %-11s  %-7s  %3s  %s\n", "NODE", "TIME", "TRIGGER", "VERDICT",
		       "EFA", "FINDING");
	printf("%-16s  %-20s  %-11s  %-7s  %3zu  ", report->facts.node, when, report->trigger,
	       eg_outcome_name(eg_findings_outcome(&report->findings)), report->facts.device_count);
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
	bool first = !output->printed++;

	if (outcome > output->worst)
		output->worst = outcome;
	if (output->format == FORMAT_JSON)
		print_json(report, first);
	else if (output->verbose)
		eg_check_table_print(stdout, report);
	else
		print_line(report, first);
}

static void print_all(struct output *output, const struct eg_report_paths *list)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_err err = { .text = "out of memory" };

	if (output->format == FORMAT_JSON)
		printf("[\n");
	for (size_t i = 0; i < list->count; i++) {
		if (report && !eg_report_file_read(list->paths[i], report, &err)) {
			print_one(output, report);
			continue;
		}
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

int eg_cmd_report(int argc, char **argv)
{
	EG_CLEANUP(eg_report_paths_done) struct eg_report_paths list = { 0 };
	struct output output = { 0 };
	struct eg_err err = { 0 };
	int rc = parse(argc, argv, &output);

	if (rc)
		return rc < 0 ? 0 : rc;
	for (int i = optind; i < argc; i++) {
		if (eg_report_paths_add(&list, argv[i], &err) < 0) {
			fprintf(stderr, "efagate report: %s\n", err.text);
			output.unreadable++;
		}
	}
	if (!list.count && !output.unreadable) {
		fprintf(stderr, "efagate report: no files named *.json there\n");
		return EG_EXIT_UNKNOWN;
	}
	if (output.format == FORMAT_HTML || output.format == FORMAT_PROMETHEUS)
		print_set(&output, &list);
	else
		print_all(&output, &list);
	if (output.unreadable && output.worst < EG_UNKNOWN)
		output.worst = EG_UNKNOWN;
	return eg_outcome_exit_code(output.worst);
}
