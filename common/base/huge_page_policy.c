/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/huge_page_policy.h"

#include <inttypes.h>
#include <stdio.h>

#define MODELLED_SIZE_KIB 2048

static uint64_t demand_of(const struct eg_huge_page_facts *facts)
{
	uint64_t endpoints = (uint64_t)facts->ranks * facts->devices * facts->endpoints_per_device;

	return endpoints * EG_HUGE_PAGES_PER_ENDPOINT * (1 + (uint64_t)facts->forks_per_rank);
}

static void decide(struct eg_huge_page_decision *ret, enum eg_huge_page_choice choice,
		   const char *reason)
{
	ret->choice = choice;
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
}

void eg_huge_page_decide(const struct eg_huge_page_facts *facts, struct eg_huge_page_decision *ret)
{
	char text[sizeof(ret->reason)];

	ret->demand = demand_of(facts);
	if (facts->user_value) {
		(void)snprintf(text, sizeof(text),
			       "left as the user set it: FI_EFA_USE_HUGE_PAGE=%.40s",
			       facts->user_value);
		decide(ret, EG_HUGE_PAGE_KEEP, text);
	} else if (facts->size_kib != MODELLED_SIZE_KIB) {
		(void)snprintf(text, sizeof(text), "left alone: huge pages of %" PRIu64 " KiB",
			       facts->size_kib);
		decide(ret, EG_HUGE_PAGE_KEEP, text);
	} else if (facts->no_copy_on_fork) {
		decide(ret, EG_HUGE_PAGE_KEEP,
		       "left alone: without copy-on-fork it does not make fork() safe, "
		       "FI_EFA_FORK_SAFE=1 does");
	} else if (ret->demand <= facts->available) {
		(void)snprintf(text, sizeof(text),
			       "left alone: the ranks and their forks need %" PRIu64 " of %" PRIu64
			       " huge pages",
			       ret->demand, facts->available);
		decide(ret, EG_HUGE_PAGE_KEEP, text);
	} else {
		(void)snprintf(text, sizeof(text),
			       "set to 0: the ranks and their forks would need %" PRIu64
			       " huge pages, %" PRIu64 " are available",
			       ret->demand, facts->available);
		decide(ret, EG_HUGE_PAGE_SET_0, text);
	}
}
