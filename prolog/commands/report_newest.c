/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/report_newest.h"

#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "prolog/commands/report_set.h"

/* Reports of the node itself, surveys it took part in, and those it did not. */
enum kind { WHOLE, SURVEY, AWAITED, KINDS };

struct node {
	size_t at[KINDS]; /* of the newest row, counted from 1; 0 none */
	char name[]; /* of the row, whose place changes */
};

static enum kind kind_of(const struct eg_report_row *row)
{
	if (eg_survey_is_in_vain(&row->survey))
		return AWAITED;
	return row->survey.is_one ? SURVEY : WHOLE;
}

int eg_report_row_compare(const void *a, const void *b)
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
	const struct node *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* The node called @name, made where it is new; NULL when out of memory. */
static struct node *find(struct eg_newest *newest, const char *name)
{
	size_t size = strlen(name) + 1;
	struct node *node = calloc(1, sizeof(*node) + size);
	struct node **place;

	if (!node)
		return NULL;
	memcpy(node->name, name, size);
	place = tsearch(node, &newest->nodes, compare_nodes);
	if (!place || *place != node)
		free(node);
	return place ? *place : NULL;
}

static bool is_kept(const struct eg_report_row *row)
{
	return row->text || row->said;
}

static void drop(struct eg_report_row *row)
{
	free(row->text);
	free(row->said);
	row->text = NULL;
	row->said = NULL;
}

int eg_newest_add(struct eg_newest *newest, struct eg_report_set *set, size_t at)
{
	struct eg_report_row *row = &set->rows[at], *other;
	struct node *node = find(newest, row->node);
	enum kind kind = kind_of(row);

	if (!node)
		return -ENOMEM;
	if (!node->at[kind]) {
		node->at[kind] = at + 1;
		return 0;
	}
	other = &set->rows[node->at[kind] - 1];
	if (eg_report_row_compare(other, row) > 0) {
		drop(row);
		return 0;
	}
	drop(other);
	node->at[kind] = at + 1;
	return 0;
}

void eg_newest_done(struct eg_newest *newest)
{
	tdestroy(newest->nodes, free);
	newest->nodes = NULL;
}

/* @rows are those of one node, the newest last. */
static void mark_node(struct eg_report_row *rows, size_t count)
{
	struct eg_report_row *last[KINDS] = { NULL };
	struct eg_report_row *said;

	for (size_t i = 0; i < count; i++) {
		if (is_kept(&rows[i]))
			last[kind_of(&rows[i])] = &rows[i];
	}
	said = last[WHOLE];
	if (last[SURVEY] && (!said || eg_report_row_compare(said, last[SURVEY]) < 0))
		said = last[SURVEY];
	if (!said)
		said = last[AWAITED];
	for (int kind = SURVEY; kind < KINDS; kind++) {
		if (last[kind] && last[kind] != said)
			drop(last[kind]);
	}
	if (said)
		said->newest = true;
}

void eg_newest_mark(struct eg_report_set *set)
{
	size_t first = 0;

	for (size_t i = 1; i <= set->count; i++) {
		if (i < set->count && !strcmp(set->rows[i].node, set->rows[first].node))
			continue;
		mark_node(&set->rows[first], i - first);
		set->nodes++;
		first = i;
	}
}
