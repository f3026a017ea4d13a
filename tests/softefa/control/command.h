/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * command - the commands of the program, and how they speak and end.
 */
#ifndef SE_COMMAND_H
#define SE_COMMAND_H

#include "../shared/fabric_map.h"

enum { SE_EXIT_OK = 0, SE_EXIT_FAILED = 1, SE_EXIT_USAGE = 64 };

/* Each gets what follows its own words and returns an exit code. */
int se_command_fabric_create(int argc, char **argv);
int se_command_fabric_remove(int argc, char **argv);
int se_command_node_create(int argc, char **argv);
int se_command_run(int argc, char **argv);
int se_command_shell(int argc, char **argv);
int se_command_types(int argc, char **argv);
int se_command_mount(int argc, char **argv);
int se_command_enter(int argc, char **argv);
int se_command_fault(int argc, char **argv);
int se_command_status(int argc, char **argv);

/* Say on stderr what failed; returns SE_EXIT_FAILED. */
int se_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say on stderr what is wrong with the command line; returns SE_EXIT_USAGE. */
int se_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Map the fabric of folder @dir, as an absolute path. Says what fails and
 * returns SE_EXIT_OK or SE_EXIT_FAILED. There is one map for the whole program.
 */
int se_command_open(const char *dir, struct se_fabric_map **ret);

/* Row of node @name; says when there is none and returns -1. */
int se_command_node(const struct se_fabric_map *map, const char *name);

#endif
