/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage - refusing a wrong command line: one line on stderr, exit code 64.
 */
#ifndef EG_COMMANDS_USAGE_H
#define EG_COMMANDS_USAGE_H

#include "common/base/err.h"

/* "efagate COMMAND: MESSAGE; efagate COMMAND --help says more"; returns EG_EXIT_USAGE. */
int eg_usage_refuse(const char *command, const char *fmt, ...) EG_PRINTF(2, 3);

/* What getopt_long() returned '?' or ':' for, from its own state; returns EG_EXIT_USAGE. */
int eg_usage_bad_option(const char *command, int result, char **argv);

/* A whole number of @min to @max from the value of @option: 0, or EG_EXIT_USAGE after a line. */
int eg_usage_number(const char *command, const char *option, const char *text, const long *range,
		    long *ret);

#endif
