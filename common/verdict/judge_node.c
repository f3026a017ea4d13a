/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/judge_node.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_parts.h"

#define MEMLOCK_MIN_GIB 16 /* the registrations of one rank of a large job stay below it */
#define GIB (1024 * 1024 * 1024ULL)

/* "64 KiB", "8 MiB", "1 GiB": the largest unit that divides it. */
static void size_text(uint64_t bytes, char *text, size_t size)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB" };
	size_t unit = 0;

	while (unit + 1 < sizeof(units) / sizeof(units[0]) && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		unit++;
	}
	(void)snprintf(text, size, "%" PRIu64 " %s", bytes, units[unit]);
}

static void judge_memlock(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	char seen[40];
	struct eg_finding_spec spec = {
		.id = "EG203",
		.outcome = EG_WARN,
		.blame = EG_BLAME_NONE,
		.seen = seen,
		.expected = "16 GiB",
	};

	if (!facts->memlock_measured || facts->memlock_bytes >= MEMLOCK_MIN_GIB * GIB)
		return;
	size_text(facts->memlock_bytes, seen, sizeof(seen));
	eg_findings_add(findings, &spec, "memlock limit is %s, below %d GiB", seen,
			MEMLOCK_MIN_GIB);
}

static void judge_copy_on_fork(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	struct eg_finding_spec spec = {
		.id = "EG204",
		.outcome = EG_WARN,
		.blame = EG_BLAME_NONE,
	};

	if (facts->copy_on_fork_measured && !facts->copy_on_fork)
		eg_findings_add(findings, &spec, "no copy-on-fork of pinned memory");
}

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
	/* Without EFA the host owes it nothing. */
	if (facts->device_count) {
		judge_memlock(facts, findings);
		judge_copy_on_fork(facts, findings);
	}
	judge_unmeasured("PCI", facts->pci_error, findings);
	judge_unmeasured("verbs", facts->verbs_error, findings);
	judge_unmeasured("libfabric", facts->fabric_error, findings);
	judge_unmeasured("instance type", facts->instance_error, findings);
	judge_dropped(facts, findings);
}
