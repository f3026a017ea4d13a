/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/report_words.h"
#include "prolog/commands/report_set.h"
#include "prolog/html/model.h"
#include "prolog/html/page_parts.h"
#include "prolog/html/sections.h"

static void print_text_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	eg_html_text(out, text);
	fputs("</td>", out);
}

static void print_device(FILE *out, const char *node, const struct eg_html_device *device)
{
	bool bad = device->state == EG_BURST_FAILED || device->state == EG_BURST_CORRUPT;

	fputs("<tr><th scope=row>", out);
	eg_html_text(out, node);
	fprintf(out, "</th><td class=n data-v=%zu>%zu</td>", device->rail, device->rail);
	print_text_cell(out, device->pci);
	print_text_cell(out, device->name);
	fprintf(out, "<td%s>", device->missing[0] ? " class=\"v fail\"" : "");
	eg_html_text(out, device->missing);
	fprintf(out, "</td><td%s>%s", bad ? " class=\"v fail\"" : "",
		eg_burst_words[device->state]);
	if (device->low)
		fputs(", <span class=\"v fail\">below siblings</span>", out);
	if (device->error[0]) {
		fputs(": ", out);
		eg_html_text(out, device->error);
	}
	fputs("</td>", out);
	print_text_cell(out, device->peer);
	eg_html_number(out, device->gbps, 1);
	eg_html_number(out, device->gbps_together, 1);
	eg_html_number(out, device->p50_us, 1);
	eg_html_number(out, device->p99_us, 1);
	fprintf(out, "<td class=n data-v=%u>%u of %u</td></tr>\n", device->failed, device->failed,
		device->tries);
}

void eg_html_devices(FILE *out, const struct eg_html_model *model)
{
	fputs("<h2>Devices</h2>\n<details>\n<summary>All devices</summary>\n"
	      "<p hidden><label>Rows with <input type=search data-filters=t-devices "
	      "aria-describedby=f-devices></label> <span id=f-devices role=status></span></p>\n"
	      "<div class=scroll tabindex=0 role=region aria-label=Devices>"
	      "<table class=sortable id=t-devices>\n"
	      "<caption>Devices of each node's newest report</caption>\n<thead><tr>"
	      "<th scope=col>Node</th><th scope=col class=n>Rail</th><th scope=col>PCI</th>"
	      "<th scope=col>Name</th><th scope=col>Missing in</th><th scope=col>Traffic</th>"
	      "<th scope=col>Reads from</th><th scope=col class=n>Alone, Gb/s</th>"
	      "<th scope=col class=n>Together, Gb/s</th><th scope=col class=n>p50, us</th>"
	      "<th scope=col class=n>p99, us</th><th scope=col class=n>Failed tries</th>"
	      "</tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < model->device_count; i++)
		print_device(out, model->nodes[model->devices[i].node].row->node,
			     &model->devices[i]);
	fputs("</tbody></table></div>\n</details>\n", out);
}
