/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/report_prometheus.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/report.h"
#include "common/verdict/report_words.h"
#include "prolog/commands/counter_words.h"
#include "prolog/commands/report_set.h"

enum family {
	TIME,
	VERDICT,
	FINDINGS,
	DRAINED,
	DEVICES,
	EXPECTED,
	LAYER,
	RATE,
	LATENCY,
	TRIES,
	FAILED,
	NODE_RATE,
	PAGES,
	PAGES_FREE,
	PAGE_SIZE,
	SURVEY_TIME,
	CLUSTER_FINDINGS,
	UNREADABLE,
	FIXED_FAMILIES,
};

/* Base units, no unit twice: https://prometheus.io/docs/practices/naming/ */
static const struct {
	const char *name, *type, *help;
} fixed[FIXED_FAMILIES] = {
	[TIME] = { "efagate_report_timestamp_seconds", "gauge",
		   "When the newest report of the node was made." },
	[VERDICT] = { "efagate_verdict", "gauge",
		      "1 for the verdict of the node's newest report, 0 for the others." },
	[FINDINGS] = { "efagate_findings", "gauge",
		       "Findings of the newest report by id; efagate explain ID says more." },
	[DRAINED] = { "efagate_drained", "gauge",
		      "1 when efagate drained the node for what the newest report found." },
	[DEVICES] = { "efagate_devices", "gauge", "EFA devices found." },
	[EXPECTED] = { "efagate_devices_expected", "gauge", "EFA devices expected." },
	[LAYER] = { "efagate_device_layer", "gauge",
		    "1 when the layer has the device, 0 when it lacks it." },
	[RATE] = { "efagate_device_burst_bytes_per_second", "gauge",
		   "Bytes read from the peer in the last burst, alone or together with the "
		   "node's other devices." },
	[LATENCY] = { "efagate_device_burst_latency_seconds", "gauge",
		      "Latency of small reads in the last burst, median and 99th percentile." },
	[TRIES] = { "efagate_device_burst_tries", "gauge",
		    "Tries the device took part in, at either end." },
	[FAILED] = { "efagate_device_burst_failed_tries", "gauge", "Of these, tries that failed." },
	[NODE_RATE] = { "efagate_node_burst_bytes_per_second", "gauge",
			"Bytes read by each device alone in the newest survey, median of the node's "
			"devices." },
	[PAGES] = { "efagate_huge_pages", "gauge", "Huge pages of the default size." },
	[PAGES_FREE] = { "efagate_huge_pages_free", "gauge", "Of these, free ones." },
	[PAGE_SIZE] = { "efagate_huge_page_size_bytes", "gauge", "The default huge page size." },
	[SURVEY_TIME] = { "efagate_survey_timestamp_seconds", "gauge",
			  "When the newest survey was made." },
	[CLUSTER_FINDINGS] = { "efagate_cluster_findings", "gauge",
			       "Findings of the newest survey that are no single node's, by id." },
	[UNREADABLE] = { "efagate_reports_unreadable", "gauge", "Reports that could not be read." },
};

#define COUNTERS_MAX (2 * EG_COUNTERS_MAX)

/* Samples of one family, as text. */
struct samples {
	FILE *stream;
	char *text;
	size_t length;
};

struct page {
	struct samples fixed[FIXED_FAMILIES];
	struct samples counters[COUNTERS_MAX];
	char counter_names[COUNTERS_MAX][40];
	size_t counter_count;
	bool failed;
};

static FILE *stream_of(struct page *page, struct samples *samples)
{
	if (!samples->stream)
		samples->stream = open_memstream(&samples->text, &samples->length);
	if (!samples->stream)
		page->failed = true;
	return samples->stream;
}

/* A label's value: backslash, quote and line end are escaped. */
static void print_value(FILE *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', out);
		if (*value == '\n')
			fputs("\\n", out);
		else
			fputc(*value, out);
	}
}

/* NAME{label="value",...}; the labels are pairs of strings, ended by NULL. */
static void print_series(FILE *out, const char *name, va_list labels)
{
	const char *label;
	bool first = true;

	fputs(name, out);
	while ((label = va_arg(labels, const char *))) {
		fprintf(out, "%c%s=\"", first ? '{' : ',', label);
		print_value(out, va_arg(labels, const char *));
		fputc('"', out);
		first = false;
	}
	fputs(first ? " " : "} ", out);
}

static void add(struct page *page, enum family family, double value, ...)
{
	FILE *out = stream_of(page, &page->fixed[family]);
	va_list labels;

	if (!out)
		return;
	va_start(labels, value);
	print_series(out, fixed[family].name, labels);
	va_end(labels);
	fprintf(out, "%.15g\n", value);
}

/* The samples of counter @name, or NULL when there are too many names. */
static struct samples *counter_family(struct page *page, const char *name)
{
	size_t i;

	for (i = 0; i < page->counter_count; i++) {
		if (!strcmp(page->counter_names[i], name))
			return &page->counters[i];
	}
	if (i == COUNTERS_MAX)
		return NULL;
	strcpy(page->counter_names[i], name);
	page->counter_count++;
	return &page->counters[i];
}

/* The driver's names are like this; another could fall together with one in a metric. */
static bool is_plain(const char *name)
{
	return name[0] && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static void print_counter_name(FILE *out, const char *name)
{
	fprintf(out, "efagate_device_%s_total", name);
}

static void add_counter(struct page *page, const char *node, const char *device,
			const struct eg_counter *counter)
{
	struct samples *samples = counter_family(page, counter->name);
	FILE *out = samples ? stream_of(page, samples) : NULL;

	if (!out)
		return;
	print_counter_name(out, counter->name);
	fputs("{node=\"", out);
	print_value(out, node);
	fputs("\",device=\"", out);
	print_value(out, device);
	fprintf(out, "\"} %" PRIu64 "\n", counter->value);
}

static void add_burst(struct page *page, const char *node, const char *device,
		      const struct eg_burst_facts *burst)
{
	if (burst->state == EG_BURST_NOT_TRIED)
		return;
	if (burst->alone_ns)
		add(page, RATE, (double)burst->alone_bytes * 1e9 / (double)burst->alone_ns, "node",
		    node, "device", device, "mode", "alone", NULL);
	if (burst->together_ns)
		add(page, RATE, (double)burst->together_bytes * 1e9 / (double)burst->together_ns,
		    "node", node, "device", device, "mode", "together", NULL);
	if (burst->latency_samples) {
		add(page, LATENCY, burst->latency_p50_ns / 1e9, "node", node, "device", device,
		    "percentile", "50", NULL);
		add(page, LATENCY, burst->latency_p99_ns / 1e9, "node", node, "device", device,
		    "percentile", "99", NULL);
	}
	if (burst->tries) {
		add(page, TRIES, burst->tries, "node", node, "device", device, NULL);
		add(page, FAILED, burst->failed, "node", node, "device", device, NULL);
	}
}

/* By PCI address, which stays when a device loses its verbs name. */
static const char *key_of(const struct eg_device_facts *device, char *buffer)
{
	return device->pci_known ? eg_pci_addr_text(device->pci, buffer) : device->name;
}

/* Has an earlier device the same key? A series may stand once only. */
static bool is_repeated(const struct eg_node_facts *facts, size_t index)
{
	char mine[EG_PCI_ADDR_TEXT], other[EG_PCI_ADDR_TEXT];
	const char *key = key_of(&facts->devices[index], mine);

	for (size_t i = 0; i < index; i++) {
		if (!strcmp(key, key_of(&facts->devices[i], other)))
			return true;
	}
	return false;
}

static void add_counters(struct page *page, const char *node, const char *key,
			 const struct eg_device_facts *device)
{
	for (size_t i = 0; i < device->counter_count; i++) {
		const struct eg_counter *counter = &device->counters[i];
		bool repeated = false;

		/* Drivers before 1.14 had one folder, so a name may be in both. */
		for (size_t j = 0; j < i; j++)
			repeated |= !strcmp(device->counters[j].name, counter->name);
		if (!repeated && is_plain(counter->name))
			add_counter(page, node, key, counter);
	}
}

static void add_device(struct page *page, const char *node, const struct eg_device_facts *device)
{
	char address[EG_PCI_ADDR_TEXT];
	const char *key = key_of(device, address);

	for (const struct eg_layer_word *layer = eg_layer_words; layer->word; layer++) {
		enum eg_tri answer;

		memcpy(&answer, (const char *)device + layer->offset, sizeof(answer));
		if (answer != EG_NOT_MEASURED)
			add(page, LAYER, answer == EG_YES, "node", node, "device", key, "layer",
			    layer->word, NULL);
	}
	add_burst(page, node, key, &device->burst);
	add_counters(page, node, key, device);
}

/* How many there are of each id and outcome: each once. Without @node they are the cluster's. */
static void add_findings(struct page *page, const char *node, const struct eg_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct eg_finding *one = &findings->list[i];
		size_t before = 0, same = 0;

		for (size_t j = 0; j < findings->count; j++) {
			bool equal = !strcmp(findings->list[j].id, one->id) &&
				     findings->list[j].outcome == one->outcome;

			same += equal;
			before += equal && j < i;
		}
		if (!before && node)
			add(page, FINDINGS, (double)same, "node", node, "id", one->id, "outcome",
			    eg_outcome_name(one->outcome), NULL);
		else if (!before)
			add(page, CLUSTER_FINDINGS, (double)same, "id", one->id, "outcome",
			    eg_outcome_name(one->outcome), NULL);
	}
}

/* A survey tells how many, not which; of a node it waited for in vain it knows nothing. */
static void add_devices(struct page *page, const struct eg_report *report)
{
	const struct eg_node_facts *facts = &report->facts;
	const struct eg_report_survey *survey = &report->survey;
	size_t count = survey->is_one ? survey->devices : facts->device_count;

	if (eg_survey_is_in_vain(survey))
		return;
	add(page, DEVICES, (double)count, "node", facts->node, "instance_type",
	    facts->instance.type, NULL);
	if (survey->alone_mbps)
		add(page, NODE_RATE, (double)survey->alone_mbps * 125000, "node", facts->node,
		    NULL);
}

static void add_report(const struct eg_report_row *row, const struct eg_report *report,
		       void *context)
{
	const struct eg_node_facts *facts = &report->facts;
	const char *node = facts->node;
	struct page *page = context;

	(void)row;
	add(page, TIME, (double)report->time, "node", node, NULL);
	for (enum eg_outcome outcome = EG_PASS; outcome <= EG_FAIL; outcome++)
		add(page, VERDICT, eg_findings_outcome(&report->findings) == outcome, "node", node,
		    "verdict", eg_outcome_name(outcome), NULL);
	add_findings(page, node, &report->findings);
	if (report->action.taken)
		add(page, DRAINED, report->action.drained, "node", node, NULL);
	add_devices(page, report);
	if (facts->instance.source != EG_EXPECT_NOTHING)
		add(page, EXPECTED, facts->instance.expected_devices, "node", node, NULL);
	for (size_t i = 0; i < facts->device_count; i++) {
		if (!is_repeated(facts, i))
			add_device(page, node, &facts->devices[i]);
	}
	if (facts->huge_pages.measured) {
		add(page, PAGES, (double)facts->huge_pages.total, "node", node, NULL);
		add(page, PAGES_FREE, (double)facts->huge_pages.free, "node", node, NULL);
		add(page, PAGE_SIZE, (double)facts->huge_pages.size_kib * 1024, "node", node, NULL);
	}
}

static void print_fixed(FILE *out, const struct page *page)
{
	for (int i = 0; i < FIXED_FAMILIES; i++) {
		if (!page->fixed[i].text)
			continue;
		fprintf(out, "# HELP %s %s\n# TYPE %s %s\n%s", fixed[i].name, fixed[i].help,
			fixed[i].name, fixed[i].type, page->fixed[i].text);
	}
}

static void print_counters(FILE *out, const struct page *page)
{
	for (size_t i = 0; i < page->counter_count; i++) {
		const struct eg_counter_word *word = eg_counter_word_find(page->counter_names[i]);

		fputs("# HELP ", out);
		print_counter_name(out, page->counter_names[i]);
		fprintf(out, " The device's counter %s: %s.\n# TYPE ", page->counter_names[i],
			word ? word->words : "not described, newer than this efagate");
		print_counter_name(out, page->counter_names[i]);
		fprintf(out, " counter\n%s", page->counters[i].text);
	}
}

/* Closes the stream, which makes its text complete. */
static void finish(struct page *page, struct samples *samples)
{
	if (samples->stream && fclose(samples->stream) != 0)
		page->failed = true;
	samples->stream = NULL;
}

int eg_report_prometheus_print(FILE *out, const struct eg_report_set *set)
{
	EG_CLEANUP(eg_free) struct page *page = calloc(1, sizeof(*page));

	if (!page || eg_report_set_visit(set, add_report, page) < 0)
		return -ENOMEM;
	if (set->common) {
		add(page, SURVEY_TIME, (double)set->common_time, NULL);
		add_findings(page, NULL, set->common);
	}
	add(page, UNREADABLE, (double)set->unreadable, NULL);
	for (int i = 0; i < FIXED_FAMILIES; i++)
		finish(page, &page->fixed[i]);
	for (size_t i = 0; i < page->counter_count; i++)
		finish(page, &page->counters[i]);
	if (!page->failed) {
		print_fixed(out, page);
		print_counters(out, page);
	}
	for (int i = 0; i < FIXED_FAMILIES; i++)
		free(page->fixed[i].text);
	for (size_t i = 0; i < page->counter_count; i++)
		free(page->counters[i].text);
	return page->failed ? -ENOMEM : 0;
}
