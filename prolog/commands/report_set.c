/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/report_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/report.h"
#include "prolog/commands/report_file.h"

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

static void mark_newest(struct eg_report_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		set->rows[i].newest = i + 1 == set->count ||
				      strcmp(set->rows[i].node, set->rows[i + 1].node) != 0;
		set->nodes += set->rows[i].newest;
	}
}

int eg_report_set_read(const struct eg_report_paths *paths, struct eg_report_set *ret)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_report_set set = { 0 };

	set.rows = calloc(paths->count ? paths->count : 1, sizeof(*set.rows));
	if (!report || !set.rows) {
		free(set.rows);
		return -ENOMEM;
	}
	for (size_t i = 0; i < paths->count; i++) {
		struct eg_report_row *row = &set.rows[set.count];
		struct eg_err err = { 0 };

		if (eg_report_file_read(paths->paths[i], report, &err) < 0) {
			fprintf(stderr, "efagate report: %s\n", err.text);
			set.unreadable++;
			continue;
		}
		row->path = paths->paths[i];
		fill_row(row, report);
		if (row->outcome > set.worst)
			set.worst = row->outcome;
		set.count++;
	}
	qsort(set.rows, set.count, sizeof(*set.rows), compare_rows);
	mark_newest(&set);
	*ret = set;
	return 0;
}

void eg_report_set_done(struct eg_report_set *set)
{
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
		struct eg_err err = { 0 };

		if (!row->newest)
			continue;
		if (!eg_report_file_read(row->path, report, &err) &&
		    strcmp(row->node, report->facts.node) != 0)
			(void)eg_err_set(&err, EAGAIN, "'%s': changed while it was read",
					 row->path);
		if (err.code) {
			fprintf(stderr, "efagate report: %s\n", err.text);
			set->unreadable++;
			continue;
		}
		visit(row, report, context);
	}
	return 0;
}
