/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/alone.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/cleanup.h"
#include "common/burst/conduct.h"
#include "common/burst/member.h"
#include "common/burst/offer.h"
#include "common/verdict/judge_traffic.h"

static int add_unknown(struct eg_traffic_findings *findings, const char *text)
{
	findings->list = calloc(1, sizeof(*findings->list));
	if (!findings->list)
		return -ENOMEM;
	findings->count = findings->size = 1;
	findings->list[0].finding = (struct eg_finding){ .id = "EG901", .outcome = EG_UNKNOWN };
	(void)snprintf(findings->list[0].finding.text, sizeof(findings->list[0].finding.text), "%s",
		       text);
	return 0;
}

static int run(const struct eg_alone *alone, struct eg_conduct *conduct, struct eg_result *result,
	       struct eg_traffic_findings *ret)
{
	EG_CLEANUP(eg_free) struct eg_round *round = malloc(sizeof(*round));
	int rc = round ? eg_conduct_offer(conduct, 0, alone->offer) : -ENOMEM;

	if (rc)
		return rc;
	if (eg_conduct_next(conduct) <= 0)
		return add_unknown(ret, "no EFA device could be opened for traffic");
	eg_conduct_round(conduct, 0, alone->round_ms, round);
	alone->traffic->run(alone->traffic->context, round, result);
	result->round = round->number;
	if (result->error[0])
		return add_unknown(ret, result->error);
	rc = eg_conduct_result(conduct, 0, result);
	if (!rc)
		rc = eg_conduct_end_stage(conduct);
	return rc ? rc : eg_conduct_judge(conduct, ret);
}

int eg_alone_run(const struct eg_alone *alone, struct eg_traffic_findings *ret,
		 struct eg_result *ret_result, struct eg_slowest *ret_slowest)
{
	EG_CLEANUP(eg_free) struct eg_result *own = NULL;
	struct eg_conduct conduct;
	int rc = eg_conduct_init(&conduct, 1, &alone->node, 0);

	*ret = (struct eg_traffic_findings){ 0 };
	if (!ret_result)
		ret_result = own = malloc(sizeof(*own));
	if (!rc && ret_result)
		rc = run(alone, &conduct, ret_result, ret);
	else
		rc = -ENOMEM;
	*ret_slowest = conduct.slowest;
	eg_conduct_done(&conduct);
	return rc;
}
