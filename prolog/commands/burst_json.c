/* SPDX-License-Identifier: BSD-3-Clause */
/* The report of efagate burst in JSON, with what stands beside the facts of a node. */
#include <jansson.h>
#include <stdlib.h>

#include "common/base/cleanup.h"
#include "common/burst/sweep.h"
#include "common/verdict/report.h"
#include "prolog/commands/burst.h"
#include "prolog/commands/compare.h"

static void json_done(json_t **object)
{
	json_decref(*object);
}

static json_t *gbps(uint64_t bytes, uint64_t ns)
{
	return ns ? json_real((double)bytes * 8 / (double)ns) : NULL;
}

/* Absent means not measured, here as well. */
static json_t *point_json(size_t place, const struct eg_sweep_point *point)
{
	json_t *object = json_pack("{s:I}", "bytes", (json_int_t)eg_sweep_bytes(place));
	json_t *latency = NULL;

	if (point->latency_samples)
		latency = json_pack("{s:f, s:f, s:I}", "p50", point->latency_p50_ns / 1e3, "p99",
				    point->latency_p99_ns / 1e3, "samples",
				    (json_int_t)point->latency_samples);
	if (latency)
		(void)json_object_set_new(object, "latency_us", latency);
	if (point->alone_ns)
		(void)json_object_set_new(object, "gbps",
					  gbps(point->alone_bytes, point->alone_ns));
	if (point->together_ns)
		(void)json_object_set_new(object, "gbps_together",
					  gbps(point->together_bytes, point->together_ns));
	return object;
}

static json_t *rail_json(const struct eg_sweep *sweep, const struct eg_sweep_rail *rail)
{
	char pci[EG_PCI_ADDR_TEXT], peer[EG_PCI_ADDR_TEXT];
	json_t *points = json_array();

	(void)eg_pci_addr_text(rail->pci, pci);
	(void)eg_pci_addr_text(rail->peer_pci, peer);
	for (size_t place = 0; place < sweep->sizes; place++) {
		const struct eg_sweep_point *point = &rail->points[place];

		if (point->alone_ns || point->latency_samples)
			(void)json_array_append_new(points, point_json(place, point));
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "name", rail->name, "pci", pci, "peer",
			 sweep->peer, "peer_pci", peer, "operation",
			 rail->device_reads ? "read" : "emulated", "sizes", points);
}

static json_t *sweep_json(const struct eg_sweep *sweep)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sweep->count; i++)
		(void)json_array_append_new(list, rail_json(sweep, &sweep->rails[i]));
	return list;
}

static int add_together(json_t *root, const struct eg_node_facts *facts)
{
	double sum = eg_burst_together_gbps(facts);
	json_t *object;

	if (!(sum > 0))
		return 0;
	object = json_pack("{s:f}", "gbps", sum);
	if (facts->instance.expected_gbps)
		(void)json_object_set_new(object, "line_rate_gbps",
					  json_integer(facts->instance.expected_gbps));
	return json_object_set_new(root, "together", object);
}

/* As eg_report_to_json() writes it, with a newline at the end. */
static char *text_of(const json_t *root)
{
	EG_CLEANUP(eg_free)
	char *text = json_dumps(root, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
	char *ret = NULL;

	if (text && asprintf(&ret, "%s\n", text) < 0)
		return NULL;
	return ret;
}

char *eg_burst_json(const struct eg_burst_options *options, const struct eg_report *report)
{
	EG_CLEANUP(eg_free) char *plain = eg_report_to_json(report);
	EG_CLEANUP(json_done) json_t *root = NULL;

	if (!plain)
		return NULL;
	root = json_loads(plain, 0, NULL);
	if (!root || add_together(root, &report->facts) < 0)
		return NULL;
	if (options->sweep && json_object_set_new(root, "sweep", sweep_json(options->sweep)) < 0)
		return NULL;
	if (options->compare &&
	    json_object_set_new(root, "compare", eg_compare_json(options->compare)) < 0)
		return NULL;
	return text_of(root);
}
