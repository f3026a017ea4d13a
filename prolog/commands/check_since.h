/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check_since - `efagate check --since FILE`: which counters of the devices have
 * moved since an earlier report of this node.
 */
#ifndef EG_COMMANDS_CHECK_SINCE_H
#define EG_COMMANDS_CHECK_SINCE_H

#include <stdio.h>

struct eg_report;

/*
 * Print a line a counter that moved between the report in @path and @now. 0, or
 * the exit code for unknown after a line on stderr: the file is no report, or
 * one of another node or boot, where counters have started anew.
 */
int eg_check_since(FILE *out, const char *path, const struct eg_report *now);

#endif
