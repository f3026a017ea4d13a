/* SPDX-License-Identifier: BSD-3-Clause */
/* Failures for which no device is blamed: EG407, EG409. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/tries.h"
#include "common/verdict/judge_traffic.h"
#include "common/verdict/traffic_parts.h"

#define PAIRS_MAX 16 /* told one by one */

/* Two nodes that failed with each other. */
struct failed_pair {
	uint32_t a, b;
	const struct eg_try *last; /* failure */
	bool again_good; /* a later try of the same devices passed */
};

struct pairs {
	struct eg_traffic_case *the;
	struct failed_pair list[PAIRS_MAX];
	size_t count;
	size_t more; /* failures beyond PAIRS_MAX */
};

static bool is_blamed(const struct pairs *pairs, const struct eg_try *one)
{
	const struct eg_accused *a = eg_accused_find(pairs->the, one->a, one->a_device);
	const struct eg_accused *b = eg_accused_find(pairs->the, one->b, one->b_device);

	return (a && a->dead) || (b && b->dead);
}

/* Told by EG409, or not to be judged before what EG409 names is mended. */
static bool is_islands_matter(const struct pairs *pairs, const struct eg_try *one)
{
	const struct eg_traffic_case *the = pairs->the;

	if (eg_traffic_is_across(the, one->a, one->b))
		return true;
	return the->islands &&
	       (!eg_traffic_has_group(the, one->a) || !eg_traffic_has_group(the, one->b));
}

static struct failed_pair *find_pair(struct pairs *pairs, const struct eg_try *one)
{
	for (size_t i = 0; i < pairs->count; i++) {
		struct failed_pair *pair = &pairs->list[i];

		if ((pair->a == one->a && pair->b == one->b) ||
		    (pair->a == one->b && pair->b == one->a))
			return pair;
	}
	if (pairs->count == PAIRS_MAX) {
		pairs->more++;
		return NULL;
	}
	pairs->list[pairs->count] =
		(struct failed_pair){ .a = one->a, .b = one->b, .again_good = true };
	return &pairs->list[pairs->count++];
}

static void collect(struct pairs *pairs)
{
	const struct eg_tries *tries = pairs->the->facts->tries;

	for (size_t i = 0; i < tries->count; i++) {
		const struct eg_try *one = &tries->list[i];
		struct failed_pair *pair;

		if (!eg_try_failed(one) || is_blamed(pairs, one))
			continue;
		if (is_islands_matter(pairs, one))
			continue;
		pair = find_pair(pairs, one);
		if (!pair)
			continue;
		if (pair->again_good && eg_tries_passed_later(tries, i)) {
			pair->last = pair->last ? pair->last : one;
			continue;
		}
		pair->again_good = false;
		pair->last = one;
	}
}

static int say_pair(struct pairs *pairs, const struct failed_pair *pair)
{
	const struct eg_traffic_facts *facts = pairs->the->facts;
	const struct eg_try *one = pair->last;
	struct eg_finding_spec spec = { .id = "EG407",
					.outcome = pair->again_good ? EG_WARN : EG_FAIL,
					.blame = EG_BLAME_PAIR };
	char device[EG_DEVICE_TEXT];

	(void)eg_traffic_device_text(facts, one->a, one->a_device, device);
	if (pair->a == pair->b)
		return eg_traffic_add(pairs->the->findings, one->a, &spec,
				      "%s fails with its own node's device %u%s%s", device,
				      one->b_device, one->text ? ": " : "",
				      one->text ? one->text : "");
	if (pair->again_good)
		return eg_traffic_add(pairs->the->findings, one->a, &spec,
				      "%s failed once with %.60s and passed when tried again",
				      device, facts->names[one->b]);
	return eg_traffic_add(pairs->the->findings, EG_NODE_ALL, &spec,
			      "%.60s and %.60s fail with each other, neither proven bad: %s%s%s",
			      facts->names[one->a], facts->names[one->b], device,
			      one->text ? ": " : "", one->text ? one->text : "");
}

static int say_islands(struct pairs *pairs)
{
	static const struct eg_finding_spec spec = { .id = "EG409",
						     .outcome = EG_FAIL,
						     .blame = EG_BLAME_CLUSTER };
	const char *const *names = pairs->the->facts->names;

	return eg_traffic_add(pairs->the->findings, EG_NODE_ALL, &spec,
			      "groups of nodes pass inside and fail across, such as %.50s with "
			      "%.50s: zone, subnet or security group",
			      names[pairs->the->across_a], names[pairs->the->across_b]);
}

static int say_across_pair(struct pairs *pairs)
{
	static const struct eg_finding_spec spec = { .id = "EG407",
						     .outcome = EG_FAIL,
						     .blame = EG_BLAME_PAIR };
	const char *const *names = pairs->the->facts->names;

	return eg_traffic_add(pairs->the->findings, EG_NODE_ALL, &spec,
			      "%.60s and %.60s fail with each other, both pass with others",
			      names[pairs->the->across_a], names[pairs->the->across_b]);
}

static int say_more(struct pairs *pairs)
{
	static const struct eg_finding_spec spec = { .id = "EG407",
						     .outcome = EG_FAIL,
						     .blame = EG_BLAME_PAIR };

	return eg_traffic_add(pairs->the->findings, EG_NODE_ALL, &spec,
			      "%zu more failures between nodes of which none is proven bad",
			      pairs->more);
}

int eg_traffic_pairs(struct eg_traffic_case *the)
{
	struct pairs pairs = { .the = the };
	int rc = 0;

	collect(&pairs);
	if (the->islands)
		rc = say_islands(&pairs);
	else if (the->across)
		rc = say_across_pair(&pairs);
	for (size_t i = 0; !rc && i < pairs.count; i++)
		rc = say_pair(&pairs, &pairs.list[i]);
	return !rc && pairs.more ? say_more(&pairs) : rc;
}
