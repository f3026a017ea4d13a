/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_prometheus - reports as metrics in Prometheus' text format, for the
 * textfile collector of node_exporter. Of each node the newest report counts.
 */
#ifndef EG_COMMANDS_REPORT_PROMETHEUS_H
#define EG_COMMANDS_REPORT_PROMETHEUS_H

#include <stdio.h>

struct eg_report_set;

/*
 * Print all metrics to @out: each family once, with its HELP and TYPE, when it
 * has a sample. Returns 0 or -ENOMEM, and then nothing was printed.
 */
int eg_report_prometheus_print(FILE *out, const struct eg_report_set *set);

#endif
