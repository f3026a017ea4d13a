/* SPDX-License-Identifier: BSD-3-Clause */
/* Any bytes as a report: refused, or judged, written and read again as the same; as a survey too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "common/verdict/report_survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is handed over can be written. */
static int take(void *context, struct eg_report *report)
{
	EG_CLEANUP(eg_free) char *json = eg_report_to_json(report);

	(void)context;
	return json ? 0 : -1;
}

static int take_common(void *context, struct eg_report *report)
{
	(void)context;
	(void)report;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eg_survey_taker taker = { .node = take, .common = take_common };
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_free) struct eg_report *again = calloc(1, sizeof(*again));
	EG_CLEANUP(eg_free) struct eg_findings *findings = calloc(1, sizeof(*findings));
	EG_CLEANUP(eg_free) char *json = NULL;
	EG_CLEANUP(eg_free) char *second = NULL;
	struct eg_err err = { 0 };

	if (eg_survey_is_one((const char *)data, size))
		(void)eg_survey_from_json((const char *)data, size, &taker, NULL);
	if (!report || !again || !findings ||
	    eg_report_from_json((const char *)data, size, report, &err))
		return 0;
	eg_judge_node(&report->facts, findings);
	json = eg_report_to_json(report);
	if (!json || eg_report_from_json(json, strlen(json), again, &err))
		abort();
	second = eg_report_to_json(again);
	if (!second || strcmp(json, second) != 0)
		abort();
	return 0;
}
