/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/judge_node.h"

#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_parts.h"

static void judge_unmeasured(const char *layer, const char *why, struct eg_findings *findings)
{
	struct eg_finding_spec spec = {
		.id = "EG901",
		.outcome = EG_UNKNOWN,
		.blame = EG_BLAME_NONE,
		.subject = layer,
	};

	if (why[0])
		eg_findings_add(findings, &spec, "%s not measured: %s", layer, why);
}

static void judge_dropped(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	struct eg_finding_spec spec = {
		.id = "EG901",
		.outcome = EG_UNKNOWN,
		.blame = EG_BLAME_NONE,
	};

	if (facts->devices_dropped)
		eg_findings_add(findings, &spec, "%zu EFA beyond the first %d were not looked at",
				facts->devices_dropped, EG_DEVICES_MAX);
}

void eg_judge_node(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	eg_judge_number(facts, findings);
	eg_judge_layers(facts, findings);
	eg_judge_siblings(facts, findings);
	eg_judge_places(facts, findings);
	eg_judge_host(facts, findings);
	eg_judge_promise(facts, findings);
	judge_unmeasured("PCI", facts->pci_error, findings);
	judge_unmeasured("verbs", facts->verbs_error, findings);
	judge_unmeasured("libfabric", facts->fabric_error, findings);
	judge_unmeasured("huge pages", facts->huge_page_error, findings);
	judge_unmeasured("instance type", facts->instance_error, findings);
	judge_dropped(facts, findings);
}
