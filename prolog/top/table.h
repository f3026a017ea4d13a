/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table - two samples as a table for a terminal, or as a line of JSON.
 */
#ifndef EG_TOP_TABLE_H
#define EG_TOP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct eg_top_sample;

struct eg_top_view {
	const char *node;
	int64_t time; /* seconds since 1970 */
	const struct eg_top_sample *before, *after;
	size_t width, height; /* of the terminal; 0: not limited */
	size_t first; /* device to begin with, where they do not all fit */
	bool colour;
	bool screen; /* each line ends by clearing its rest */
};

/* How many devices fit below the heading and above the sum and the last line. */
size_t eg_top_table_room(const struct eg_top_view *view);

void eg_top_table_print(FILE *out, const struct eg_top_view *view);

/* One line: {"schema": "efagate.top/1", ...}. */
void eg_top_json_print(FILE *out, const struct eg_top_view *view);

#endif
