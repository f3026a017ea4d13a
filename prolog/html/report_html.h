/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_html - reports as one page for a browser: no network, readable
 * without scripts, by a screen reader and on a telephone. Of each node the
 * newest report counts; the timeline shows all.
 */
#ifndef EG_HTML_REPORT_HTML_H
#define EG_HTML_REPORT_HTML_H

#include <stdio.h>

struct eg_report_set;

/* Print the page to @out. Returns 0 or -ENOMEM, and then nothing was printed. */
int eg_report_html_print(FILE *out, const struct eg_report_set *set);

#endif
