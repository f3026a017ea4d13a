/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "prolog/commands/report_set.h"
#include "prolog/html/model.h"
#include "prolog/html/page_parts.h"
#include "prolog/html/sections.h"

#define WIDTH 1000 /* of the drawing's own coordinates */
#define EDGE 12

struct span {
	int64_t first, last;
};

static struct span span_of(const struct eg_report_set *set)
{
	struct span span = { .first = INT64_MAX, .last = INT64_MIN };

	for (size_t i = 0; i < set->count; i++) {
		if (set->rows[i].time < span.first)
			span.first = set->rows[i].time;
		if (set->rows[i].time > span.last)
			span.last = set->rows[i].time;
	}
	return span;
}

/* In per cent, so that the drawing may be of any width and its dots stay round. */
static double place_of(const struct span *span, int64_t time)
{
	double share = 0.5;

	if (span->last > span->first)
		share = (double)(time - span->first) / (double)(span->last - span->first);
	return 100.0 * (EDGE + share * (WIDTH - 2 * EDGE)) / WIDTH;
}

static void print_dot(FILE *out, const struct eg_report_row *row, const struct span *span)
{
	char when[32];

	fprintf(out, "<circle class=%s cx=\"%.2f%%\" cy=\"50%%\" r=%s><title>",
		eg_outcome_name(row->outcome), place_of(span, row->time),
		row->outcome == EG_PASS ? "4" : "6");
	fprintf(out, "%s %s", eg_html_time(row->time, when), eg_outcome_name(row->outcome));
	if (row->worst_id[0]) {
		fputc(' ', out);
		eg_html_text(out, row->worst_id);
		fputs(": ", out);
		eg_html_text(out, row->worst_text);
	}
	fputs("</title></circle>", out);
}

/* What a screen reader says of a node: how many reports, and each that did not pass. */
static void print_label(FILE *out, const struct eg_report_row *rows, size_t count)
{
	char when[32];

	fprintf(out, "%zu report%s", count, count == 1 ? "" : "s");
	for (size_t i = 0; i < count; i++) {
		if (rows[i].outcome == EG_PASS)
			continue;
		fprintf(out, "; %s %s ", eg_html_time(rows[i].time, when),
			eg_outcome_name(rows[i].outcome));
		eg_html_text(out, rows[i].worst_id);
	}
}

static void print_node(FILE *out, const struct eg_report_row *rows, size_t count,
		       const struct span *span)
{
	fputs("<tr><th scope=row>", out);
	eg_html_text(out, rows[0].node);
	fputs("</th><td><svg class=line role=img aria-label=\"", out);
	print_label(out, rows, count);
	fputs("\"><line x1=\"1%\" x2=\"99%\" y1=\"50%\" y2=\"50%\"/>", out);
	for (size_t i = 0; i < count; i++)
		print_dot(out, &rows[i], span);
	fputs("</svg></td></tr>\n", out);
}

void eg_html_timeline(FILE *out, const struct eg_html_model *model)
{
	const struct eg_report_set *set = model->set;
	struct span span = span_of(set);
	char from[32], to[32];
	size_t first = 0;

	fputs("<h2>Timeline</h2>\n", out);
	if (!set->count) {
		fputs("<p>No report.</p>\n", out);
		return;
	}
	fprintf(out,
		"<div class=scroll tabindex=0 role=region aria-label=Timeline><table>\n"
		"<caption>All reports, from %s to %s</caption>\n<thead><tr><th scope=col>Node</th>"
		"<th scope=col>Reports</th></tr></thead>\n<tbody>\n",
		eg_html_time(span.first, from), eg_html_time(span.last, to));
	for (size_t i = 0; i < set->count; i++) {
		if (!set->rows[i].newest)
			continue;
		print_node(out, set->rows + first, i + 1 - first, &span);
		first = i + 1;
	}
	fputs("</tbody></table></div>\n", out);
}
