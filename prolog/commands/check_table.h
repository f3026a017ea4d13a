/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * check_table - one node's report as text for people, also used by `report`.
 */
#ifndef EG_COMMANDS_CHECK_TABLE_H
#define EG_COMMANDS_CHECK_TABLE_H

#include <stdio.h>

struct eg_finding;
struct eg_report;

/* Devices, host, findings and the verdict. */
void eg_check_table_print(FILE *out, const struct eg_report *report);

/* "EG102 fail: 3/4 EFA on PCI; what to do" and a newline, the node behind the outcome if given. */
void eg_check_table_finding(FILE *out, const char *node, const struct eg_finding *finding);

/* "verdict     pass" and a newline. */
void eg_check_table_verdict(FILE *out, const struct eg_report *report);

/* Where the time went, one line. */
void eg_check_table_times(FILE *out, const struct eg_report *report);

#endif
