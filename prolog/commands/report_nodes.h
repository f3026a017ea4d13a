/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_nodes - what many reports say of the nodes they are about: a line
 * for each node that something is wrong with now.
 */
#ifndef EG_COMMANDS_REPORT_NODES_H
#define EG_COMMANDS_REPORT_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/verdict/finding.h"

struct eg_report;

/* What is kept of one report. */
struct eg_report_note {
	char node[256];
	int64_t time;
	enum eg_outcome outcome;
	char ids[64]; /* "EG102,EG203", each once, the worst first */
	char subject[64]; /* of the worst finding */
	char text[200];
	bool drained;
	bool awaited; /* a survey waited for the node in vain */
};

struct eg_report_notes {
	struct eg_report_note *list;
	size_t count;
};

/* 0 or -ENOMEM. */
int eg_report_notes_add(struct eg_report_notes *notes, const struct eg_report *report);

/*
 * A survey that waited for a node in vain counts only where nothing else is known of it.
 * Print the nodes whose newest report is not a pass: since when that is so,
 * ids, device, evidence; then how many of how many. Returns the worst outcome.
 */
enum eg_outcome eg_report_notes_print(struct eg_report_notes *notes, FILE *to);

void eg_report_notes_done(struct eg_report_notes *notes);

#endif
