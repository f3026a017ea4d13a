/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/report.h"

#include <string.h>

void eg_report_clear(struct eg_report *ret)
{
	memset(ret, 0, offsetof(struct eg_report, facts));
	eg_node_facts_clear(&ret->facts);
	eg_findings_clear(&ret->findings);
}

void eg_report_copy(struct eg_report *ret, const struct eg_report *report)
{
	memcpy(ret, report, offsetof(struct eg_report, facts));
	eg_node_facts_copy(&ret->facts, &report->facts);
	eg_findings_copy(&ret->findings, &report->findings);
}
