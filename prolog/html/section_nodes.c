/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "prolog/commands/report_set.h"
#include "prolog/html/model.h"
#include "prolog/html/page_parts.h"
#include "prolog/html/sections.h"

static void print_card(FILE *out, const char *class, size_t number, const char *words)
{
	fprintf(out, "<li><b%s%s>%zu</b>%s</li>\n", class[0] ? " class=" : "", class, number,
		words);
}

static size_t nodes_with(const struct eg_html_model *model, enum eg_outcome outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < model->node_count; i++)
		count += model->nodes[i].row->outcome == outcome;
	return count;
}

static void print_number_of(FILE *out, size_t number, const char *word)
{
	fprintf(out, "%zu %s%s", number, word, number == 1 ? "" : "s");
}

/* "3 reports and 1 survey" */
static void print_read(FILE *out, const struct eg_report_set *set)
{
	size_t reports = 0;

	for (size_t i = 0; i < set->count; i++)
		reports += !set->rows[i].survey.is_one;
	if (reports || !set->surveys)
		print_number_of(out, reports, "report");
	if (reports && set->surveys)
		fputs(" and ", out);
	if (set->surveys)
		print_number_of(out, set->surveys, "survey");
}

/* What the newest survey found against no single node. */
static void print_common(FILE *out, const struct eg_report_set *set)
{
	char when[32];

	for (size_t i = 0; set->common && i < set->common->count; i++) {
		const struct eg_finding *one = &set->common->list[i];

		fprintf(out, "<p><span class=\"v %s\">", eg_outcome_name(one->outcome));
		eg_html_text(out, one->id);
		fputs("</span> ", out);
		eg_html_text(out, one->text);
		fprintf(out, " <span class=dim>(survey, %s)</span></p>\n",
			eg_html_time(set->common_time, when));
	}
}

static void print_span(FILE *out, const struct eg_html_model *model)
{
	int64_t first = INT64_MAX, last = 0;
	char from[32], to[32];

	for (size_t i = 0; i < model->set->count; i++) {
		const struct eg_report_row *row = &model->set->rows[i];

		first = row->time < first ? row->time : first;
		last = row->time > last ? row->time : last;
	}
	if (!model->set->count)
		return;
	fputs("<p class=dim>", out);
	print_read(out, model->set);
	fprintf(out, ", %s to %s, efagate %s</p>\n", eg_html_time(first, from),
		eg_html_time(last, to), EG_VERSION);
}

void eg_html_summary(FILE *out, const struct eg_html_model *model)
{
	size_t devices = 0, expected = 0, drained = 0;

	for (size_t i = 0; i < model->node_count; i++) {
		devices += model->nodes[i].counted;
		expected += model->nodes[i].expected;
		drained += model->nodes[i].row->drained;
	}
	fputs("<h1>EFA of the cluster</h1>\n", out);
	print_span(out, model);
	if (model->set->unreadable)
		fprintf(out,
			"<p><span class=\"v fail\">%zu report%s could not be read</span></p>\n",
			model->set->unreadable, model->set->unreadable == 1 ? "" : "s");
	print_common(out, model->set);
	fputs("<ul class=cards aria-label=Summary>\n", out);
	print_card(out, "", model->node_count, model->node_count == 1 ? "node" : "nodes");
	print_card(out, "pass", nodes_with(model, EG_PASS), "pass");
	print_card(out, "warn", nodes_with(model, EG_WARN), "warn");
	print_card(out, "fail", nodes_with(model, EG_FAIL), "fail");
	print_card(out, "unknown", nodes_with(model, EG_UNKNOWN), "unknown");
	print_card(out, "", drained, "drained by efagate");
	fprintf(out, "<li><b>%zu</b>EFA devices", devices);
	if (expected)
		fprintf(out, " of %zu expected", expected);
	fputs("</li>\n", out);
	if (model->gbps > 0) {
		print_card(out, model->low ? "fail" : "", model->low, "below their siblings");
		fprintf(out, "<li><b>%.1f</b>Gb/s a device, median</li>\n", model->gbps);
	}
	fputs("</ul>\n", out);
}

static void print_finding(FILE *out, const struct eg_report_row *row)
{
	fputs("<td class=t>", out);
	if (row->worst_id[0]) {
		fputs("<b>", out);
		eg_html_text(out, row->worst_id);
		fputs("</b> ", out);
		eg_html_text(out, row->worst_text);
	}
	if (row->findings > 1)
		fprintf(out, " (and %zu more)", row->findings - 1);
	fputs("</td>", out);
}

static void print_node(FILE *out, const struct eg_html_node *node)
{
	const struct eg_report_row *row = node->row;
	const char *outcome = eg_outcome_name(row->outcome);
	char when[32];

	fputs("<tr><th scope=row>", out);
	eg_html_text(out, row->node);
	fprintf(out, "</th><td class=\"v %s\" data-v=%d>%s%s</td>", outcome, (int)row->outcome,
		outcome, row->drained ? ", drained" : "");
	print_finding(out, row);
	fputs("<td>", out);
	eg_html_text(out, node->type);
	fprintf(out, "</td><td class=n data-v=%zu>%zu", node->counted, node->counted);
	if (node->expected)
		fprintf(out, "/%u", node->expected);
	fputs("</td>", out);
	eg_html_number(out, node->gbps, 1);
	fputs("<td>", out);
	eg_html_text(out, row->trigger);
	fprintf(out, "</td><td>%s</td></tr>\n", eg_html_time(row->time, when));
}

void eg_html_nodes(FILE *out, const struct eg_html_model *model)
{
	fputs("<h2 id=nodes>Nodes</h2>\n"
	      "<p hidden><label>Rows with <input type=search data-filters=t-nodes "
	      "aria-describedby=f-nodes></label> <span id=f-nodes role=status></span></p>\n"
	      "<div class=scroll tabindex=0 role=region aria-label=Nodes>"
	      "<table class=sortable id=t-nodes>\n"
	      "<caption>The newest report or survey of each node, the worst first</caption>\n<thead><tr>"
	      "<th scope=col>Node</th><th scope=col>Verdict</th>"
	      "<th scope=col>Finding</th><th scope=col>Type</th>"
	      "<th scope=col class=n>EFA</th><th scope=col class=n>Gb/s a device</th>"
	      "<th scope=col>From</th><th scope=col>Time</th>"
	      "</tr></thead>\n<tbody>\n",
	      out);
	for (int outcome = EG_FAIL; outcome >= EG_PASS; outcome--) {
		for (size_t i = 0; i < model->node_count; i++) {
			if ((int)model->nodes[i].row->outcome == outcome)
				print_node(out, &model->nodes[i]);
		}
	}
	fputs("</tbody></table></div>\n", out);
}
