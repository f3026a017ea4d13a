/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices and nodes that are slow: EG404, EG405.
 *
 * A read has two ends. A device is called slow only if it was slow as reader
 * and as target, with different partners, and both alone and together with the
 * others: four figures, by two nodes. Compared are ratios within one session,
 * and a figure must lie outside of how much figures of its kind vary there, so
 * that a busy machine's noise is no finding.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/offer.h"
#include "common/burst/speeds.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"
#include "common/verdict/speed_floor.h"
#include "common/verdict/traffic_parts.h"

#define SLOW_SHARE 0.7f /* of the median */
#define SIBLINGS_MIN 3 /* others that are compared with */
#define SESSION_MIN 8 /* nodes, before one is compared with the others */
#define SPREAD 3.0f /* times the median distance from the median */

/* A figure and what it is compared with. */
struct level {
	float median, spread;
	size_t count;
};

struct speeds {
	struct eg_traffic_case *the;
	const struct eg_speed **own; /* by node and device: as reader, NULL none */
	const struct eg_speed **of; /* as target */
	float *sorted; /* room for a figure of every node or device */
	float *fastest; /* by node: alone, together */
	bool *slow; /* by node: all of it */
	struct level rails[EG_DEVICES_MAX][2]; /* alone, together */
};

static int compare(const void *a, const void *b)
{
	const float *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static float median(float *list, size_t count)
{
	qsort(list, count, sizeof(*list), compare);
	return count % 2 ? list[count / 2] : (list[count / 2 - 1] + list[count / 2]) / 2;
}

/* @list is put in another order, and then overwritten. */
static struct level level_of(float *list, size_t count)
{
	struct level level = { .count = count };

	if (!count)
		return level;
	level.median = median(list, count);
	for (size_t i = 0; i < count; i++)
		list[i] = list[i] > level.median ? list[i] - level.median : level.median - list[i];
	level.spread = median(list, count);
	return level;
}

static bool is_below(float value, const struct level *level)
{
	return value < SLOW_SHARE * level->median && value < level->median - SPREAD * level->spread;
}

static float figure(const struct eg_speed *speed, bool together)
{
	return together ? speed->together_gbps : speed->alone_gbps;
}

static size_t at(uint32_t node, uint8_t device)
{
	return (size_t)node * EG_DEVICES_MAX + device;
}

/* What the other devices of the reader had. */
static struct level of_siblings(struct speeds *speeds, const struct eg_speed *speed, bool together)
{
	size_t count = 0;

	for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
		const struct eg_speed *other = speeds->own[at(speed->reader, i)];

		if (other && other != speed)
			speeds->sorted[count++] = figure(other, together);
	}
	return level_of(speeds->sorted, count);
}

/* Slow beside its reader's other devices, alone and together? */
static bool is_slow_sibling(struct speeds *speeds, const struct eg_speed *speed)
{
	for (int together = 0; together < 2; together++) {
		struct level level;

		/* Most are not, and that is seen at once. */
		if (figure(speed, together) >=
		    SLOW_SHARE * speeds->fastest[2 * speed->reader + (uint32_t)together])
			return false;
		level = of_siblings(speeds, speed, together);
		if (level.count < SIBLINGS_MIN || !is_below(figure(speed, together), &level))
			return false;
	}
	return true;
}

/* Slow beside the same device of the other nodes? */
static bool is_slow_on_rail(const struct speeds *speeds, const struct eg_speed *speed)
{
	for (int together = 0; together < 2; together++) {
		const struct level *level = &speeds->rails[speed->reader_device][together];

		if (level->count < SESSION_MIN || !is_below(figure(speed, together), level))
			return false;
	}
	return true;
}

/* What each rail has over all nodes, and each node at best. */
static void measure_levels(struct speeds *speeds)
{
	uint32_t nodes = speeds->the->facts->count;

	for (int together = 0; together < 2; together++) {
		for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
			size_t count = 0;

			for (uint32_t node = 0; node < nodes; node++) {
				const struct eg_speed *one = speeds->own[at(node, i)];
				float *best = &speeds->fastest[2 * node + (uint32_t)together];

				if (!one)
					continue;
				speeds->sorted[count++] = figure(one, together);
				if (figure(one, together) > *best)
					*best = figure(one, together);
			}
			speeds->rails[i][together] = level_of(speeds->sorted, count);
		}
	}
}

static int say_device(struct speeds *speeds, uint32_t node, uint8_t device, float usual)
{
	static const struct eg_finding_spec slow = { .id = "EG404",
						     .outcome = EG_WARN,
						     .blame = EG_BLAME_DEVICE };
	const struct eg_traffic_facts *facts = speeds->the->facts;
	struct eg_finding_spec spec = slow;
	char text[EG_DEVICE_TEXT], pci[EG_PCI_ADDR_TEXT] = "";

	spec.subject = eg_pci_addr_text(facts->offers[node]->devices[device].pci, pci);
	return eg_traffic_add(speeds->the->findings, node, &spec,
			      "%s slow: %.1f Gb/s alone, others %.1f",
			      eg_traffic_device_text(facts, node, device, text),
			      (double)speeds->own[at(node, device)]->alone_gbps, (double)usual);
}

static int say_floor(struct speeds *speeds, uint32_t node, uint8_t device, uint32_t floor)
{
	static const struct eg_finding_spec below = { .id = "EG404",
						      .outcome = EG_FAIL,
						      .blame = EG_BLAME_DEVICE };
	const struct eg_traffic_facts *facts = speeds->the->facts;
	struct eg_finding_spec spec = below;
	char text[EG_DEVICE_TEXT], pci[EG_PCI_ADDR_TEXT] = "";

	spec.subject = eg_pci_addr_text(facts->offers[node]->devices[device].pci, pci);
	return eg_traffic_add(speeds->the->findings, node, &spec,
			      "%s slow: %.1f Gb/s alone, below the site's floor of %u",
			      eg_traffic_device_text(facts, node, device, text),
			      (double)speeds->own[at(node, device)]->alone_gbps, floor);
}

/* EG404 of one device, by the site's floor or by what is usual here. */
static int judge_device(struct speeds *speeds, uint32_t node, uint8_t device)
{
	const struct eg_traffic_facts *facts = speeds->the->facts;
	const struct eg_speed *own = speeds->own[at(node, device)];
	const struct eg_speed *of = speeds->of[at(node, device)];
	uint32_t floor;

	if (!facts->offers[node] || device >= facts->offers[node]->device_count)
		return 0;
	/* With one partner nobody can say which end it is. */
	if (!own || !of || own->target == of->reader)
		return 0;
	floor = eg_speed_floor(facts->floors, facts->offers[node]->instance_type);
	if (floor && own->alone_gbps < (float)floor && of->alone_gbps < (float)floor)
		return say_floor(speeds, node, device, floor);
	if (is_slow_sibling(speeds, own) && is_slow_sibling(speeds, of))
		return say_device(speeds, node, device, of_siblings(speeds, own, false).median);
	if (!speeds->slow[node] && is_slow_on_rail(speeds, own) && is_slow_on_rail(speeds, of))
		return say_device(speeds, node, device, speeds->rails[device][0].median);
	return 0;
}

static int judge_devices(struct speeds *speeds)
{
	int rc = 0;

	for (uint32_t node = 0; !rc && node < speeds->the->facts->count; node++) {
		for (uint8_t i = 0; !rc && i < EG_DEVICES_MAX; i++)
			rc = judge_device(speeds, node, i);
	}
	return rc;
}

/* Of a node: the median of what its devices had as readers, or as targets. */
static float node_figure(struct speeds *speeds, const struct eg_speed **of, uint32_t node,
			 bool together)
{
	size_t count = 0;

	for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
		if (of[at(node, i)])
			speeds->sorted[count++] = figure(of[at(node, i)], together);
	}
	return count ? median(speeds->sorted, count) : -1;
}

/* Mark in @fast who is not slow by this figure; @ret: of all. */
static int sort_out(struct speeds *speeds, const struct eg_speed **of, bool together, bool *fast,
		    struct level *ret)
{
	uint32_t nodes = speeds->the->facts->count;
	EG_CLEANUP(eg_free) float *figures = calloc(nodes, sizeof(*figures));
	EG_CLEANUP(eg_free) float *list = calloc(nodes, sizeof(*list));
	size_t count = 0;

	if (!figures || !list)
		return -ENOMEM;
	for (uint32_t i = 0; i < nodes; i++) {
		figures[i] = node_figure(speeds, of, i, together);
		if (figures[i] >= 0)
			list[count++] = figures[i];
	}
	*ret = level_of(list, count);
	for (uint32_t i = 0; i < nodes; i++)
		fast[i] |= figures[i] < 0 || count < SESSION_MIN || !is_below(figures[i], ret);
	return 0;
}

static int say_node(struct speeds *speeds, uint32_t node, const struct level *alone,
		    const struct level *together)
{
	static const struct eg_finding_spec spec = { .id = "EG405",
						     .outcome = EG_WARN,
						     .blame = EG_BLAME_NODE };

	return eg_traffic_add(speeds->the->findings, node, &spec,
			      "slow: %.1f Gb/s a device alone and %.1f together, the session's "
			      "median is %.1f and %.1f",
			      (double)node_figure(speeds, speeds->own, node, false),
			      (double)node_figure(speeds, speeds->own, node, true),
			      (double)alone->median, (double)together->median);
}

static int judge_nodes(struct speeds *speeds)
{
	uint32_t nodes = speeds->the->facts->count;
	EG_CLEANUP(eg_free) bool *fast = calloc(nodes, sizeof(*fast));
	struct level alone, together, unused;
	int rc = fast ? 0 : -ENOMEM;

	if (!rc)
		rc = sort_out(speeds, speeds->of, false, fast, &unused);
	if (!rc)
		rc = sort_out(speeds, speeds->of, true, fast, &unused);
	if (!rc)
		rc = sort_out(speeds, speeds->own, false, fast, &alone);
	if (!rc)
		rc = sort_out(speeds, speeds->own, true, fast, &together);
	for (uint32_t i = 0; !rc && i < nodes; i++) {
		speeds->slow[i] = !fast[i];
		if (!fast[i])
			rc = say_node(speeds, i, &alone, &together);
	}
	return rc;
}

static void index_speeds(struct speeds *speeds)
{
	const struct eg_traffic_facts *facts = speeds->the->facts;

	for (size_t i = 0; i < facts->speeds->count; i++) {
		const struct eg_speed *one = &facts->speeds->list[i];

		if (one->reader == one->target)
			continue;
		speeds->own[at(one->reader, one->reader_device)] = one;
		speeds->of[at(one->target, one->target_device)] = one;
	}
}

int eg_traffic_speed(struct eg_traffic_case *the)
{
	size_t devices = (size_t)the->facts->count * EG_DEVICES_MAX;
	struct speeds speeds = { .the = the };
	int rc = -ENOMEM;

	if (!the->facts->speeds || !the->facts->speeds->count)
		return 0;
	speeds.own = calloc(devices, sizeof(*speeds.own));
	speeds.of = calloc(devices, sizeof(*speeds.of));
	speeds.sorted = calloc(devices, sizeof(*speeds.sorted));
	speeds.fastest = calloc(the->facts->count, 2 * sizeof(*speeds.fastest));
	speeds.slow = calloc(the->facts->count, sizeof(*speeds.slow));
	if (speeds.own && speeds.of && speeds.sorted && speeds.fastest && speeds.slow) {
		index_speeds(&speeds);
		measure_levels(&speeds);
		rc = judge_nodes(&speeds);
		if (!rc)
			rc = judge_devices(&speeds);
	}
	free(speeds.fastest);
	free(speeds.slow);
	free(speeds.own);
	free(speeds.of);
	free(speeds.sorted);
	return rc;
}
