/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/local.h"

#include "common/base/huge_page_policy.h"
#include "common/burst/wire.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "prolog/session/ready.h"
#include "prolog/step/options.h"

static uint64_t available_pages(const struct eg_huge_page_pool *pool)
{
	uint64_t pages = pool->free > pool->reserved ? pool->free - pool->reserved : 0;

	if (pool->overcommit > pool->surplus)
		pages += pool->overcommit - pool->surplus;
	return pages;
}

static void decide_huge_page(const struct eg_step_options *options,
			     const struct eg_huge_page_pool *pool, struct eg_ready *ret)
{
	struct eg_huge_page_decision decision = { 0 };
	struct eg_huge_page_facts facts = {
		.ranks = options->ranks,
		.devices = ret->devices,
		.endpoints_per_device = 1,
		.forks_per_rank = EG_FORKS_PER_RANK_DEFAULT,
		.size_kib = pool->size_kib,
		.available = available_pages(pool),
		.user_value = options->user_huge_page,
	};

	if (pool->measured) {
		eg_huge_page_decide(&facts, &decision);
		ret->huge_page_size_kib = pool->size_kib;
		ret->huge_pages_total = pool->total;
		ret->huge_pages_available = facts.available;
		ret->huge_pages_demand = decision.demand;
	}
	if (options->huge_page == EG_STEP_HUGE_PAGE_AUTO)
		ret->huge_page = pool->measured && decision.choice == EG_HUGE_PAGE_SET_0;
	else
		ret->huge_page =
			options->huge_page == EG_STEP_HUGE_PAGE_0 && !options->user_huge_page;
}

void eg_step_local_sum(const struct eg_step_options *options, struct eg_report *report,
		       int gathered, struct eg_ready *ret)
{
	/* A step's hooks have slurmd's limit, not the job's. */
	report->facts.memlock_measured = false;
	if (gathered)
		eg_judge_node(&report->facts, &report->findings);
	eg_ready_from_report(report, ret);
	decide_huge_page(options, &report->facts.huge_pages, ret);
}
