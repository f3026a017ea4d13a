/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/html/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/verdict/report.h"
#include "common/verdict/report_words.h"
#include "prolog/commands/report_set.h"

static double gbps_of(const struct eg_html_device *device)
{
	return device->gbps;
}

static double p50_of(const struct eg_html_device *device)
{
	return device->p50_us;
}

static int compare_numbers(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

double eg_html_median(const struct eg_html_device *devices, size_t count,
		      double (*value)(const struct eg_html_device *device))
{
	double *values = calloc(count ? count : 1, sizeof(*values));
	double median = 0;
	size_t used = 0;

	if (!values)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (value(&devices[i]) > 0)
			values[used++] = value(&devices[i]);
	}
	qsort(values, used, sizeof(*values), compare_numbers);
	if (used)
		median = (values[(used - 1) / 2] + values[used / 2]) / 2;
	free(values);
	return median;
}

/* "verbs, open": the layers that were asked and lack the device. */
static void list_missing(const struct eg_device_facts *facts, char *ret, size_t size)
{
	size_t used = 0;

	for (const struct eg_layer_word *layer = eg_layer_words; layer->word; layer++) {
		enum eg_tri answer;

		memcpy(&answer, (const char *)facts + layer->offset, sizeof(answer));
		if (answer == EG_NO && used < size)
			used += (size_t)snprintf(ret + used, size - used, "%s%s", used ? ", " : "",
						 layer->word);
	}
}

static double rate(uint64_t bytes, uint64_t ns)
{
	return ns ? (double)bytes * 8 / (double)ns : 0;
}

static void fill_device(struct eg_html_device *device, const struct eg_device_facts *facts)
{
	const struct eg_burst_facts *burst = &facts->burst;

	if (facts->pci_known)
		(void)eg_pci_addr_text(facts->pci, device->pci);
	strcpy(device->name, facts->name);
	list_missing(facts, device->missing, sizeof(device->missing));
	device->state = burst->state;
	strcpy(device->peer, burst->peer);
	strcpy(device->error, burst->error);
	device->gbps = rate(burst->alone_bytes, burst->alone_ns);
	device->gbps_together = rate(burst->together_bytes, burst->together_ns);
	if (burst->latency_samples) {
		device->p50_us = burst->latency_p50_ns / 1e3;
		device->p99_us = burst->latency_p99_ns / 1e3;
	}
	device->tries = burst->tries;
	device->failed = burst->failed;
	device->corrupt = burst->corrupt;
}

static void mark_low(struct eg_html_node *node, struct eg_html_device *devices)
{
	size_t measured = 0;

	for (size_t i = 0; i < node->devices; i++)
		measured += devices[i].gbps > 0;
	for (size_t i = 0; i < node->devices && measured >= EG_HTML_LOW_NEEDS; i++) {
		devices[i].low =
			devices[i].gbps > 0 && devices[i].gbps < node->gbps * EG_HTML_LOW_SHARE;
		node->low += devices[i].low;
	}
}

/* What a newer survey tells; devices are below their siblings as the report has them. */
static void take_survey(struct eg_html_node *node, const struct eg_report_survey *survey)
{
	node->counted = survey->ready ? survey->devices : node->devices;
	if (survey->alone_mbps)
		node->gbps = (double)survey->alone_mbps / 1000;
}

static void add_report(const struct eg_report_row *row, const struct eg_report *report,
		       void *context)
{
	struct eg_html_model *model = context;
	const struct eg_node_facts *facts = &report->facts;
	struct eg_html_node *node = &model->nodes[model->node_count];
	size_t count = model->device_count + facts->device_count;
	struct eg_html_device *grown =
		reallocarray(model->devices, count ? count : 1, sizeof(*grown));

	if (!grown) {
		model->failed = true;
		return;
	}
	model->devices = grown;
	grown += model->device_count;
	memset(grown, 0, facts->device_count * sizeof(*grown));
	node->row = row;
	strcpy(node->type, facts->instance.type);
	node->expected =
		facts->instance.source == EG_EXPECT_NOTHING ? 0 : facts->instance.expected_devices;
	node->first = model->device_count;
	node->devices = facts->device_count;
	for (size_t i = 0; i < node->devices; i++) {
		grown[i].node = model->node_count;
		grown[i].rail = i;
		fill_device(&grown[i], &facts->devices[i]);
	}
	node->gbps = eg_html_median(grown, node->devices, gbps_of);
	mark_low(node, grown);
	model->failed |= node->gbps < 0;
	take_survey(node, &report->survey);
	model->low += node->low;
	if (node->devices > model->rails)
		model->rails = node->devices;
	model->device_count = count;
	model->node_count++;
}

int eg_html_model_fill(const struct eg_report_set *set, struct eg_html_model *ret)
{
	struct eg_html_model model = { .set = set };

	model.nodes = calloc(set->nodes + 1, sizeof(*model.nodes));
	model.failed = !model.nodes || eg_report_set_visit(set, add_report, &model) < 0;
	model.gbps = eg_html_median(model.devices, model.device_count, gbps_of);
	model.p50_us = eg_html_median(model.devices, model.device_count, p50_of);
	if (model.failed || model.gbps < 0 || model.p50_us < 0) {
		eg_html_model_done(&model);
		return -ENOMEM;
	}
	*ret = model;
	return 0;
}

void eg_html_model_done(struct eg_html_model *model)
{
	free(model->nodes);
	free(model->devices);
	*model = (struct eg_html_model){ 0 };
}
