/* SPDX-License-Identifier: BSD-3-Clause */
/* What Kubernetes was told to give, against what is here: EG207. */
#include <inttypes.h>
#include <stdio.h>

#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_parts.h"

#define MIB (UINT64_C(1024) * 1024)
#define SIZE_KIB 2048 /* of hugepages-2Mi */

uint32_t eg_judge_open_count(const struct eg_node_facts *facts)
{
	uint32_t count = 0;

	for (size_t i = 0; i < facts->device_count; i++)
		count += facts->devices[i].opens == EG_YES;
	return count;
}

static void judge_devices(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	uint32_t promised = facts->promise.devices, open = eg_judge_open_count(facts);
	char seen[40], expected[40];
	struct eg_finding_spec spec = {
		.id = "EG207",
		.outcome = open < promised ? EG_FAIL : EG_WARN,
		.blame = EG_BLAME_NONE,
		.seen = seen,
		.expected = expected,
	};

	if (!facts->promise.has_devices || facts->verbs_error[0] || open == promised)
		return;
	(void)snprintf(seen, sizeof(seen), "%u devices", open);
	(void)snprintf(expected, sizeof(expected), "%u devices", promised);
	eg_findings_add(findings, &spec, "vpc.amazonaws.com/efa is %u, %u EFA open%s here",
			promised, open, open == 1 ? "s" : "");
}

/* Pages of 2 MiB on the whole machine; false: not measured. */
static bool pool_of(const struct eg_node_facts *facts, uint64_t *ret_total)
{
	if (!facts->huge_pages.measured)
		return false;
	*ret_total = facts->huge_pages.size_kib == SIZE_KIB ? facts->huge_pages.total : 0;
	for (size_t i = 0; i < facts->huge_page_part_count; i++) {
		const struct eg_huge_page_part *part = &facts->huge_page_parts[i];

		if (part->numa_node < 0 && part->size_kib == SIZE_KIB)
			*ret_total = part->total;
	}
	return true;
}

/* A pod gets a part of the pool, and who asks for less leaves some to others. */
static void judge_huge_pages(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	char seen[40], expected[40];
	struct eg_finding_spec spec = {
		.id = "EG207",
		.outcome = EG_FAIL,
		.blame = EG_BLAME_NONE,
		.seen = seen,
		.expected = expected,
	};
	uint64_t total;

	if (!facts->promise.has_huge_pages || !pool_of(facts, &total) ||
	    total * SIZE_KIB * 1024 >= facts->promise.huge_page_bytes)
		return;
	(void)snprintf(seen, sizeof(seen), "%" PRIu64 " MiB", total * SIZE_KIB / 1024);
	(void)snprintf(expected, sizeof(expected), "%" PRIu64 " MiB",
		       facts->promise.huge_page_bytes / MIB);
	eg_findings_add(findings, &spec, "hugepages-2Mi is %s, the pool of 2 MiB pages %s",
			expected, seen);
}

void eg_judge_promise(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	judge_devices(facts, findings);
	judge_huge_pages(facts, findings);
}
