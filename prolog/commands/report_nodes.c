/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/report_nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/verdict/report.h"

static void add_id(const char *id, char *ids, size_t size)
{
	size_t length = strlen(ids);

	if (!strstr(ids, id) && length + strlen(id) + 2 < size)
		(void)snprintf(ids + length, size - length, "%s%s", length ? "," : "", id);
}

static void list_ids(const struct eg_findings *findings, char *ids, size_t size)
{
	ids[0] = '\0';
	for (int outcome = EG_FAIL; outcome > EG_PASS; outcome--) {
		for (size_t i = 0; i < findings->count; i++) {
			if ((int)findings->list[i].outcome == outcome)
				add_id(findings->list[i].id, ids, size);
		}
	}
}

int eg_report_notes_add(struct eg_report_notes *notes, const struct eg_report *report)
{
	const struct eg_finding *worst = eg_findings_worst(&report->findings);
	struct eg_report_note *grown, *note;

	grown = reallocarray(notes->list, notes->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	notes->list = grown;
	note = &grown[notes->count++];
	memset(note, 0, sizeof(*note));
	strcpy(note->node, report->facts.node);
	note->time = report->time;
	note->outcome = eg_findings_outcome(&report->findings);
	note->drained = report->action.drained;
	note->awaited = eg_survey_is_in_vain(&report->survey);
	list_ids(&report->findings, note->ids, sizeof(note->ids));
	if (worst) {
		strcpy(note->subject, worst->subject);
		strcpy(note->text, worst->text);
	}
	return 0;
}

/* By node, then by time; n9 before n10. */
static int compare(const void *a, const void *b)
{
	const struct eg_report_note *one = a, *other = b;
	int order = strverscmp(one->node, other->node);

	if (order)
		return order;
	return (one->time > other->time) - (one->time < other->time);
}

/* @since is the node's first report that is no pass since the last that was. */
static void print_node(const struct eg_report_note *since, const struct eg_report_note *newest,
		       bool header, FILE *to)
{
	time_t seconds = (time_t)since->time;
	char when[32] = "-";
	struct tm parts;

	if (gmtime_r(&seconds, &parts))
		(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
	if (header)
		fprintf(to, "%-12s  %-20s  %-7s  %-12s  %-12s  %s\n", "NODE", "SINCE", "VERDICT",
			"IDS", "DEVICE", "EVIDENCE");
	fprintf(to, "%-12s  %-20s  %-7s  %-12s  %-12s  %s%s\n", newest->node, when,
		eg_outcome_name(newest->outcome), newest->ids,
		newest->subject[0] ? newest->subject : "-", newest->text,
		newest->drained ? "; drained" : "");
}

/* How many notes at @list, of @count, are of the same node; does one say something of it? */
static size_t same_node(const struct eg_report_note *list, size_t count, bool *ret_said)
{
	size_t same = 0;

	*ret_said = false;
	for (; same < count && !strcmp(list[same].node, list[0].node); same++)
		*ret_said |= !list[same].awaited;
	return same;
}

/* The newest of @count notes of a node, and since when that is no pass: NULL it is one. */
static const struct eg_report_note *newest_of(const struct eg_report_note *list, size_t count,
					      bool said, const struct eg_report_note **ret_since)
{
	const struct eg_report_note *newest = NULL;

	*ret_since = NULL;
	for (size_t i = 0; i < count; i++) {
		if (said && list[i].awaited)
			continue;
		newest = &list[i];
		if (newest->outcome == EG_PASS)
			*ret_since = NULL;
		else if (!*ret_since)
			*ret_since = newest;
	}
	return newest;
}

enum eg_outcome eg_report_notes_print(struct eg_report_notes *notes, FILE *to)
{
	enum eg_outcome worst = EG_PASS;
	size_t nodes = 0, bad = 0, same;

	if (notes->count)
		qsort(notes->list, notes->count, sizeof(*notes->list), compare);
	for (size_t i = 0; i < notes->count; i += same) {
		const struct eg_report_note *since, *newest;
		bool said;

		same = same_node(&notes->list[i], notes->count - i, &said);
		newest = newest_of(&notes->list[i], same, said, &since);
		nodes++;
		if (!since)
			continue;
		print_node(since, newest, !bad++, to);
		if (newest->outcome > worst)
			worst = newest->outcome;
	}
	fprintf(to, "%zu of %zu node%s with findings\n", bad, nodes, nodes == 1 ? "" : "s");
	return worst;
}

void eg_report_notes_done(struct eg_report_notes *notes)
{
	free(notes->list);
	*notes = (struct eg_report_notes){ 0 };
}
