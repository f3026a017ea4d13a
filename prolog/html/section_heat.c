/* SPDX-License-Identifier: BSD-3-Clause */
/* Nodes down, rails across; a colour a cell, and always the number too. */
#include "prolog/commands/report_set.h"
#include "prolog/html/model.h"
#include "prolog/html/page_parts.h"
#include "prolog/html/sections.h"

/* Steps of @share, which is 1 at the median and smaller when worse. */
static const double steps[] = { 0.25, 0.5, 0.7, 0.85, 0.95 };

int eg_html_step(double share)
{
	int step = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		step += share >= steps[i];
	return step;
}

static const char *state_words(enum eg_burst_state state)
{
	switch (state) {
	case EG_BURST_FAILED:
		return "failed";
	case EG_BURST_CORRUPT:
		return "wrong bytes";
	case EG_BURST_UNKNOWN:
		return "unknown";
	default:
		return "not measured";
	}
}

static void print_title(FILE *out, const struct eg_html_model *model,
			const struct eg_html_device *device)
{
	fputs(" title=\"", out);
	eg_html_text(out, model->nodes[device->node].row->node);
	fprintf(out, " rail %zu ", device->rail);
	eg_html_text(out, device->pci);
	fputc(' ', out);
	eg_html_text(out, device->name);
	if (device->peer[0]) {
		fputs(", reads from ", out);
		eg_html_text(out, device->peer);
	}
	if (device->gbps > 0)
		fprintf(out, ", %.1f Gb/s", device->gbps);
	if (device->p50_us > 0)
		fprintf(out, ", %.1f us", device->p50_us);
	if (device->error[0]) {
		fputs(", ", out);
		eg_html_text(out, device->error);
	}
	fputc('"', out);
}

static void print_cell(FILE *out, const struct eg_html_model *model,
		       const struct eg_html_device *device, bool latency)
{
	double value = latency ? device->p50_us : device->gbps;
	double share = latency ? model->p50_us / value : value / model->gbps;
	bool bad = device->state == EG_BURST_FAILED || device->state == EG_BURST_CORRUPT;

	if (bad || !(value > 0)) {
		fprintf(out, "<td class=%s", bad ? "qx" : "qn");
		print_title(out, model, device);
		fprintf(out, ">%s<span class=sr>%s</span></td>", bad ? "&#10005;" : "&#183;",
			state_words(device->state));
		return;
	}
	fprintf(out, "<td class=\"q%d%s\"", eg_html_step(share),
		device->low && !latency ? " low" : "");
	print_title(out, model, device);
	fprintf(out, ">%.*f%s</td>", value < 10 ? 1 : 0, value,
		device->low && !latency ? "<span class=sr>below siblings</span>" : "");
}

static void print_legend(FILE *out, bool latency)
{
	static const char *const shares[] = { "below 25 %", "25 to 50 %", "50 to 70 %",
					      "70 to 85 %", "85 to 95 %", "95 % or more" };
	static const char *const times[] = { "above 4 times",	   "2 to 4 times",
					     "1.43 to 2 times",	   "1.18 to 1.43 times",
					     "1.05 to 1.18 times", "1.05 times or less" };

	fputs("<ul class=legend aria-label=Colours>", out);
	for (int step = 5; step >= 0; step--)
		fprintf(out, "<li class=q%d>%s</li>", step, latency ? times[step] : shares[step]);
	fputs("<li class=qx>&#10005; failed or wrong bytes</li><li class=qn>&#183; not measured</li>",
	      out);
	if (!latency)
		fprintf(out, "<li class=low>below %.0f %% of its node's median</li>",
			EG_HTML_LOW_SHARE * 100);
	fputs("</ul>\n", out);
}

static void print_map(FILE *out, const struct eg_html_model *model, bool latency)
{
	double median = latency ? model->p50_us : model->gbps;

	fprintf(out, "<div class=%s>\n", latency ? "lat" : "bw");
	print_legend(out, latency);
	fprintf(out,
		"<div class=scroll tabindex=0 role=region aria-label=\"Map of %s\">"
		"<table class=heat>\n<caption>%s; colours are shares of the median of all, "
		"%.1f %s</caption>\n<thead><tr><th scope=col>Node</th>",
		latency ? "latency" : "bandwidth",
		latency ? "Median latency of small reads, microseconds"
			: "Reads of each device alone, Gb/s",
		median, latency ? "us" : "Gb/s");
	for (size_t rail = 0; rail < model->rails; rail++)
		fprintf(out, "<th scope=col>%zu</th>", rail);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < model->node_count; i++) {
		const struct eg_html_node *node = &model->nodes[i];

		fputs("<tr><th scope=row>", out);
		eg_html_text(out, node->row->node);
		fputs("</th>", out);
		for (size_t rail = 0; rail < node->devices; rail++)
			print_cell(out, model, &model->devices[node->first + rail], latency);
		for (size_t rail = node->devices; rail < model->rails; rail++)
			fputs("<td class=qg></td>", out);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n</div>\n", out);
}

static bool any_burst(const struct eg_html_model *model)
{
	for (size_t i = 0; i < model->device_count; i++) {
		if (model->devices[i].state != EG_BURST_NOT_TRIED)
			return true;
	}
	return false;
}

void eg_html_heat(FILE *out, const struct eg_html_model *model)
{
	fputs("<h2>Rails</h2>\n", out);
	if (!any_burst(model)) {
		fprintf(out,
			"<p>No report holds traffic of single devices%s. <code>efagate burst "
			"--self</code> and steps with <code>--efa-verify=burst</code> measure "
			"it.</p>\n",
			model->set->surveys ? ": a survey tells a node's median" : "");
		return;
	}
	fputs("<fieldset class=pick>\n<legend class=sr>What the map shows</legend>\n"
	      "<input type=radio name=m id=m-bw checked><label for=m-bw>Bandwidth</label>\n"
	      "<input type=radio name=m id=m-lat><label for=m-lat>Latency</label>\n",
	      out);
	print_map(out, model, false);
	print_map(out, model, true);
	fputs("</fieldset>\n", out);
}
