/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/local.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/huge_page_policy.h"
#include "common/burst/wire.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "prolog/policy.h"
#include "prolog/session/ready.h"
#include "prolog/step/job_fabric.h"
#include "prolog/step/options.h"

static struct eg_huge_page_facts huge_page_facts(const struct eg_step_options *options,
						 const struct eg_node_facts *facts,
						 uint32_t devices)
{
	const struct eg_huge_page_pool *pool = &facts->huge_pages;

	return (struct eg_huge_page_facts){
		.ranks = options->ranks,
		.devices = devices,
		.endpoints_per_device = 1,
		.forks_per_rank = facts->job.forks_per_rank,
		.size_kib = pool->size_kib,
		.available = eg_judge_huge_pages_available(pool),
		.no_copy_on_fork = facts->copy_on_fork_measured && !facts->copy_on_fork,
		.user_value = options->user_huge_page,
	};
}

static void decide_huge_page(const struct eg_step_options *options,
			     const struct eg_node_facts *facts, struct eg_ready *ret)
{
	const struct eg_huge_page_pool *pool = &facts->huge_pages;
	struct eg_huge_page_decision decision = { 0 };
	struct eg_huge_page_facts pages = huge_page_facts(options, facts, ret->devices);

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

/* It comes from the job's environment, and goes to terminals. */
static void make_printable(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

static void set_job_facts(const struct eg_step_options *options,
			  const struct eg_job_fabric_answer *fabric, struct eg_node_facts *facts)
{
	struct eg_job_facts *job = &facts->job;

	/* This process has slurmd's limit, not the tasks'. */
	facts->memlock_measured = options->memlock_binds;
	facts->memlock_bytes = options->memlock_bytes;
	/* Where the step's pages are left to themselves it is told what is missing. */
	if (options->huge_page == EG_STEP_HUGE_PAGE_KEEP && !options->user_huge_page)
		job->ranks = options->ranks;
	if (options->provider)
		(void)snprintf(job->provider, sizeof(job->provider), "%s", options->provider);
	else if (fabric->own && !fabric->devices)
		(void)snprintf(job->provider, sizeof(job->provider), "LD_LIBRARY_PATH (%.100s)",
			       fabric->path);
	make_printable(job->provider);
}

/* Are there devices that do not open, and was this step not allowed any of them? */
static bool is_not_given(const struct eg_node_facts *facts)
{
	size_t kept = 0;

	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_device_facts *device = &facts->devices[i];

		if (device->opens == EG_NO && device->open_errno != EPERM)
			return false;
		kept += device->opens == EG_NO;
	}
	return kept > 0;
}

/*
 * A file's mode gives EACCES; EPERM comes from the device cgroup of the step,
 * so that the node is as good as before: the job lacks something.
 */
static void mend_not_given(struct eg_report *report)
{
	for (size_t i = 0; i < report->findings.count; i++) {
		struct eg_finding *finding = &report->findings.list[i];
		const size_t length = strlen(finding->text);

		if (finding->outcome != EG_FAIL ||
		    (strcmp(finding->id, "EG105") != 0 && strcmp(finding->id, "EG110") != 0))
			continue;
		finding->blame = EG_BLAME_NONE;
		if (!strcmp(finding->id, "EG105"))
			(void)snprintf(finding->text + length, sizeof(finding->text) - length,
				       ", not given to this step (--gres)");
	}
}

/* What is the job's own is no guess in a container either. */
static void mend_unknown(struct eg_report *report)
{
	for (size_t i = 0; i < report->findings.count; i++) {
		struct eg_finding *finding = &report->findings.list[i];

		if (finding->outcome == EG_UNKNOWN &&
		    (!strcmp(finding->id, "EG203") || !strcmp(finding->id, "EG206")))
			finding->outcome = EG_WARN;
	}
}

void eg_step_local_judge(const struct eg_step_options *options, const struct eg_policy *policy,
			 const struct eg_job_fabric_answer *fabric, struct eg_report *report)
{
	set_job_facts(options, fabric, &report->facts);
	eg_judge_node(&report->facts, &report->findings);
	if (is_not_given(&report->facts))
		mend_not_given(report);
	mend_unknown(report);
	eg_policy_apply(policy, &report->findings);
}

void eg_step_local_sum(const struct eg_step_options *options, const struct eg_report *report,
		       struct eg_ready *ret)
{
	eg_ready_from_report(report, ret);
	decide_huge_page(options, &report->facts, ret);
}

/* The variable came with 1.19: an older one goes by the pages whatever it says. */
static void remark_on(const struct eg_job_fabric_answer *fabric, char *text, size_t size)
{
	const unsigned int major = fabric->version >> 16, minor = fabric->version & 0xffff;

	text[0] = '\0';
	if (!fabric->version || major > 1 || (major == 1 && minor >= 19))
		return;
	(void)snprintf(text, size,
		       "; libfabric %u.%u of this %s is older than 1.19 and does not know "
		       "it%s",
		       major, minor, fabric->own ? "job" : "node",
		       fabric->own ? "" : ", the job may bring its own");
}

void eg_step_local_note(const struct eg_step_options *options, const struct eg_report *report,
			const struct eg_ready *ready, const struct eg_job_fabric_answer *fabric,
			char *text, size_t size)
{
	const struct eg_huge_page_pool *pool = &report->facts.huge_pages;
	struct eg_huge_page_decision decision = { .reason =
							  "left alone: huge pages were not read" };
	struct eg_huge_page_facts facts = huge_page_facts(options, &report->facts, ready->devices);
	const char *reason = decision.reason;
	char remark[120] = "";

	if (options->user_huge_page || pool->measured)
		eg_huge_page_decide(&facts, &decision);
	if (options->huge_page == EG_STEP_HUGE_PAGE_KEEP)
		reason = "left alone, as asked";
	else if (options->huge_page == EG_STEP_HUGE_PAGE_0 && !options->user_huge_page)
		reason = "set to 0, as asked";
	remark_on(fabric, remark, sizeof(remark));
	(void)snprintf(text, size, "efagate: %s: FI_EFA_USE_HUGE_PAGE %s%s", options->node, reason,
		       remark);
}
