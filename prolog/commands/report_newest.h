/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_newest - which rows of a report_set tell what is known of a node now.
 * Private to report_set.
 */
#ifndef EG_COMMANDS_REPORT_NEWEST_H
#define EG_COMMANDS_REPORT_NEWEST_H

#include <stddef.h>

struct eg_report_row;
struct eg_report_set;

/* By node, "n2" before "n10", then by time, then by path. */
int eg_report_row_compare(const void *a, const void *b);

/* The newest row of each kind of each node, while rows are still coming. */
struct eg_newest {
	void *nodes; /* a tree */
};

/*
 * Row @at of @set has come with its text, or what it said. Of its node and kind
 * only the newest keeps that; the older one's is freed. 0 or -ENOMEM.
 */
int eg_newest_add(struct eg_newest *newest, struct eg_report_set *set, size_t at);

void eg_newest_done(struct eg_newest *newest);

/*
 * Rows are whole and sorted: mark each node's newest and count the nodes.
 * What nobody will read is freed.
 */
void eg_newest_mark(struct eg_report_set *set);

#endif
