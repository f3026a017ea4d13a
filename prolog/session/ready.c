/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/session/ready.h"

#include <stdio.h>
#include <string.h>

#include "common/burst/wire.h"
#include "common/verdict/report.h"

static void add_finding(const struct eg_finding *finding, struct eg_ready *ret)
{
	struct eg_wire_finding *to = &ret->findings[ret->finding_count++];

	to->outcome = (uint8_t)finding->outcome;
	to->blame = (uint8_t)finding->blame;
	(void)snprintf(to->id, sizeof(to->id), "%s", finding->id);
	(void)snprintf(to->subject, sizeof(to->subject), "%s", finding->subject);
	(void)snprintf(to->text, sizeof(to->text), "%s", finding->text);
}

/* The worst first, in their own order beside. */
static void add_findings(const struct eg_findings *findings, struct eg_ready *ret)
{
	for (int outcome = EG_FAIL; outcome > EG_PASS; outcome--) {
		for (size_t i = 0; i < findings->count; i++) {
			const struct eg_finding *finding = &findings->list[i];

			if ((int)finding->outcome != outcome)
				continue;
			ret->warnings += outcome == EG_WARN;
			if (ret->finding_count < EG_WIRE_FINDINGS_MAX)
				add_finding(finding, ret);
		}
	}
}

static uint32_t good_devices(const struct eg_node_facts *facts)
{
	uint32_t count = 0;

	for (size_t i = 0; i < facts->device_count; i++)
		count += facts->devices[i].opens == EG_YES;
	return count;
}

void eg_ready_from_report(const struct eg_report *report, struct eg_ready *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->outcome = (uint8_t)eg_findings_outcome(&report->findings);
	add_findings(&report->findings, ret);
	ret->devices = good_devices(&report->facts);
}

void eg_ready_to_report(const struct eg_wire_finding *finding, struct eg_report *report)
{
	struct eg_finding_spec spec = {
		.id = finding->id,
		.outcome = (enum eg_outcome)finding->outcome,
		.blame = (enum eg_blame)finding->blame,
		.subject = finding->subject,
	};

	eg_findings_add(&report->findings, &spec, "%s", finding->text);
}
