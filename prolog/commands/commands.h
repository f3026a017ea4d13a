/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * commands - what `efagate` can be told to do: one table, which main and
 * --help read. Each command has its own file beside this one.
 */
#ifndef EG_COMMANDS_H
#define EG_COMMANDS_H

#include <stdbool.h>

#define EG_EXIT_USAGE 64 /* a wrong command line, as in sysexits.h */
#define EG_EXIT_UNKNOWN 3 /* nothing could be measured or read */

/* Takes argv from the command's name on, returns the exit code. */
typedef int (*eg_command_function)(int argc, char **argv);

struct eg_command {
	const char *name;
	eg_command_function run; /* NULL: not part of this build */
	const char *help; /* one line; NULL: not listed, for other programs to call */
};

/* In the order of --help; the last has the name NULL. */
const struct eg_command *eg_command_table(void);

/* The entry of @name, or NULL. */
const struct eg_command *eg_command_find(const char *name);

int eg_cmd_burst(int argc, char **argv);
int eg_cmd_check(int argc, char **argv);
int eg_cmd_explain(int argc, char **argv);
int eg_cmd_replay(int argc, char **argv);
int eg_cmd_report(int argc, char **argv);
int eg_cmd_top(int argc, char **argv);
int eg_cmd_gate(int argc, char **argv) __attribute__((weak));
int eg_cmd_config(int argc, char **argv);
int eg_cmd_drain(int argc, char **argv) __attribute__((weak));
int eg_cmd_survey(int argc, char **argv);
int eg_cmd_resume(int argc, char **argv) __attribute__((weak));
int eg_cmd_step_member(int argc, char **argv) __attribute__((weak));
int eg_cmd_step_key(int argc, char **argv) __attribute__((weak));

#endif
