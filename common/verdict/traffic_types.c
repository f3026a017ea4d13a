/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nodes in one session that cannot exchange EFA traffic: by their instance types (EG409), or as one
 * reads through libfabric and the other without (EG901).
 */
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/offer.h"
#include "common/burst/rails.h"
#include "common/node/instance_table.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"
#include "common/verdict/traffic_parts.h"

static const char *name_of(const struct eg_offer *offer)
{
	return offer->instance_type[0] ? offer->instance_type : "another type";
}

int eg_traffic_types(struct eg_traffic_case *the)
{
	static const struct eg_finding_spec spec = { .id = "EG409",
						     .outcome = EG_FAIL,
						     .blame = EG_BLAME_CLUSTER };
	const struct eg_traffic_facts *facts = the->facts;
	uint32_t first = facts->count;

	for (uint32_t i = 0; i < facts->count; i++) {
		const struct eg_offer *offer = facts->offers[i];

		if (!offer || !eg_rails_usable(offer))
			continue;
		if (first == facts->count)
			first = i;
		if (eg_instance_type_apart(offer->instance_type) ==
		    eg_instance_type_apart(facts->offers[first]->instance_type))
			continue;
		return eg_traffic_add(the->findings, EG_NODE_ALL, &spec,
				      "EFA of %.30s (%.40s) and of %.30s (%.40s) cannot talk: "
				      "each type was tried within itself only",
				      name_of(facts->offers[first]), facts->names[first],
				      name_of(offer), facts->names[i]);
	}
	return 0;
}

#define KINDS 256

/* How many nodes of each kind there are, and the first of them. */
struct kinds {
	uint32_t count[KINDS], first[KINDS];
};

static void count_kinds(const struct eg_traffic_facts *facts, struct kinds *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (uint32_t i = facts->count; i-- > 0;) {
		uint8_t kind;

		if (!facts->offers[i] || !eg_rails_usable(facts->offers[i]))
			continue;
		kind = eg_rails_kind(facts->offers[i]);
		ret->count[kind]++;
		ret->first[kind] = i;
	}
}

int eg_traffic_ways(struct eg_traffic_case *the)
{
	static const struct eg_finding_spec spec = { .id = "EG901",
						     .outcome = EG_UNKNOWN,
						     .blame = EG_BLAME_NONE };
	const struct eg_traffic_facts *facts = the->facts;
	struct kinds kinds;
	int rc = 0;

	count_kinds(facts, &kinds);
	for (unsigned int kind = 0; kind < KINDS && !rc; kind++) {
		unsigned int other = kind ^ EG_RAILS_BY_SRD;

		/* One alone, that the others would have been partners of. */
		if (kinds.count[kind] != 1 || !kinds.count[other])
			continue;
		rc = eg_traffic_add(
			the->findings, kinds.first[kind], &spec,
			kind & EG_RAILS_BY_SRD
				? "traffic not tried: through libfabric on %.40s, not here"
				: "traffic not tried: through libfabric here, not on %.40s",
			facts->names[kinds.first[other]]);
	}
	return rc;
}
