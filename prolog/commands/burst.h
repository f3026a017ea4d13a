/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * burst - what the ways of `efagate burst` share: burst.c reads the command
 * line, one file a way does it.
 */
#ifndef EG_COMMANDS_BURST_H
#define EG_COMMANDS_BURST_H

#include <stdbool.h>
#include <stdio.h>

struct eg_config;
struct eg_report;

struct eg_burst_options {
	bool self, json, verbose;
	const char *config; /* NULL: the default file, which may be absent */
	const char *instance_type; /* NULL: not said */
	long timeout_s;
};

/* --self: between this node's own devices; fills @report. Blocks timeout_s and 0.5 s more at most.
 */
void eg_burst_self(const struct eg_burst_options *options, const struct eg_config *config,
		   struct eg_report *report);

/* The report for people: a line a device, the findings, the verdict. */
void eg_burst_table_print(FILE *out, const struct eg_report *report);

#endif
