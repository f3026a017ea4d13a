/* SPDX-License-Identifier: BSD-3-Clause */

#include "common/base/cleanup.h"
#include "common/node/counters.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "common/verdict/report_words.h"
#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define REAL_DIGITS 12 /* 92.1 stays 92.1 */

/* An object being filled; a failure anywhere makes the whole text NULL in the end. */
struct writer {
	bool failed;
};

static void put(struct writer *writer, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) < 0)
		writer->failed = true;
}

static json_t *put_object(struct writer *writer, json_t *object, const char *key)
{
	json_t *inner = json_object();

	put(writer, object, key, inner);
	return inner;
}

/* Text from files and libraries: what is not printable ASCII becomes '?'. */
static json_t *clean_string(const char *text)
{
	char clean[512];
	size_t length = 0;

	for (; text[length] && length < sizeof(clean) - 1; length++)
		clean[length] = text[length] >= ' ' && text[length] <= '~' ? text[length] : '?';
	return json_stringn(clean, length);
}

static void put_text(struct writer *writer, json_t *object, const char *key, const char *text)
{
	if (text && text[0])
		put(writer, object, key, clean_string(text));
}

static void put_number(struct writer *writer, json_t *object, const char *key, uint64_t value)
{
	put(writer, object, key, json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value));
}

static void put_time(struct writer *writer, json_t *object, int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm parts;
	char text[32] = "";

	if (gmtime_r(&seconds, &parts))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	put_text(writer, object, "time", text);
}

static void put_job(struct writer *writer, json_t *root, const struct eg_report *report)
{
	json_t *job;

	if (!report->job_id)
		return;
	job = put_object(writer, root, "job");
	put_number(writer, job, "id", report->job_id);
	if (report->step_id >= 0)
		put_number(writer, job, "step", (uint64_t)report->step_id);
	if (report->uid >= 0)
		put_number(writer, job, "uid", (uint64_t)report->uid);
	put_text(writer, job, "partition", report->partition);
}

/* Where the devices are expected, so that a report is judged alike with another table. */
static void put_places(struct writer *writer, json_t *root,
		       const struct eg_instance_facts *instance)
{
	char text[EG_PCI_ADDR_TEXT];
	json_t *list, *item;

	if (!instance->place_count)
		return;
	list = json_array();
	put(writer, root, "places", list);
	for (size_t i = 0; i < instance->place_count; i++) {
		item = json_object();
		put_text(writer, item, "pci", eg_pci_addr_text(instance->places[i].pci, text));
		if (instance->places[i].numa_node >= 0)
			put_number(writer, item, "numa_node",
				   (uint64_t)instance->places[i].numa_node);
		if (json_array_append_new(list, item) < 0)
			writer->failed = true;
	}
}

static void put_instance(struct writer *writer, json_t *root,
			 const struct eg_instance_facts *instance)
{
	json_t *object = put_object(writer, root, "instance");

	put_text(writer, object, "type", instance->type);
	put_text(writer, object, "id", instance->id);
	put_text(writer, object, "source", instance->type_source);
	if (instance->accelerators)
		put_number(writer, object, "accelerators", instance->accelerators);
	if (instance->source == EG_EXPECT_NOTHING)
		return;
	put_text(writer, object, "expected_by", eg_expectation_words[instance->source]);
	put_number(writer, object, "expected_devices", instance->expected_devices);
	if (instance->expected_gbps)
		put_number(writer, object, "expected_gbps", instance->expected_gbps);
	put_places(writer, object, instance);
}

static void put_layers(struct writer *writer, json_t *root, const struct eg_device_facts *device)
{
	json_t *layers = put_object(writer, root, "layers");

	for (const struct eg_layer_word *layer = eg_layer_words; layer->word; layer++) {
		enum eg_tri answer;

		memcpy(&answer, (const char *)device + layer->offset, sizeof(answer));
		if (answer != EG_NOT_MEASURED)
			put(writer, layers, layer->word, json_boolean(answer == EG_YES));
	}
}

/* What only an open device tells. */
static void put_opened(struct writer *writer, json_t *root, const struct eg_device_facts *device)
{
	json_t *list = json_array();
	char gid[INET6_ADDRSTRLEN] = "";

	put(writer, root, "capabilities", list);
	for (const struct eg_capability_word *word = eg_capability_words; word->bit; word++) {
		if ((device->capabilities & word->bit) &&
		    json_array_append_new(list, json_string(word->word)) < 0)
			writer->failed = true;
	}
	(void)inet_ntop(AF_INET6, device->gid, gid, sizeof(gid));
	put_text(writer, root, "gid", gid);
}

static void put_counters(struct writer *writer, json_t *root, const struct eg_device_facts *device)
{
	json_t *counters, *of_device, *of_port;

	if (!device->counter_count)
		return;
	counters = put_object(writer, root, "counters");
	of_device = put_object(writer, counters, "device");
	of_port = put_object(writer, counters, "port");
	for (size_t i = 0; i < device->counter_count; i++)
		put_number(writer, device->counters[i].port ? of_port : of_device,
			   device->counters[i].name, device->counters[i].value);
}

static void put_latency(struct writer *writer, json_t *root, const struct eg_burst_facts *burst)
{
	json_t *latency;

	if (!burst->latency_samples)
		return;
	latency = put_object(writer, root, "latency_us");
	put(writer, latency, "p50", json_real((double)burst->latency_p50_ns / 1000));
	put(writer, latency, "p99", json_real((double)burst->latency_p99_ns / 1000));
	put_number(writer, latency, "samples", burst->latency_samples);
}

/* Bytes and time, and the rate for people, to a hundredth of a Gb/s. */
static void put_rate(struct writer *writer, json_t *root, const char *suffix, uint64_t bytes,
		     uint64_t ns)
{
	uint64_t hundredths;
	char key[32];

	if (!ns)
		return;
	hundredths = (uint64_t)((double)bytes * 800 / (double)ns + 0.5);
	(void)snprintf(key, sizeof(key), "bytes%s", suffix);
	put_number(writer, root, key, bytes);
	(void)snprintf(key, sizeof(key), "ns%s", suffix);
	put_number(writer, root, key, ns);
	(void)snprintf(key, sizeof(key), "gbps%s", suffix);
	put(writer, root, key, json_real((double)hundredths / 100));
}

/* Those that moved. */
static void put_errors(struct writer *writer, json_t *root, const struct eg_burst_facts *burst)
{
	json_t *errors = NULL;

	for (size_t i = 0; i < EG_ERROR_COUNTERS; i++) {
		if (!burst->errors[i])
			continue;
		if (!errors)
			errors = put_object(writer, root, "errors_counted");
		put_number(writer, errors, eg_error_counters[i], burst->errors[i]);
	}
}

static void put_burst(struct writer *writer, json_t *device, const struct eg_burst_facts *burst)
{
	char text[EG_PCI_ADDR_TEXT];
	json_t *root;

	if (burst->state == EG_BURST_NOT_TRIED)
		return;
	root = put_object(writer, device, "burst");
	put_text(writer, root, "peer", burst->peer);
	if (burst->peer_pci_known)
		put_text(writer, root, "peer_pci", eg_pci_addr_text(burst->peer_pci, text));
	put_text(writer, root, "provider", burst->provider);
	put_text(writer, root, "state", eg_burst_words[burst->state]);
	if (burst->state == EG_BURST_OK)
		put_text(writer, root, "operation", burst->device_reads ? "read" : "emulated");
	put_rate(writer, root, "", burst->alone_bytes, burst->alone_ns);
	put_rate(writer, root, "_together", burst->together_bytes, burst->together_ns);
	put_latency(writer, root, burst);
	if (burst->tries) {
		put_number(writer, root, "tries", burst->tries);
		put_number(writer, root, "failed", burst->failed);
		put_number(writer, root, "corrupt", burst->corrupt);
	}
	if (burst->provider_error)
		put_number(writer, root, "provider_error", (uint64_t)burst->provider_error);
	put_text(writer, root, "error", burst->error);
	put_errors(writer, root, burst);
}

static json_t *device_object(struct writer *writer, const struct eg_device_facts *device)
{
	json_t *root = json_object();
	char text[EG_PCI_ADDR_TEXT];

	if (device->pci_known)
		put_text(writer, root, "pci", eg_pci_addr_text(device->pci, text));
	put_text(writer, root, "name", device->name);
	if (device->numa_node >= 0)
		put_number(writer, root, "numa_node", (uint64_t)device->numa_node);
	if (device->locality.pci_switch_known)
		put_text(writer, root, "pci_switch",
			 eg_pci_addr_text(device->locality.pci_switch, text));
	if (device->locality.gpu_known)
		put_text(writer, root, "gpu", eg_pci_addr_text(device->locality.gpu, text));
	if (device->device_id) {
		(void)snprintf(text, sizeof(text), "0x%04x", device->device_id);
		put_text(writer, root, "device_id", text);
	}
	put_text(writer, root, "driver", device->driver);
	put_layers(writer, root, device);
	if (device->open_errno > 0)
		put_number(writer, root, "open_errno", (uint64_t)device->open_errno);
	if (device->opens == EG_YES)
		put_opened(writer, root, device);
	if (device->rate_gbps)
		put_number(writer, root, "rate_gbps", device->rate_gbps);
	put_counters(writer, root, device);
	put_burst(writer, root, &device->burst);
	return root;
}

static void put_devices(struct writer *writer, json_t *root, const struct eg_node_facts *facts)
{
	json_t *list = json_array();

	put(writer, root, "devices", list);
	for (size_t i = 0; i < facts->device_count; i++) {
		if (json_array_append_new(list, device_object(writer, &facts->devices[i])) < 0)
			writer->failed = true;
	}
	if (facts->devices_dropped)
		put_number(writer, root, "devices_dropped", facts->devices_dropped);
}

/* Why a layer is absent from all devices, and which libfabric was asked. */
static void put_asked(struct writer *writer, json_t *root, const struct eg_node_facts *facts)
{
	json_t *errors = NULL;

	put_text(writer, root, "libfabric", facts->fabric_version);
	put_text(writer, root, "efa_driver", facts->driver_version);
	for (const struct eg_error_word *error = eg_error_words; error->word; error++) {
		const char *text = (const char *)facts + error->offset;

		if (text[0] && !errors)
			errors = put_object(writer, root, "not_measured");
		put_text(writer, errors, error->word, text);
	}
}

/* Pages of the NUMA nodes, and of the sizes that are not the default one. */
static void put_huge_page_parts(struct writer *writer, json_t *root,
				const struct eg_node_facts *facts)
{
	json_t *list = json_array();

	put(writer, root, "parts", list);
	for (size_t i = 0; i < facts->huge_page_part_count; i++) {
		const struct eg_huge_page_part *part = &facts->huge_page_parts[i];
		json_t *item = json_object();

		if (part->numa_node >= 0)
			put_number(writer, item, "numa_node", (uint64_t)part->numa_node);
		put_number(writer, item, "size_kib", part->size_kib);
		put_number(writer, item, "total", part->total);
		put_number(writer, item, "free", part->free);
		if (json_array_append_new(list, item) < 0)
			writer->failed = true;
	}
}

static void put_huge_pages(struct writer *writer, json_t *root, const struct eg_node_facts *facts)
{
	const struct eg_huge_page_pool *pool = &facts->huge_pages;
	json_t *object;

	if (!pool->measured)
		return;
	object = put_object(writer, root, "huge_pages");
	put_number(writer, object, "size_kib", pool->size_kib);
	put_number(writer, object, "total", pool->total);
	put_number(writer, object, "free", pool->free);
	put_number(writer, object, "reserved", pool->reserved);
	put_number(writer, object, "surplus", pool->surplus);
	put_number(writer, object, "overcommit", pool->overcommit);
	if (facts->job.huge_pages_kept)
		put_number(writer, object, "kept", facts->job.huge_pages_kept);
	put_number(writer, object, "forks_per_rank", facts->job.forks_per_rank);
	if (facts->job.ranks) {
		put_number(writer, object, "ranks", facts->job.ranks);
		put_number(writer, object, "demand", eg_judge_huge_page_demand(facts));
	}
	put_huge_page_parts(writer, object, facts);
}

static void put_promise(struct writer *writer, json_t *root, const struct eg_promise_facts *promise)
{
	json_t *object;

	if (!promise->has_devices && !promise->has_huge_pages)
		return;
	object = put_object(writer, root, "kubernetes");
	if (promise->has_devices)
		put_number(writer, object, "efa", promise->devices);
	if (promise->has_huge_pages)
		put_number(writer, object, "hugepages_2mi_bytes", promise->huge_page_bytes);
}

static void put_host(struct writer *writer, json_t *root, const struct eg_node_facts *facts)
{
	json_t *object;

	put_huge_pages(writer, root, facts);
	put_promise(writer, root, &facts->promise);
	if (facts->numa_count)
		put_number(writer, root, "numa_nodes", facts->numa_count);
	if (facts->in_container)
		put(writer, root, "in_container", json_true());
	if (facts->job.is_idle != EG_NOT_MEASURED)
		put(writer, root, "idle", json_boolean(facts->job.is_idle == EG_YES));
	if (facts->job.in_job)
		put(writer, root, "in_job", json_true());
	put_text(writer, root, "provider_variable", facts->job.provider);
	object = put_object(writer, root, "limits");
	if (facts->memlock_measured && facts->memlock_bytes == UINT64_MAX)
		put_text(writer, object, "memlock_bytes", "unlimited");
	else if (facts->memlock_measured)
		put_number(writer, object, "memlock_bytes", facts->memlock_bytes);
	if (facts->copy_on_fork_measured)
		put(writer, root, "copy_on_fork", json_boolean(facts->copy_on_fork));
}

static json_t *finding_object(struct writer *writer, const struct eg_finding *finding)
{
	json_t *root = json_object();

	put_text(writer, root, "id", finding->id);
	put_text(writer, root, "outcome", eg_outcome_name(finding->outcome));
	put_text(writer, root, "blame", eg_blame_name(finding->blame));
	put_text(writer, root, "subject", finding->subject);
	put_text(writer, root, "seen", finding->seen);
	put_text(writer, root, "expected", finding->expected);
	put_text(writer, root, "text", finding->text);
	put_text(writer, root, "remedy", finding->remedy);
	return root;
}

static void put_findings(struct writer *writer, json_t *root, const struct eg_findings *findings)
{
	json_t *list = json_array();

	put(writer, root, "findings", list);
	for (size_t i = 0; i < findings->count; i++) {
		if (json_array_append_new(list, finding_object(writer, &findings->list[i])) < 0)
			writer->failed = true;
	}
	if (findings->dropped)
		put_number(writer, root, "findings_dropped", findings->dropped);
}

static void put_action(struct writer *writer, json_t *root, const struct eg_report_action *action)
{
	json_t *object;

	if (!action->taken)
		return;
	object = put_object(writer, root, "action");
	put_text(writer, object, "mode", action->enforce ? "enforce" : "observe");
	put(writer, object, "drained", json_boolean(action->drained));
	put_text(writer, object, "reason", action->reason);
}

static void put_times(struct writer *writer, json_t *root, const struct eg_node_facts *facts)
{
	json_t *object = put_object(writer, root, "gather_us");

	for (size_t i = 0; i < EG_GATHER_PARTS; i++) {
		if (facts->part_us[i])
			put_number(writer, object, eg_gather_part_words[i], facts->part_us[i]);
	}
	if (facts->pci_was_kept)
		put(writer, root, "pci_was_kept", json_true());
}

static void put_head(struct writer *writer, json_t *root, const struct eg_report *report)
{
	put_text(writer, root, "schema", EG_REPORT_SCHEMA);
	put_text(writer, root, "version", EG_VERSION);
	put_time(writer, root, report->time);
	put_number(writer, root, "duration_ms", report->duration_ms);
	put_number(writer, root, "gather_ms", report->facts.duration_ms);
	put_times(writer, root, &report->facts);
	if (report->facts.waited_ms)
		put_number(writer, root, "waited_ms", report->facts.waited_ms);
	put_text(writer, root, "node", report->facts.node);
	put_text(writer, root, "boot_id", report->facts.boot_id);
	put_text(writer, root, "trigger", report->trigger);
	put_job(writer, root, report);
	put_instance(writer, root, &report->facts.instance);
	put_text(writer, root, "verdict", eg_outcome_name(eg_findings_outcome(&report->findings)));
}

char *eg_report_to_json(const struct eg_report *report)
{
	struct writer writer = { 0 };
	json_t *root = json_object();
	EG_CLEANUP(eg_free) char *text = NULL;
	char *line = NULL;

	if (!root)
		return NULL;
	put_head(&writer, root, report);
	put_devices(&writer, root, &report->facts);
	put_asked(&writer, root, &report->facts);
	put_host(&writer, root, &report->facts);
	put_findings(&writer, root, &report->findings);
	put_action(&writer, root, &report->action);
	if (!writer.failed)
		text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(REAL_DIGITS));
	json_decref(root);
	if (!text || asprintf(&line, "%s\n", text) < 0)
		return NULL;
	return line;
}
