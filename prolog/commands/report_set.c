/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/report_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/report.h"
#include "common/verdict/report_survey.h"
#include "prolog/commands/report_file.h"
#include "prolog/commands/report_newest.h"
#include "prolog/terminal.h"

#define MANY 32 /* reports; fewer are read at once */

/* One file after the other. */
struct reading {
	struct eg_report_set *set;
	size_t size; /* rows there is room for */
	struct eg_newest newest;
	struct eg_report *report; /* the one that is read */
	const char *path;
};

static void fill_row(struct eg_report_row *row, const struct eg_report *report)
{
	const struct eg_finding *worst = eg_findings_worst(&report->findings);

	strcpy(row->node, report->facts.node);
	strcpy(row->trigger, report->trigger);
	row->time = report->time;
	row->outcome = eg_findings_outcome(&report->findings);
	row->findings = report->findings.count;
	row->drained = report->action.taken && report->action.drained;
	row->survey = report->survey;
	if (worst) {
		strcpy(row->worst_id, worst->id);
		strcpy(row->worst_text, worst->text);
	}
}

static int make_room(struct reading *reading)
{
	struct eg_report_set *set = reading->set;
	size_t size = reading->size ? reading->size * 2 : MANY;
	struct eg_report_row *rows;

	if (set->count < reading->size)
		return 0;
	rows = reallocarray(set->rows, size, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	set->rows = rows;
	reading->size = size;
	return 0;
}

static void see_outcome(struct eg_report_set *set, const struct eg_findings *findings)
{
	enum eg_outcome outcome = eg_findings_outcome(findings);

	if (outcome > set->worst)
		set->worst = outcome;
}

/* A row of @report, which takes over its @text or what it @said, also when it fails. */
static int add_row(struct reading *reading, const struct eg_report *report,
		   const struct eg_report_row *kept)
{
	struct eg_report_set *set = reading->set;

	if (make_room(reading) < 0) {
		free(kept->text);
		free(kept->said);
		return -ENOMEM;
	}
	set->rows[set->count] = *kept;
	set->rows[set->count].path = reading->path;
	fill_row(&set->rows[set->count], report);
	see_outcome(set, &report->findings);
	return eg_newest_add(&reading->newest, set, set->count++);
}

static int take_node(void *context, struct eg_report *report)
{
	const struct eg_findings *findings = &report->findings;
	struct eg_report_row kept = { .said = NULL };

	kept.said = calloc(1, offsetof(struct eg_survey_said, findings.list) +
				      findings->count * sizeof(findings->list[0]));
	if (!kept.said)
		return -ENOMEM;
	kept.said->job_id = report->job_id;
	kept.said->step_id = report->step_id;
	strcpy(kept.said->instance_type, report->facts.instance.type);
	eg_findings_copy(&kept.said->findings, findings);
	return add_row(context, report, &kept);
}

/* What a survey found against no single node; the newest one's is kept. */
static int take_common(void *context, struct eg_report *report)
{
	struct eg_report_set *set = ((struct reading *)context)->set;

	see_outcome(set, &report->findings);
	set->surveys++;
	if (set->common && report->time < set->common_time)
		return 0;
	if (!set->common)
		set->common = calloc(1, sizeof(*set->common));
	if (!set->common)
		return -ENOMEM;
	eg_findings_copy(set->common, &report->findings);
	set->common_time = report->time;
	return 0;
}

static int take_survey(struct reading *reading, const char *text, size_t length, struct eg_err *err)
{
	struct eg_survey_taker taker = { take_node, take_common, reading };

	return eg_survey_from_json(text, length, &taker, err);
}

/* Takes over @text. */
static int take_report(struct reading *reading, char *text, size_t length, struct eg_err *err)
{
	int rc = eg_report_file_parse(text, length, reading->report, err);
	char *fitting;

	if (rc < 0) {
		free(text);
		return rc;
	}
	fitting = realloc(text, length);
	return add_row(reading, reading->report,
		       &(struct eg_report_row){ .text = fitting ? fitting : text,
						.text_length = length });
}

/* 0, also when it could not be read, which is said, or -ENOMEM. */
static int read_file(struct reading *reading)
{
	struct eg_err err = { 0 };
	char *text = NULL;
	ssize_t length = eg_report_file_load(reading->path, &text, &err);
	int rc = (int)length;

	if (length >= 0) {
		if (eg_survey_is_one(text, (size_t)length)) {
			rc = take_survey(reading, text, (size_t)length, &err);
			free(text);
		} else {
			rc = take_report(reading, text, (size_t)length, &err);
		}
		if (rc < 0)
			(void)eg_err_prefix(&err, "'%s'", reading->path);
	}
	if (rc < 0 && rc != -ENOMEM) {
		eg_progress_end();
		fprintf(stderr, "efagate report: %s\n", err.text);
		reading->set->unreadable++;
		rc = 0;
	}
	return rc;
}

static int read_files(const struct eg_report_paths *paths, struct reading *reading)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < paths->count; i++) {
		if (paths->count >= MANY)
			eg_progress_show("reading reports", i, paths->count);
		reading->path = paths->paths[i];
		rc = read_file(reading);
	}
	eg_progress_end();
	return rc;
}

int eg_report_set_read(const struct eg_report_paths *paths, struct eg_report_set *ret)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_report_set_done) struct eg_report_set set = { 0 };
	struct reading reading = { .set = &set, .report = report };
	int rc = -ENOMEM;

	if (report)
		rc = read_files(paths, &reading);
	eg_newest_done(&reading.newest);
	if (rc < 0)
		return rc;
	if (set.count)
		qsort(set.rows, set.count, sizeof(*set.rows), eg_report_row_compare);
	eg_newest_mark(&set);
	*ret = set;
	set = (struct eg_report_set){ 0 }; /* *ret owns it now */
	return 0;
}

void eg_report_set_done(struct eg_report_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->rows[i].text);
		free(set->rows[i].said);
	}
	free(set->rows);
	free(set->common);
	*set = (struct eg_report_set){ 0 };
}

/* The node's newest whole report, which may be @row itself; NULL without any. */
static const struct eg_report_row *whole_of(const struct eg_report_set *set,
					    const struct eg_report_row *row)
{
	const struct eg_report_row *end = set->rows + set->count;

	while (row > set->rows && !strcmp(row[-1].node, row->node))
		row--;
	for (const char *node = row->node; row < end && !strcmp(row->node, node); row++) {
		if (row->text)
			return row;
	}
	return NULL;
}

/* What a survey's @row says of a node whose report is @ret. */
static void tell(const struct eg_report_row *row, struct eg_report *ret)
{
	ret->time = row->time;
	strcpy(ret->trigger, row->trigger);
	ret->job_id = row->said->job_id;
	ret->step_id = row->said->step_id;
	ret->action = (struct eg_report_action){ 0 };
	if (!ret->facts.instance.type[0])
		strcpy(ret->facts.instance.type, row->said->instance_type);
	ret->survey = row->survey;
	eg_findings_copy(&ret->findings, &row->said->findings);
}

static int know_now(const struct eg_report_set *set, const struct eg_report_row *row,
		    struct eg_report *ret)
{
	const struct eg_report_row *whole = whole_of(set, row);

	eg_report_clear(ret);
	ret->facts.instance.type_source = "";
	strcpy(ret->facts.node, row->node);
	/* It was read before: nothing but memory can be lacking. */
	if (whole && eg_report_file_parse(whole->text, whole->text_length, ret, NULL) < 0)
		return -ENOMEM;
	if (row->said)
		tell(row, ret);
	return 0;
}

int eg_report_set_visit(const struct eg_report_set *set,
			void (*visit)(const struct eg_report_row *row,
				      const struct eg_report *report, void *context),
			void *context)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	for (size_t i = 0; i < set->count; i++) {
		if (!set->rows[i].newest)
			continue;
		if (know_now(set, &set->rows[i], report) < 0)
			return -ENOMEM;
		visit(&set->rows[i], report, context);
	}
	return 0;
}
