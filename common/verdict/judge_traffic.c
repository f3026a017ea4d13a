/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/judge_traffic.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/rails.h"
#include "common/burst/tries.h"
#include "common/verdict/traffic_parts.h"

/* Of the efa provider: the peer's device is reached, no handshake comes (efa_errno.h, since 1.18).
 */
#define HANDSHAKE_FAILED 4126

int eg_traffic_add(struct eg_traffic_findings *findings, uint32_t node,
		   const struct eg_finding_spec *spec, const char *fmt, ...)
{
	struct eg_findings one = { 0 };
	char text[sizeof(one.list[0].text)];
	va_list args;

	if (findings->count == findings->size) {
		size_t size = findings->size ? findings->size * 2 : 16;
		struct eg_traffic_finding *list = reallocarray(findings->list, size, sizeof(*list));

		if (!list)
			return -ENOMEM;
		findings->list = list;
		findings->size = size;
	}
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	eg_findings_add(&one, spec, "%s", text);
	findings->list[findings->count++] =
		(struct eg_traffic_finding){ .node = node, .finding = one.list[0] };
	return 0;
}

void eg_traffic_findings_done(struct eg_traffic_findings *findings)
{
	free(findings->list);
	*findings = (struct eg_traffic_findings){ 0 };
}

/* How many devices took part in tries between nodes, and in how many did one pass. */
static void add_up(struct eg_traffic_case *the)
{
	for (uint32_t node = 0; node < the->facts->count; node++) {
		const struct eg_offer *offer = the->facts->offers[node];

		the->present += offer && eg_rails_usable(offer);
		for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
			const struct eg_standing *standing =
				eg_standing_of(the->standings, node, i);

			the->tried += standing->ok || standing->failed;
			the->good += standing->ok != 0;
		}
	}
}

/*
 * The other end was reached, and its answer did not come back: so it looks
 * when a group lets traffic from itself in but not out to itself.
 */
static bool is_outbound(const struct eg_traffic_case *the)
{
	const struct eg_tries *tries = the->facts->tries;
	size_t failed = 0, handshakes = 0;

	for (size_t i = 0; i < tries->count; i++) {
		const struct eg_try *one = &tries->list[i];

		if ((one->a == one->b && the->present > 1) || !eg_try_failed(one))
			continue;
		failed++;
		handshakes += one->provider_error == HANDSHAKE_FAILED;
	}
	return handshakes * 2 > failed;
}

static const char *closed_text(const struct eg_traffic_case *the)
{
	return is_outbound(the) ? "the security group lacks an outbound rule for all traffic "
				  "to itself (0.0.0.0/0 is not enough)"
				: "the security group must allow all traffic from and to "
				  "itself (or the subnets differ)";
}

static const struct eg_finding_spec closed = { .id = "EG401",
					       .outcome = EG_FAIL,
					       .blame = EG_BLAME_CLUSTER };

static int blame_cluster(struct eg_traffic_case *the)
{
	return eg_traffic_add(the->findings, EG_NODE_ALL, &closed,
			      "none of the %u EFA devices of %u nodes reaches another node, though "
			      "TCP does: %s",
			      the->tried, the->present, closed_text(the));
}

/* Devices of a node alone when none of them reaches another, or itself where it is the only one. */
static uint32_t count_shut_in(const struct eg_traffic_case *the)
{
	uint32_t failed = 0;

	for (uint32_t node = 0; the->present == 1 && node < the->facts->count; node++) {
		for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
			const struct eg_standing *standing =
				eg_standing_of(the->standings, node, i);

			if (standing->self_ok)
				return 0;
			failed += standing->self_failed != 0;
		}
	}
	for (size_t i = 0; i < the->accused_count; i++) {
		if (the->accused[i].corrupt)
			return 0;
	}
	return failed;
}

/* So it looks behind a rule that lets nothing through, and nothing says that it is the node. */
static int blame_rule_or_node(struct eg_traffic_case *the, uint32_t devices)
{
	const char *node = the->facts->names[the->accused[0].node];
	const char *rule = closed_text(the);

	if (devices == 1)
		return eg_traffic_add(the->findings, EG_NODE_ALL, &closed,
				      "the EFA device of %.40s does not reach itself: the node is "
				      "bad, or %s",
				      node, rule);
	return eg_traffic_add(the->findings, EG_NODE_ALL, &closed,
			      "none of the %u EFA devices of %.40s reaches another: the node is "
			      "bad, or %s",
			      devices, node, rule);
}

static int judge(struct eg_traffic_case *the)
{
	uint32_t shut_in;
	int rc;

	eg_tries_stand(the->facts->tries, the->facts->count, the->standings);
	add_up(the);
	eg_traffic_group(the);
	rc = eg_traffic_accuse(the);
	if (!rc)
		rc = eg_traffic_types(the);
	if (!rc)
		rc = eg_traffic_ways(the);
	if (rc)
		return rc;
	if (the->tried && !the->good && !the->blamed)
		return blame_cluster(the);
	shut_in = count_shut_in(the);
	if (shut_in)
		return blame_rule_or_node(the, shut_in);
	rc = eg_traffic_blame(the);
	if (!rc)
		rc = eg_traffic_pairs(the);
	return rc ? rc : eg_traffic_speed(the);
}

int eg_judge_traffic(const struct eg_traffic_facts *facts, struct eg_traffic_findings *ret)
{
	size_t devices = (size_t)facts->count * EG_DEVICES_MAX;
	struct eg_traffic_case the = { .facts = facts, .findings = ret };
	int rc = -ENOMEM;

	the.standings = calloc(devices, sizeof(*the.standings));
	the.accused_at = calloc(devices, sizeof(*the.accused_at));
	the.group = calloc(facts->count, sizeof(*the.group));
	if (the.standings && the.accused_at && the.group)
		rc = judge(&the);
	free(the.standings);
	free(the.accused_at);
	free(the.accused);
	free(the.group);
	return rc;
}
