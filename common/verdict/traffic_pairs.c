/* SPDX-License-Identifier: BSD-3-Clause */
/* Failures for which no device is blamed: EG407, EG409. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/cleanup.h"
#include "common/burst/failed_rails.h"
#include "common/burst/tries.h"
#include "common/verdict/judge_traffic.h"
#include "common/verdict/traffic_parts.h"

#define RECOVERED 2 /* tries that passed after the last failure */
#define PAIRS_MAX 16 /* told one by one, of those that fail and of those that failed once */

/* Two nodes that failed with each other, and their devices to tell about. */
struct failed_pair {
	const struct eg_failed_rail *rail;
	bool transient; /* with none of their devices it is solid */
};

struct pairs {
	struct eg_traffic_case *the;
	struct failed_pair *list; /* in the order of nodes */
	size_t count;
};

/* How a device does at home is a witness where it reaches no other, and not told by itself. */
static bool is_witness(const struct pairs *pairs, const struct eg_try *one)
{
	const struct eg_standing *standing =
		eg_standing_of(pairs->the->standings, one->a, one->a_device);

	return one->a == one->b && pairs->the->present > 2 && standing->failed && !standing->ok;
}

static bool is_accounted(const struct pairs *pairs, const struct eg_try *one)
{
	const struct eg_accused *a = eg_accused_find(pairs->the, one->a, one->a_device);
	const struct eg_accused *b = eg_accused_find(pairs->the, one->b, one->b_device);

	return (a && (a->dead || a->isolated)) || (b && (b->dead || b->isolated)) ||
	       is_witness(pairs, one);
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

static bool is_good(const struct pairs *pairs, uint32_t node, uint8_t device)
{
	return eg_standing_of(pairs->the->standings, node, device)->ok != 0;
}

/* It failed for a while, and in later rounds passed with all it was tried with. */
static bool has_recovered(const struct pairs *pairs, uint32_t node, uint8_t device)
{
	return eg_standing_of(pairs->the->standings, node, device)->ok_since >= RECOVERED;
}

/*
 * Not solid: the two have also passed with each other; or one of them was out
 * for a while; or it was seen once, in a late stage that only asks after
 * others' failures, between devices that are good with others.
 */
static bool is_transient(const struct pairs *pairs, const struct eg_failed_rail *rail)
{
	const struct eg_try *one = rail->last;

	if (rail->passed)
		return true;
	if (one->a == one->b || !is_good(pairs, one->a, one->a_device) ||
	    !is_good(pairs, one->b, one->b_device))
		return false;
	return (rail->failed == 1 && rail->first_round > 1) ||
	       has_recovered(pairs, one->a, one->a_device) ||
	       has_recovered(pairs, one->b, one->b_device);
}

static bool is_same_nodes(const struct eg_try *one, const struct eg_try *two)
{
	return (one->a == two->a && one->b == two->b) || (one->a == two->b && one->b == two->a);
}

/* What failed and nobody else is told for, by pairs of nodes: theirs stand side by side. */
static void collect(struct pairs *pairs, const struct eg_failed_rails *rails)
{
	for (size_t i = 0; i < rails->count; i++) {
		const struct eg_failed_rail *rail = &rails->list[i];
		struct failed_pair *pair = pairs->count ? &pairs->list[pairs->count - 1] : NULL;
		bool transient = is_transient(pairs, rail);

		if (is_accounted(pairs, rail->last) || is_islands_matter(pairs, rail->last))
			continue;
		if (!pair || !is_same_nodes(pair->rail->last, rail->last))
			pairs->list[pairs->count++] = (struct failed_pair){ rail, transient };
		else if (pair->transient && !transient)
			*pair = (struct failed_pair){ rail, false };
	}
}

static int say_transient(struct pairs *pairs, const struct eg_failed_rail *rail)
{
	static const struct eg_finding_spec spec = { .id = "EG407",
						     .outcome = EG_WARN,
						     .blame = EG_BLAME_PAIR };
	const struct eg_traffic_facts *facts = pairs->the->facts;
	const struct eg_try *one = rail->last;
	char device[EG_DEVICE_TEXT], times[48];
	unsigned int tries = rail->failed + rail->passed;
	const char *later = rail->passed ? "" : " and was not tried again";

	if (rail->failed == 1 && rail->last_passed)
		later = " and passed when tried again";
	if (rail->failed == 1 && (rail->last_passed || !rail->passed))
		(void)snprintf(times, sizeof(times), "once");
	else
		(void)snprintf(times, sizeof(times), "%u of %u times", rail->failed, tries);
	return eg_traffic_add(pairs->the->findings, one->a, &spec, "%s failed %s with %.60s%s",
			      eg_traffic_device_text(facts, one->a, one->a_device, device), times,
			      one->a == one->b ? "its own node" : facts->names[one->b], later);
}

static int say_pair(struct pairs *pairs, const struct eg_failed_rail *rail)
{
	static const struct eg_finding_spec spec = { .id = "EG407",
						     .outcome = EG_FAIL,
						     .blame = EG_BLAME_PAIR };
	const struct eg_traffic_facts *facts = pairs->the->facts;
	const struct eg_try *one = rail->last;
	char device[EG_DEVICE_TEXT];

	(void)eg_traffic_device_text(facts, one->a, one->a_device, device);
	if (one->a == one->b)
		return eg_traffic_add(pairs->the->findings, one->a, &spec,
				      "%s fails with its own node's device %u%s%s", device,
				      one->b_device, one->text ? ": " : "",
				      one->text ? one->text : "");
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

static int say_more(struct pairs *pairs, size_t more, bool transient)
{
	struct eg_finding_spec spec = { .id = "EG407",
					.outcome = transient ? EG_WARN : EG_FAIL,
					.blame = EG_BLAME_PAIR };

	if (!more)
		return 0;
	return eg_traffic_add(
		pairs->the->findings, EG_NODE_ALL, &spec,
		transient ? "failures of %zu more pairs of nodes that also pass with each other"
			  : "%zu more pairs of nodes fail with each other, none "
			    "proven bad",
		more);
}

/* The pairs of one kind, at most PAIRS_MAX by name. */
static int say_pairs(struct pairs *pairs, bool transient)
{
	size_t said = 0, more = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < pairs->count; i++) {
		const struct failed_pair *pair = &pairs->list[i];

		if (pair->transient != transient)
			continue;
		if (said == PAIRS_MAX) {
			more++;
			continue;
		}
		said++;
		rc = transient ? say_transient(pairs, pair->rail) : say_pair(pairs, pair->rail);
	}
	return rc ? rc : say_more(pairs, more, transient);
}

int eg_traffic_pairs(struct eg_traffic_case *the)
{
	struct pairs pairs = { .the = the };
	struct eg_failed_rails rails;
	int rc = eg_failed_rails(the->facts->tries, &rails);

	if (!rc) {
		pairs.list = calloc(rails.count ? rails.count : 1, sizeof(*pairs.list));
		rc = pairs.list ? 0 : -ENOMEM;
	}
	if (!rc)
		collect(&pairs, &rails);
	if (!rc && the->islands)
		rc = say_islands(&pairs);
	else if (!rc && the->across)
		rc = say_across_pair(&pairs);
	if (!rc)
		rc = say_pairs(&pairs, false);
	if (!rc)
		rc = say_pairs(&pairs, true);
	free(pairs.list);
	eg_failed_rails_done(&rails);
	return rc;
}
