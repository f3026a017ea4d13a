/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_set - many reports at a glance: one small row a report, by node and
 * time, and of each node's newest its text (10 to 150 kB), so that formats which
 * put things of many nodes together read each file once and need not hold all
 * reports (300 kB each) at once. A survey is a row for each of its nodes.
 */
#ifndef EG_COMMANDS_REPORT_SET_H
#define EG_COMMANDS_REPORT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/verdict/finding.h"
#include "common/verdict/report.h"

struct eg_report_paths;

/* What a survey says of a node. */
struct eg_survey_said {
	uint32_t job_id;
	int64_t step_id;
	char instance_type[64]; /* "" not said */
	struct eg_findings findings; /* last, and cut behind the last of them */
};

struct eg_report_row {
	const char *path; /* of the list of paths, which must live as long */
	char node[256];
	char trigger[16];
	int64_t time; /* seconds since 1970 */
	enum eg_outcome outcome;
	size_t findings;
	char worst_id[8]; /* "" without findings */
	char worst_text[200];
	bool drained;
	bool newest; /* what is known of its node now */
	/* Of the newest of its kind, NULL of the others. */
	char *text; /* of a report */
	size_t text_length;
	struct eg_survey_said *said; /* of a survey */
	struct eg_report_survey survey; /* of rows from surveys */
};

/*
 * The newest report of a node, of equal times the last by path. A survey that
 * it took part in and that is newer says what was found; the report, where
 * there is one, still says what the node has. A survey that waited for it in
 * vain counts only where there is nothing else.
 */
struct eg_report_set {
	struct eg_report_row *rows; /* by node, "n2" before "n10", then by time */
	size_t count;
	size_t nodes;
	size_t surveys;
	size_t unreadable; /* said on stderr */
	enum eg_outcome worst;
	struct eg_findings *common; /* of no single node, of the newest survey; NULL without one */
	int64_t common_time;
};

/*
 * Read all of @paths once, in order. What cannot be read is said on stderr and
 * counted. Returns 0 or -ENOMEM. Release with eg_report_set_done().
 */
int eg_report_set_read(const struct eg_report_paths *paths, struct eg_report_set *ret);

/* Takes zeroed sets. */
void eg_report_set_done(struct eg_report_set *set);

/*
 * Call @visit for each node, in order, with what is known of it now: the
 * newest row, and a report that has its findings and time, and the facts of
 * the node's newest whole report (none where there are only surveys). All in
 * one buffer, one after the other. Returns 0 or -ENOMEM.
 */
int eg_report_set_visit(const struct eg_report_set *set,
			void (*visit)(const struct eg_report_row *row,
				      const struct eg_report *report, void *context),
			void *context);

#endif
