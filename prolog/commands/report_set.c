/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/report_set.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/report.h"
#include "prolog/commands/report_file.h"
#include "prolog/terminal.h"

#define MANY 32 /* reports; fewer are read at once */

static void fill_row(struct eg_report_row *row, const struct eg_report *report)
{
	const struct eg_finding *worst = eg_findings_worst(&report->findings);

	strcpy(row->node, report->facts.node);
	strcpy(row->trigger, report->trigger);
	row->time = report->time;
	row->outcome = eg_findings_outcome(&report->findings);
	row->findings = report->findings.count;
	row->drained = report->action.taken && report->action.drained;
	if (worst) {
		strcpy(row->worst_id, worst->id);
		strcpy(row->worst_text, worst->text);
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct eg_report_row *left = a, *right = b;
	int by_node = strverscmp(left->node, right->node);

	if (by_node)
		return by_node;
	if (left->time != right->time)
		return left->time < right->time ? -1 : 1;
	return strcmp(left->path, right->path);
}

static int compare_nodes(const void *a, const void *b)
{
	const struct eg_report_row *left = a, *right = b;

	return strcmp(left->node, right->node);
}

/* Only the newest row of a node keeps its text; @newest is a tree of those. */
static int keep_newest(void **newest, struct eg_report_row *row)
{
	struct eg_report_row **place = tsearch(row, newest, compare_nodes);

	if (!place)
		return -ENOMEM;
	if (*place == row) {
		row->newest = true;
	} else if (compare_rows(*place, row) < 0) {
		free((*place)->text);
		(*place)->text = NULL;
		(*place)->newest = false;
		row->newest = true;
		*place = row;
	} else {
		free(row->text);
		row->text = NULL;
	}
	return 0;
}

/* The tree holds rows, which are the set's. */
static void leave(void *row)
{
	(void)row;
}

/* 1, 0 when it could not be read, which is said, or -ENOMEM. */
static int read_row(const char *path, struct eg_report *report, struct eg_report_row *row)
{
	struct eg_err err = { 0 };
	char *text = NULL, *fitting;
	ssize_t length = eg_report_file_load(path, &text, &err);
	int rc = (int)length;

	if (length >= 0) {
		rc = eg_report_file_parse(text, (size_t)length, report, &err);
		if (rc < 0)
			(void)eg_err_prefix(&err, "'%s'", path);
	}
	if (rc < 0) {
		free(text);
		eg_progress_end();
		fprintf(stderr, "efagate report: %s\n", err.text);
		return rc == -ENOMEM ? rc : 0;
	}
	fitting = realloc(text, (size_t)length + 1);
	row->text = fitting ? fitting : text;
	row->text_length = (size_t)length;
	row->path = path;
	fill_row(row, report);
	return 1;
}

static int read_rows(const struct eg_report_paths *paths, struct eg_report *report,
		     struct eg_report_set *set)
{
	void *newest = NULL;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < paths->count; i++) {
		struct eg_report_row *row = &set->rows[set->count];

		if (paths->count >= MANY)
			eg_progress_show("reading reports", i, paths->count);
		rc = read_row(paths->paths[i], report, row);
		set->unreadable += !rc;
		if (rc <= 0)
			continue;
		set->count++;
		if (row->outcome > set->worst)
			set->worst = row->outcome;
		rc = keep_newest(&newest, row);
	}
	eg_progress_end();
	tdestroy(newest, leave);
	return rc < 0 ? rc : 0;
}

int eg_report_set_read(const struct eg_report_paths *paths, struct eg_report_set *ret)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_report_set_done) struct eg_report_set set = { 0 };

	set.rows = calloc(paths->count ? paths->count : 1, sizeof(*set.rows));
	if (!report || !set.rows || read_rows(paths, report, &set) < 0)
		return -ENOMEM;
	qsort(set.rows, set.count, sizeof(*set.rows), compare_rows);
	for (size_t i = 0; i < set.count; i++)
		set.nodes += set.rows[i].newest;
	*ret = set;
	set = (struct eg_report_set){ 0 }; /* *ret owns it now */
	return 0;
}

void eg_report_set_done(struct eg_report_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->rows[i].text);
	free(set->rows);
	*set = (struct eg_report_set){ 0 };
}

int eg_report_set_visit(struct eg_report_set *set,
			void (*visit)(const struct eg_report_row *row,
				      const struct eg_report *report, void *context),
			void *context)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	for (size_t i = 0; i < set->count; i++) {
		const struct eg_report_row *row = &set->rows[i];

		if (!row->newest)
			continue;
		/* It was read before: nothing but memory can be lacking. */
		if (eg_report_file_parse(row->text, row->text_length, report, NULL) < 0)
			return -ENOMEM;
		visit(row, report, context);
	}
	return 0;
}
