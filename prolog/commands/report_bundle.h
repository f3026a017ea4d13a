/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_bundle - all there is about one node in one text, for a support case.
 */
#ifndef EG_COMMANDS_REPORT_BUNDLE_H
#define EG_COMMANDS_REPORT_BUNDLE_H

#include <stdio.h>

struct eg_config;
struct eg_report_paths;

/*
 * Print version, configuration, the gate's own records where it runs on the
 * node, and each report of @node among @list as it stands. Returns how many
 * reports there were.
 */
size_t eg_report_bundle_print(const struct eg_config *config, const struct eg_report_paths *list,
			      const char *node, FILE *to);

#endif
