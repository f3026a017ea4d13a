/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>

#include "common/base/huge_page_policy.h"
#include "common/node/facts.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_node.h"
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
		.outcome = facts->in_container ? EG_UNKNOWN : EG_WARN,
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

static void decide(const struct eg_node_facts *facts, struct eg_huge_page_decision *ret)
{
	struct eg_huge_page_facts pages = {
		.ranks = facts->job.ranks,
		.devices = (uint32_t)facts->device_count,
		.endpoints_per_device = 1,
		.forks_per_rank = facts->job.forks_per_rank,
		.size_kib = facts->huge_pages.size_kib,
		.available = eg_judge_huge_pages_available(&facts->huge_pages),
		.no_copy_on_fork = facts->copy_on_fork_measured && !facts->copy_on_fork,
	};

	eg_huge_page_decide(&pages, ret);
}

uint64_t eg_judge_huge_pages_available(const struct eg_huge_page_pool *pool)
{
	uint64_t pages = pool->free > pool->reserved ? pool->free - pool->reserved : 0;

	if (pool->overcommit > pool->surplus)
		pages += pool->overcommit - pool->surplus;
	return pages;
}

uint64_t eg_judge_huge_page_demand(const struct eg_node_facts *facts)
{
	struct eg_huge_page_decision decision;

	decide(facts, &decision);
	return decision.demand;
}

static void judge_demand(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	struct eg_huge_page_decision decision;
	char seen[40], expected[40];
	struct eg_finding_spec spec = {
		.id = "EG201",
		.outcome = EG_WARN,
		.blame = EG_BLAME_NONE,
		.seen = seen,
		.expected = expected,
	};
	uint64_t available = eg_judge_huge_pages_available(&facts->huge_pages);

	if (!facts->job.ranks || !facts->huge_pages.measured)
		return;
	decide(facts, &decision);
	if (decision.choice != EG_HUGE_PAGE_SET_0)
		return;
	(void)snprintf(seen, sizeof(seen), "%" PRIu64 " pages", available);
	(void)snprintf(expected, sizeof(expected), "%" PRIu64 " pages", decision.demand);
	eg_findings_add(findings, &spec,
			"%u rank%s with %u fork%s each on %zu EFA need %" PRIu64
			" huge pages, %" PRIu64 " are available",
			facts->job.ranks, facts->job.ranks == 1 ? "" : "s",
			facts->job.forks_per_rank, facts->job.forks_per_rank == 1 ? "" : "s",
			facts->device_count, decision.demand, available);
}

/* With no job on the node nobody but static users of the site's holds pages. */
static void judge_leak(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	const struct eg_huge_page_pool *pool = &facts->huge_pages;
	uint64_t held = pool->total > pool->free ? pool->total - pool->free : 0;
	char seen[40], expected[40];
	struct eg_finding_spec spec = {
		.id = "EG202",
		.outcome = EG_WARN,
		.blame = EG_BLAME_NONE,
		.seen = seen,
		.expected = expected,
	};

	if (!pool->measured || facts->job.is_idle != EG_YES || held <= facts->job.huge_pages_kept)
		return;
	(void)snprintf(seen, sizeof(seen), "%" PRIu64 " in use", held);
	(void)snprintf(expected, sizeof(expected), "%" PRIu64 " in use",
		       facts->job.huge_pages_kept);
	eg_findings_add(findings, &spec,
			"%" PRIu64 " of %" PRIu64 " huge pages in use and no job runs", held,
			pool->total);
}

static void judge_provider(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	struct eg_finding_spec spec = {
		.id = "EG206",
		.outcome = facts->in_container ? EG_UNKNOWN : EG_WARN,
		.blame = EG_BLAME_NONE,
		.seen = facts->job.provider,
	};

	if (facts->job.provider[0])
		eg_findings_add(findings, &spec, "%s in the job's environment keeps it from EFA",
				facts->job.provider);
}

void eg_judge_host(const struct eg_node_facts *facts, struct eg_findings *findings)
{
	judge_leak(facts, findings);
	/* Without EFA the host owes it nothing. */
	if (!facts->device_count)
		return;
	judge_demand(facts, findings);
	judge_memlock(facts, findings);
	judge_copy_on_fork(facts, findings);
	judge_provider(facts, findings);
}
