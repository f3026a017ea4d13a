/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/told.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/burst/session.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"

int eg_told_init(struct eg_told *told, const struct eg_traffic_findings *findings, uint32_t nodes)
{
	size_t count = findings ? findings->count : 0;

	*told = (struct eg_told){ .findings = findings, .nodes = nodes };
	told->first = calloc((size_t)nodes + 1, sizeof(*told->first));
	told->next = calloc(count ? count : 1, sizeof(*told->next));
	if (!told->first || !told->next)
		return -ENOMEM;
	for (size_t i = count; i-- > 0;) {
		uint32_t node = findings->list[i].node;
		uint32_t *first = &told->first[node < nodes ? node : nodes];

		told->next[i] = *first;
		*first = (uint32_t)i + 1;
	}
	return 0;
}

static void fill(const struct eg_told *told, uint32_t place, struct eg_verdict *ret)
{
	for (; place && ret->finding_count < EG_VERDICT_FINDINGS_MAX; place = told->next[place - 1])
		eg_session_finding(&told->findings->list[place - 1].finding,
				   &ret->findings[ret->finding_count++]);
}

void eg_told_fill(const struct eg_told *told, uint32_t node, struct eg_verdict *ret)
{
	ret->finding_count = 0;
	fill(told, told->first[node], ret);
	fill(told, told->first[told->nodes], ret);
}

void eg_told_done(struct eg_told *told)
{
	free(told->first);
	free(told->next);
	*told = (struct eg_told){ 0 };
}
