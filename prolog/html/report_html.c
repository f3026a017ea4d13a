/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/html/report_html.h"

#include <errno.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "prolog/commands/report_set.h"
#include "prolog/html/model.h"
#include "prolog/html/page_parts.h"
#include "prolog/html/sections.h"

const char *eg_html_time(int64_t seconds, char ret[32])
{
	time_t when = (time_t)seconds;
	struct tm parts;

	ret[0] = '\0';
	if (gmtime_r(&when, &parts))
		(void)strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
	return ret;
}

void eg_html_number(FILE *out, double value, int digits)
{
	if (value > 0)
		fprintf(out, "<td class=n data-v=\"%.6g\">%.*f</td>", value, digits, value);
	else
		fputs("<td class=n data-v=-1></td>", out);
}

static void print_head(FILE *out, const struct eg_html_model *model)
{
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
		"<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
		"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; "
		"style-src 'unsafe-inline'; script-src 'sha256-%s'\">\n"
		"<title>efagate: %zu node%s</title>\n<style>\n%s</style>\n</head>\n<body>\n"
		"<a class=skip href=\"#nodes\">To the table of nodes</a>\n<main>\n",
		EG_HTML_SCRIPT_HASH, model->node_count, model->node_count == 1 ? "" : "s",
		eg_html_style);
}

int eg_report_html_print(FILE *out, const struct eg_report_set *set)
{
	EG_CLEANUP(eg_html_model_done) struct eg_html_model model = { 0 };

	if (eg_html_model_fill(set, &model) < 0)
		return -ENOMEM;
	print_head(out, &model);
	eg_html_summary(out, &model);
	eg_html_nodes(out, &model);
	eg_html_heat(out, &model);
	eg_html_pairs(out, &model);
	eg_html_timeline(out, &model);
	eg_html_devices(out, &model);
	fprintf(out, "</main>\n<script>%s</script>\n</body>\n</html>\n", eg_html_script);
	return 0;
}
