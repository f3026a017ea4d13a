/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/judge_self.h"
#include "common/verdict/report.h"
#include "prolog/commands/check_table.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/report_file.h"
#include "prolog/commands/usage.h"

static int print_help(void)
{
	printf("usage: efagate replay FILE\n\n"
	       "Judges the facts of a saved report with the rules of this version and prints the\n"
	       "difference: '-' was found then, '+' is found now. Findings of traffic and of the\n"
	       "job are kept, their facts are not in the report.\n\n"
	       "Exit code: 0 pass, 1 warning, 2 fail, 3 unknown, 64 wrong command line.\n");
	return 0;
}

/* Does this id follow from a report's facts? EG901 does when it is about a layer. */
static bool is_judged(const struct eg_finding *finding, const struct eg_node_facts *facts)
{
	static const char *const of_job[] = { "EG201", "EG202", "EG206" };

	if (!strcmp(finding->id, "EG901"))
		return facts->pci_error[0] || facts->verbs_error[0] || facts->fabric_error[0] ||
		       facts->devices_dropped;
	for (size_t i = 0; i < EG_COUNT(of_job); i++) {
		if (!strcmp(finding->id, of_job[i]))
			return false;
	}
	return finding->id[2] == '1' || finding->id[2] == '2';
}

/* A burst is judged by its traffic alone, when there was any. */
static bool is_burst(const struct eg_report *report)
{
	return !strcmp(report->trigger, "burst");
}

/* What traffic with another node means, both judged together: not in one report. */
static bool is_with_other(const struct eg_node_facts *facts)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		if (facts->devices[i].burst.peer[0] &&
		    strcmp(facts->devices[i].burst.peer, facts->node) != 0)
			return true;
	}
	return false;
}

static bool has_burst(const struct eg_node_facts *facts)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		if (facts->devices[i].burst.state != EG_BURST_NOT_TRIED)
			return true;
	}
	return false;
}

static bool has_same(const struct eg_findings *findings, const struct eg_finding *wanted)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct eg_finding *finding = &findings->list[i];

		if (!strcmp(finding->id, wanted->id) && finding->outcome == wanted->outcome &&
		    !strcmp(finding->text, wanted->text))
			return true;
	}
	return false;
}

/* Print what only @a has; the number of lines. */
static size_t print_only(char sign, const struct eg_findings *a, const struct eg_findings *b)
{
	size_t lines = 0;

	for (size_t i = 0; i < a->count; i++) {
		if (has_same(b, &a->list[i]))
			continue;
		printf("%c %s %s: %s\n", sign, a->list[i].id, eg_outcome_name(a->list[i].outcome),
		       a->list[i].text);
		lines++;
	}
	return lines;
}

static void judge_again(const struct eg_report *report, struct eg_findings *ret)
{
	bool burst = is_burst(report), self = burst && !is_with_other(&report->facts);
	bool tried = self && has_burst(&report->facts);

	if (self)
		eg_judge_self(&report->facts, ret);
	else if (!burst)
		eg_judge_node(&report->facts, ret);
	for (size_t i = 0; i < report->findings.count && ret->count < EG_FINDINGS_MAX; i++) {
		if (burst ? !tried : !is_judged(&report->findings.list[i], &report->facts))
			ret->list[ret->count++] = report->findings.list[i];
	}
}

static int replay(const char *path)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_free) struct eg_findings *now = calloc(1, sizeof(*now));
	struct eg_err err = { .text = "out of memory" };
	enum eg_outcome before, after;

	if (!report || !now || eg_report_file_read(path, report, &err) < 0) {
		fprintf(stderr, "efagate replay: %s\n", err.text);
		return EG_EXIT_UNKNOWN;
	}
	judge_again(report, now);
	before = eg_findings_outcome(&report->findings);
	after = eg_findings_outcome(now);
	if (!(print_only('-', &report->findings, now) + print_only('+', now, &report->findings)))
		printf("no difference\n");
	if (before == after)
		printf("verdict     %s\n", eg_outcome_name(after));
	else
		printf("verdict     %s, was %s\n", eg_outcome_name(after), eg_outcome_name(before));
	return eg_outcome_exit_code(after);
}

int eg_cmd_replay(int argc, char **argv)
{
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return print_help();
	if (argc < 2)
		return eg_usage_refuse("replay", "no file given");
	if (argc > 2)
		return eg_usage_refuse("replay", "'%s' is too much", argv[2]);
	return replay(argv[1]);
}
