/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <string.h>

#include "prolog/commands/report_set.h"
#include "prolog/html/model.h"
#include "prolog/html/page_parts.h"
#include "prolog/html/sections.h"

/* What the devices of a node saw of one peer. */
struct pair {
	size_t devices, failed;
	double slowest, fastest, latency; /* Gb/s; the largest median, microseconds */
};

static bool is_first_of_peer(const struct eg_html_device *devices, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (!strcmp(devices[i].peer, devices[index].peer))
			return false;
	}
	return devices[index].peer[0] != '\0';
}

static struct pair add_up(const struct eg_html_device *devices, size_t count, const char *peer)
{
	struct pair pair = { 0 };

	for (size_t i = 0; i < count; i++) {
		const struct eg_html_device *device = &devices[i];

		if (strcmp(device->peer, peer) != 0)
			continue;
		pair.devices++;
		pair.failed +=
			device->state == EG_BURST_FAILED || device->state == EG_BURST_CORRUPT;
		if (device->gbps > 0 && (pair.slowest <= 0 || device->gbps < pair.slowest))
			pair.slowest = device->gbps;
		if (device->gbps > pair.fastest)
			pair.fastest = device->gbps;
		if (device->p50_us > pair.latency)
			pair.latency = device->p50_us;
	}
	return pair;
}

/* In the colours of the map above: a share of the median of all, 1 there and smaller when worse. */
static void print_heat(FILE *out, double value, double share)
{
	if (value > 0)
		fprintf(out, "<td class=\"n q%d\" data-v=\"%.6g\">%.1f</td>", eg_html_step(share),
			value, value);
	else
		eg_html_number(out, value, 1);
}

static void print_pair(FILE *out, const struct eg_html_model *model, const char *node,
		       const char *peer, const struct pair *pair)
{
	fputs("<tr><th scope=row>", out);
	eg_html_text(out, node);
	fputs("</th><td>", out);
	eg_html_text(out, peer);
	fprintf(out, "</td><td class=n data-v=%zu>%zu</td><td class=\"n%s\" data-v=%zu>%zu</td>",
		pair->devices, pair->devices, pair->failed ? " v fail" : "", pair->failed,
		pair->failed);
	print_heat(out, pair->slowest, pair->slowest / model->gbps);
	print_heat(out, pair->fastest, pair->fastest / model->gbps);
	print_heat(out, pair->latency, model->p50_us / pair->latency);
	fputs("</tr>\n", out);
}

void eg_html_pairs(FILE *out, const struct eg_html_model *model)
{
	bool begun = false;

	for (size_t i = 0; i < model->node_count; i++) {
		const struct eg_html_node *node = &model->nodes[i];
		const struct eg_html_device *devices = model->devices + node->first;

		for (size_t k = 0; k < node->devices; k++) {
			struct pair pair;

			if (!is_first_of_peer(devices, k))
				continue;
			if (!begun)
				fputs("<h2>Pairs</h2>\n<div class=scroll tabindex=0 role=region "
				      "aria-label=Pairs><table class=sortable id=t-pairs>\n"
				      "<caption>Who read from whom, in the colours of the map</caption>\n<thead><tr>"
				      "<th scope=col>Node</th><th scope=col>Reads from</th>"
				      "<th scope=col class=n>Devices</th><th scope=col "
				      "class=n>Failed</th><th scope=col class=n>Slowest, "
				      "Gb/s</th><th scope=col class=n>Fastest, Gb/s</th>"
				      "<th scope=col class=n>Largest median latency, us</th>"
				      "</tr></thead>\n<tbody>\n",
				      out);
			begun = true;
			pair = add_up(devices, node->devices, devices[k].peer);
			print_pair(out, model, node->row->node, devices[k].peer, &pair);
		}
	}
	if (begun)
		fputs("</tbody></table></div>\n", out);
}
