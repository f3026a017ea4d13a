/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table - what `full` shows: every device of the session and how its traffic
 * went. The leader's process fills it as results come, the helper beside it
 * writes it behind its verdict; so it lies in memory both have.
 */
#ifndef EG_STEP_TABLE_H
#define EG_STEP_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct eg_offer;
struct eg_result;
struct eg_table_row;

struct eg_step_table {
	const char *const *nodes; /* their names, borrowed */
	uint32_t count; /* of @nodes */
	struct eg_table_row *rows; /* EG_DEVICES_MAX a node; NULL: none is made */
};

/* Before the leader is forked: 0 or -ENOMEM. eg_step_table_done() in either case. */
int eg_step_table_init(struct eg_step_table *table, const char *const *nodes, uint32_t count);

/* What node @index said of a stage of traffic; only the first one that measured counts. */
void eg_step_table_add(struct eg_step_table *table, uint32_t index, const struct eg_offer *offer,
		       const struct eg_result *result);

/* The lines, EG_STEP_TEXT_MAX bytes at most, to be freed; NULL when nothing was measured. */
char *eg_step_table_text(const struct eg_step_table *table);

void eg_step_table_done(struct eg_step_table *table);

#endif
