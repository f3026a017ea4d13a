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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/offer.h"
#include "common/burst/speeds.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"
#include "common/verdict/speed_floor.h"
#include "common/verdict/speed_level.h"
#include "common/verdict/traffic_parts.h"

#define SESSION_MIN 8 /* nodes, before one is compared with the others */
struct speeds {
	struct eg_traffic_case *the;
	const struct eg_speed **own; /* by node and device: as reader, NULL none */
	const struct eg_speed **of; /* as target */
	float *sorted; /* room for a figure of every node or device */
	float *distances; /* as @sorted, for measure_noise() */
	float *fastest; /* by node: alone, together */
	bool *slow; /* by node: all of it */
	float noise[2]; /* alone, together: median factor between a device and its node */
	struct eg_speed_level rails[EG_DEVICES_MAX][2]; /* alone, together */
};

static float figure(const struct eg_speed *speed, bool together)
{
	return together ? speed->together_gbps : speed->alone_gbps;
}

static size_t at(uint32_t node, uint8_t device)
{
	return (size_t)node * EG_DEVICES_MAX + device;
}

/* What the other devices of the reader had. */
static struct eg_speed_level of_siblings(struct speeds *speeds, const struct eg_speed *speed,
					 bool together)
{
	struct eg_speed_level level;
	size_t count = 0;

	for (uint8_t i = 0; i < EG_DEVICES_MAX; i++) {
		const struct eg_speed *other = speeds->own[at(speed->reader, i)];

		if (other && other != speed)
			speeds->sorted[count++] = figure(other, together);
	}
	level = eg_speed_level(speeds->sorted, count);
	/* A few may agree by chance. */
	if (level.spread < speeds->noise[together])
		level.spread = speeds->noise[together];
	return level;
}

/* Slow beside its reader's other devices, alone and together? */
static bool is_slow_sibling(struct speeds *speeds, const struct eg_speed *speed)
{
	for (int together = 0; together < 2; together++) {
		struct eg_speed_level level;

		/* Most are not, and that is seen at once. */
		if (figure(speed, together) >=
		    EG_SLOW_SHARE * speeds->fastest[2 * speed->reader + (uint32_t)together])
			return false;
		level = of_siblings(speeds, speed, together);
		if (level.count < EG_SIBLINGS_MIN ||
		    !eg_speed_is_below(figure(speed, together), &level))
			return false;
	}
	return true;
}

/* Slow beside the same device of the other nodes? */
static bool is_slow_on_rail(const struct speeds *speeds, const struct eg_speed *speed)
{
	for (int together = 0; together < 2; together++) {
		const struct eg_speed_level *level = &speeds->rails[speed->reader_device][together];

		if (level->count < SESSION_MIN ||
		    !eg_speed_is_below(figure(speed, together), level))
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
			speeds->rails[i][together] = eg_speed_level(speeds->sorted, count);
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

/*
 * Both are each other's only partner, and slow: one of the two is. @usual: of
 * what the reader's other devices had; 0: @floor is what they miss.
 */
static int say_slow_pair(struct speeds *speeds, const struct eg_speed *own, float usual,
			 uint32_t floor)
{
	const struct eg_finding_spec spec = { .id = "EG404",
					      .outcome = floor ? EG_FAIL : EG_WARN,
					      .blame = EG_BLAME_PAIR };
	const struct eg_traffic_facts *facts = speeds->the->facts;
	char reader[EG_DEVICE_TEXT], target[EG_DEVICE_TEXT], than[48];

	if (floor)
		(void)snprintf(than, sizeof(than), "below the site's floor of %u", floor);
	else
		(void)snprintf(than, sizeof(than), "others %.1f", (double)usual);
	(void)eg_traffic_device_text(facts, own->reader, own->reader_device, reader);
	(void)eg_traffic_device_text(facts, own->target, own->target_device, target);
	/* A warning stands where it is seen; a failure is the session's. */
	return eg_traffic_add(speeds->the->findings, floor ? EG_NODE_ALL : own->reader, &spec,
			      "%.56s and %.40s's %.56s slow with each other: %.1f Gb/s alone, %s",
			      reader, facts->names[own->target], target, (double)own->alone_gbps,
			      than);
}

/* With one partner nobody can say which end it is: told once, of both. */
static int judge_pair(struct speeds *speeds, const struct eg_speed *own, const struct eg_speed *of)
{
	const struct eg_traffic_facts *facts = speeds->the->facts;
	uint32_t floor = eg_speed_floor(facts->floors, facts->offers[own->reader]->instance_type);

	if (own->reader > own->target)
		return 0;
	if (floor && own->alone_gbps < (float)floor && of->alone_gbps < (float)floor)
		return say_slow_pair(speeds, own, 0, floor);
	if (is_slow_sibling(speeds, own) && is_slow_sibling(speeds, of))
		return say_slow_pair(speeds, own, of_siblings(speeds, own, false).median, 0);
	return 0;
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
	if (!own || !of)
		return 0;
	if (own->target == of->reader)
		return judge_pair(speeds, own, of);
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
	return count ? eg_speed_median(speeds->sorted, count) : -1;
}

/* Mark in @fast who is not slow by this figure; @ret: of all. */
static int sort_out(struct speeds *speeds, const struct eg_speed **of, bool together, bool *fast,
		    struct eg_speed_level *ret)
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
	*ret = eg_speed_level(list, count);
	for (uint32_t i = 0; i < nodes; i++)
		fast[i] |= figures[i] < 0 || count < SESSION_MIN ||
			   !eg_speed_is_below(figures[i], ret);
	return 0;
}

/* How much the devices of a node differ, over all nodes. */
static void measure_noise(struct speeds *speeds)
{
	const struct eg_speeds *all = speeds->the->facts->speeds;

	for (int together = 0; together < 2; together++) {
		uint32_t node = UINT32_MAX;
		size_t count = 0;
		float usual = 0;

		for (size_t i = 0; i < all->count; i++) {
			const struct eg_speed *one = &all->list[i];

			if (one != speeds->own[at(one->reader, one->reader_device)])
				continue;
			if (one->reader != node)
				usual = node_figure(speeds, speeds->own, one->reader, together);
			node = one->reader;
			speeds->distances[count++] =
				eg_speed_distance(figure(one, together), usual);
		}
		speeds->noise[together] = count ? eg_speed_median(speeds->distances, count) : 1;
	}
}

static int say_node(struct speeds *speeds, uint32_t node, const struct eg_speed_level *alone,
		    const struct eg_speed_level *together)
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
	struct eg_speed_level alone, together, unused;
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
	speeds.distances = calloc(devices, sizeof(*speeds.distances));
	speeds.fastest = calloc(the->facts->count, 2 * sizeof(*speeds.fastest));
	speeds.slow = calloc(the->facts->count, sizeof(*speeds.slow));
	if (speeds.own && speeds.of && speeds.sorted && speeds.distances && speeds.fastest &&
	    speeds.slow) {
		index_speeds(&speeds);
		measure_levels(&speeds);
		measure_noise(&speeds);
		rc = judge_nodes(&speeds);
		if (!rc)
			rc = judge_devices(&speeds);
	}
	free(speeds.distances);
	free(speeds.fastest);
	free(speeds.slow);
	free(speeds.own);
	free(speeds.of);
	free(speeds.sorted);
	return rc;
}
