/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/local.h"

#include "common/base/huge_page_policy.h"
#include "common/burst/wire.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "prolog/session/ready.h"
#include "prolog/step/options.h"

static void decide_huge_page(const struct eg_step_options *options,
			     const struct eg_node_facts *facts, struct eg_ready *ret)
{
	const struct eg_huge_page_pool *pool = &facts->huge_pages;
	struct eg_huge_page_decision decision = { 0 };
	struct eg_huge_page_facts pages = {
		.ranks = options->ranks,
		.devices = ret->devices,
		.endpoints_per_device = 1,
		.forks_per_rank = facts->job.forks_per_rank,
		.size_kib = pool->size_kib,
		.available = eg_judge_huge_pages_available(pool),
		.user_value = options->user_huge_page,
	};

	if (pool->measured) {
		eg_huge_page_decide(&pages, &decision);
		ret->huge_page_size_kib = pool->size_kib;
		ret->huge_pages_total = pool->total;
		ret->huge_pages_available = pages.available;
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
	/* Where the step's pages are left to themselves it is told what is missing. */
	if (options->huge_page == EG_STEP_HUGE_PAGE_KEEP && !options->user_huge_page)
		report->facts.job.ranks = options->ranks;
	if (gathered)
		eg_judge_node(&report->facts, &report->findings);
	eg_ready_from_report(report, ret);
	decide_huge_page(options, &report->facts, ret);
}
