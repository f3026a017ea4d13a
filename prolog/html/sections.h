/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sections - the parts of the page, in their order. Private to prolog/html.
 */
#ifndef EG_HTML_SECTIONS_H
#define EG_HTML_SECTIONS_H

#include <stdint.h>
#include <stdio.h>

struct eg_html_model;

void eg_html_summary(FILE *out, const struct eg_html_model *model);
void eg_html_nodes(FILE *out, const struct eg_html_model *model);
void eg_html_heat(FILE *out, const struct eg_html_model *model);
void eg_html_pairs(FILE *out, const struct eg_html_model *model);
void eg_html_devices(FILE *out, const struct eg_html_model *model);
void eg_html_timeline(FILE *out, const struct eg_html_model *model);

/* The colour of @share, 1 at the median and smaller when worse: class q0 (worst) to q5. */
int eg_html_step(double share);

/* "2026-11-23T15:04:05Z" */
const char *eg_html_time(int64_t seconds, char ret[32]);

/* A cell with a number and what it is sorted by; @digits behind the point; empty for 0. */
void eg_html_number(FILE *out, double value, int digits);

#endif
