/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_set - many reports at a glance: one small row a report, by node and
 * time, and of each node's newest its text (10 to 150 kB), so that formats which
 * put things of many nodes together read each file once and need not hold all
 * reports (300 kB each) at once.
 */
#ifndef EG_COMMANDS_REPORT_SET_H
#define EG_COMMANDS_REPORT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/verdict/finding.h"

struct eg_report;
struct eg_report_paths;

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
	bool newest; /* of its node; of equal times the last by path */
	char *text; /* of the newest, NULL of the others */
	size_t text_length;
};

struct eg_report_set {
	struct eg_report_row *rows; /* by node, "n2" before "n10", then by time */
	size_t count;
	size_t nodes;
	size_t unreadable; /* said on stderr */
	enum eg_outcome worst;
};

/*
 * Read all of @paths once, in order. What cannot be read is said on stderr and
 * counted. Returns 0 or -ENOMEM. Release with eg_report_set_done().
 */
int eg_report_set_read(const struct eg_report_paths *paths, struct eg_report_set *ret);

/* Takes zeroed sets. */
void eg_report_set_done(struct eg_report_set *set);

/*
 * Call @visit for the newest report of each node, in order, one after the other
 * in one buffer. Returns 0 or -ENOMEM.
 */
int eg_report_set_visit(struct eg_report_set *set,
			void (*visit)(const struct eg_report_row *row,
				      const struct eg_report *report, void *context),
			void *context);

#endif
