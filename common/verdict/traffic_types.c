/* SPDX-License-Identifier: BSD-3-Clause */
/* Instance types in one session that cannot exchange EFA traffic: EG409. */
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
