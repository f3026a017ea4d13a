/* SPDX-License-Identifier: BSD-3-Clause */

#include "common/base/cleanup.h"
#include "common/node/counters.h"
#include "common/verdict/report.h"
#include "common/verdict/report_fields.h"
#include "common/verdict/report_words.h"
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void free_json(json_t **json)
{
	json_decref(*json);
}

static void read_time(struct eg_fields *reader, int64_t *ret)
{
	struct tm parts = { 0 };
	char text[32];
	const char *end;

	eg_fields_need(reader, "time");
	eg_fields_get_text(reader, "time", text, sizeof(text));
	if (reader->rc)
		return;
	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
	if (!end || *end)
		eg_fields_refuse(reader, "time", "'%s' is not of the form 2026-01-31T12:00:00Z",
				 text);
	*ret = timegm(&parts);
}

static void read_place(struct eg_fields *instance, size_t index, struct eg_place *ret)
{
	struct eg_fields reader = eg_fields_enter_item(instance, "places", index);
	char text[64];

	eg_fields_get_text(&reader, "pci", text, sizeof(text));
	if (!eg_pci_addr_parse(text, &ret->pci))
		eg_fields_refuse(&reader, "pci", "'%s' is not a PCI address", text);
	ret->numa_node = (int)eg_fields_get_number(&reader, "numa_node", INT16_MAX, -1);
	instance->rc = reader.rc;
}

static void read_instance(struct eg_fields *root, struct eg_instance_facts *ret)
{
	static const char *const sources[] = { "dmi", "option", "config", NULL };
	struct eg_fields reader = eg_fields_enter(root, "instance");
	int word;

	eg_fields_get_text(&reader, "type", ret->type, sizeof(ret->type));
	eg_fields_get_text(&reader, "id", ret->id, sizeof(ret->id));
	word = eg_fields_get_word(&reader, "source", sources);
	ret->type_source = word < 0 ? "" : sources[word];
	word = eg_fields_get_word(&reader, "expected_by", eg_expectation_words);
	ret->source = word < 0 ? EG_EXPECT_NOTHING : (enum eg_expectation_source)word;
	if (word >= 0)
		eg_fields_need(&reader, "expected_devices");
	ret->expected_devices =
		(uint32_t)eg_fields_get_number(&reader, "expected_devices", UINT16_MAX, 0);
	ret->expected_gbps =
		(uint32_t)eg_fields_get_number(&reader, "expected_gbps", UINT32_MAX, 0);
	ret->accelerators = (uint32_t)eg_fields_get_number(&reader, "accelerators", UINT16_MAX, 0);
	ret->place_count = eg_fields_get_list(&reader, "places", EG_DEVICES_MAX);
	for (size_t i = 0; i < ret->place_count && !reader.rc; i++)
		read_place(&reader, i, &ret->places[i]);
	root->rc = reader.rc;
}

static void read_layers(struct eg_fields *device, struct eg_device_facts *ret)
{
	struct eg_fields reader = eg_fields_enter(device, "layers");

	for (const struct eg_layer_word *layer = eg_layer_words; layer->word; layer++) {
		enum eg_tri answer = eg_fields_get_tri(&reader, layer->word);

		memcpy((char *)ret + layer->offset, &answer, sizeof(answer));
	}
	device->rc = reader.rc;
}

/* Words of newer versions are ignored. */
static void read_capabilities(struct eg_fields *reader, struct eg_device_facts *ret)
{
	size_t count = eg_fields_get_list(reader, "capabilities", 64);

	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(eg_fields_get(reader, "capabilities"), i);

		if (!json_is_string(item)) {
			eg_fields_refuse(reader, "capabilities", "expected strings, found %s",
					 eg_fields_type_name(item));
			return;
		}
		for (const struct eg_capability_word *word = eg_capability_words; word->bit; word++)
			if (!strcmp(word->word, json_string_value(item)))
				ret->capabilities |= word->bit;
	}
}

static void read_counter_group(struct eg_fields *counters, const char *group, bool port,
			       struct eg_device_facts *ret)
{
	struct eg_fields reader = eg_fields_enter(counters, group);
	const char *name;
	const json_t *value;

	for (void *at = json_object_iter((json_t *)(uintptr_t)reader.object); at && !reader.rc;
	     at = json_object_iter_next((json_t *)(uintptr_t)reader.object, at)) {
		struct eg_counter *counter = &ret->counters[ret->counter_count];

		name = json_object_iter_key(at);
		value = json_object_iter_value(at);
		if (ret->counter_count == EG_COUNTERS_MAX)
			eg_fields_refuse(&reader, name, "more than %d counters", EG_COUNTERS_MAX);
		else if (strlen(name) >= sizeof(counter->name) ||
			 !eg_fields_printable(name, strlen(name)))
			eg_fields_refuse(&reader, name, "is not a counter's name");
		else if (!json_is_integer(value) || json_integer_value(value) < 0)
			eg_fields_refuse(&reader, name, "expected a whole number, found %s",
					 eg_fields_type_name(value));
		if (reader.rc)
			break;
		strcpy(counter->name, name);
		counter->port = port;
		counter->value = (uint64_t)json_integer_value(value);
		ret->counter_count++;
	}
	counters->rc = reader.rc;
}

static void read_counters(struct eg_fields *device, struct eg_device_facts *ret)
{
	struct eg_fields reader = eg_fields_enter(device, "counters");

	read_counter_group(&reader, "device", false, ret);
	read_counter_group(&reader, "port", true, ret);
	device->rc = reader.rc;
}

/* The PCI address at @key into @ret: true when there is one. */
static bool read_pci(struct eg_fields *reader, const char *key, struct eg_pci_addr *ret)
{
	char text[64];

	eg_fields_get_text(reader, key, text, sizeof(text));
	if (text[0] && !eg_pci_addr_parse(text, ret))
		eg_fields_refuse(reader, key, "'%s' is not a PCI address", text);
	return text[0] != '\0';
}

static void read_addresses(struct eg_fields *reader, struct eg_device_facts *ret)
{
	char text[64];
	char *end;

	ret->pci_known = read_pci(reader, "pci", &ret->pci);
	ret->locality.pci_switch_known = read_pci(reader, "pci_switch", &ret->locality.pci_switch);
	ret->locality.gpu_known = read_pci(reader, "gpu", &ret->locality.gpu);
	eg_fields_get_text(reader, "device_id", text, sizeof(text));
	ret->device_id = (uint16_t)strtoul(text, &end, 16);
	if (text[0] && (strncmp(text, "0x", 2) != 0 || strlen(text) != 6 || *end))
		eg_fields_refuse(reader, "device_id", "'%s' is not of the form 0xefa0", text);
	eg_fields_get_text(reader, "gid", text, sizeof(text));
	if (text[0] && inet_pton(AF_INET6, text, ret->gid) != 1)
		eg_fields_refuse(reader, "gid", "'%s' is not a GID", text);
}

static void read_latency(struct eg_fields *burst, struct eg_burst_facts *ret)
{
	struct eg_fields reader = eg_fields_enter(burst, "latency_us");

	ret->latency_p50_ns = (uint32_t)eg_fields_get_thousandths(&reader, "p50", UINT32_MAX);
	ret->latency_p99_ns = (uint32_t)eg_fields_get_thousandths(&reader, "p99", UINT32_MAX);
	ret->latency_samples = (uint32_t)eg_fields_get_number(&reader, "samples", UINT32_MAX, 0);
	burst->rc = reader.rc;
}

static void read_errors(struct eg_fields *burst, struct eg_burst_facts *ret)
{
	struct eg_fields reader = eg_fields_enter(burst, "errors_counted");

	for (size_t i = 0; i < EG_ERROR_COUNTERS; i++)
		ret->errors[i] =
			(uint64_t)eg_fields_get_number(&reader, eg_error_counters[i], INT64_MAX, 0);
	burst->rc = reader.rc;
}

/* The rates follow from bytes and time. */
static void read_burst(struct eg_fields *device, struct eg_burst_facts *ret)
{
	static const char *const operations[] = { "emulated", "read", NULL };
	struct eg_fields reader = eg_fields_enter(device, "burst");
	int state;

	if (reader.object)
		eg_fields_need(&reader, "state");
	state = eg_fields_get_word(&reader, "state", eg_burst_words);
	ret->state = state < 0 ? EG_BURST_NOT_TRIED : (enum eg_burst_state)state;
	ret->device_reads = eg_fields_get_word(&reader, "operation", operations) == 1;
	eg_fields_get_text(&reader, "peer", ret->peer, sizeof(ret->peer));
	ret->peer_pci_known = read_pci(&reader, "peer_pci", &ret->peer_pci);
	ret->alone_bytes = (uint64_t)eg_fields_get_number(&reader, "bytes", INT64_MAX, 0);
	ret->alone_ns = (uint64_t)eg_fields_get_number(&reader, "ns", INT64_MAX, 0);
	ret->together_bytes =
		(uint64_t)eg_fields_get_number(&reader, "bytes_together", INT64_MAX, 0);
	ret->together_ns = (uint64_t)eg_fields_get_number(&reader, "ns_together", INT64_MAX, 0);
	read_latency(&reader, ret);
	ret->tries = (uint32_t)eg_fields_get_number(&reader, "tries", UINT32_MAX, 0);
	ret->failed = (uint32_t)eg_fields_get_number(&reader, "failed", UINT32_MAX, 0);
	ret->corrupt = (uint32_t)eg_fields_get_number(&reader, "corrupt", UINT32_MAX, 0);
	eg_fields_get_text(&reader, "provider", ret->provider, sizeof(ret->provider));
	ret->provider_error = (int)eg_fields_get_number(&reader, "provider_error", INT32_MAX, 0);
	eg_fields_get_text(&reader, "error", ret->error, sizeof(ret->error));
	read_errors(&reader, ret);
	device->rc = reader.rc;
}

static void read_device(struct eg_fields *root, size_t index, struct eg_device_facts *ret)
{
	struct eg_fields reader = eg_fields_enter_item(root, "devices", index);

	read_addresses(&reader, ret);
	eg_fields_get_text(&reader, "name", ret->name, sizeof(ret->name));
	eg_fields_get_text(&reader, "driver", ret->driver, sizeof(ret->driver));
	if (!ret->pci_known && !ret->name[0])
		eg_fields_refuse(&reader, "pci", "is missing, and so is the name");
	ret->numa_node = (int)eg_fields_get_number(&reader, "numa_node", INT16_MAX, -1);
	ret->open_errno = (int)eg_fields_get_number(&reader, "open_errno", 4095, 0);
	ret->rate_gbps = (uint32_t)eg_fields_get_number(&reader, "rate_gbps", UINT32_MAX, 0);
	read_layers(&reader, ret);
	read_capabilities(&reader, ret);
	read_counters(&reader, ret);
	read_burst(&reader, &ret->burst);
	root->rc = reader.rc;
}

static void read_asked(struct eg_fields *root, struct eg_node_facts *ret)
{
	struct eg_fields reader = eg_fields_enter(root, "not_measured");

	for (const struct eg_error_word *error = eg_error_words; error->word; error++)
		eg_fields_get_text(&reader, error->word, (char *)ret + error->offset,
				   sizeof(ret->pci_error));
	root->rc = reader.rc;
	eg_fields_get_text(root, "libfabric", ret->fabric_version, sizeof(ret->fabric_version));
	eg_fields_get_text(root, "efa_driver", ret->driver_version, sizeof(ret->driver_version));
}

static void read_huge_page_part(struct eg_fields *root, size_t index, struct eg_huge_page_part *ret)
{
	struct eg_fields reader = eg_fields_enter_item(root, "parts", index);

	ret->numa_node = (int)eg_fields_get_number(&reader, "numa_node", INT16_MAX, -1);
	ret->size_kib = (uint64_t)eg_fields_get_number(&reader, "size_kib", INT64_MAX, 0);
	ret->total = (uint64_t)eg_fields_get_number(&reader, "total", INT64_MAX, 0);
	ret->free = (uint64_t)eg_fields_get_number(&reader, "free", INT64_MAX, 0);
	root->rc = reader.rc;
}

/* The demand follows from ranks and forks. */
static void read_huge_pages(struct eg_fields *root, struct eg_node_facts *facts)
{
	struct eg_fields reader = eg_fields_enter(root, "huge_pages");
	struct eg_huge_page_pool *ret = &facts->huge_pages;

	facts->job.ranks = (uint32_t)eg_fields_get_number(&reader, "ranks", UINT32_MAX, 0);
	facts->job.forks_per_rank =
		(uint32_t)eg_fields_get_number(&reader, "forks_per_rank", UINT32_MAX, 0);
	facts->job.huge_pages_kept = (uint64_t)eg_fields_get_number(&reader, "kept", INT64_MAX, 0);
	facts->huge_page_part_count = eg_fields_get_list(&reader, "parts", EG_HUGE_PAGE_PARTS_MAX);
	for (size_t i = 0; i < facts->huge_page_part_count && !reader.rc; i++)
		read_huge_page_part(&reader, i, &facts->huge_page_parts[i]);
	ret->measured = reader.object != NULL;
	ret->size_kib = (uint64_t)eg_fields_get_number(&reader, "size_kib", INT64_MAX, 0);
	ret->total = (uint64_t)eg_fields_get_number(&reader, "total", INT64_MAX, 0);
	ret->free = (uint64_t)eg_fields_get_number(&reader, "free", INT64_MAX, 0);
	ret->reserved = (uint64_t)eg_fields_get_number(&reader, "reserved", INT64_MAX, 0);
	ret->surplus = (uint64_t)eg_fields_get_number(&reader, "surplus", INT64_MAX, 0);
	ret->overcommit = (uint64_t)eg_fields_get_number(&reader, "overcommit", INT64_MAX, 0);
	root->rc = reader.rc;
}

static void read_promise(struct eg_fields *root, struct eg_promise_facts *ret)
{
	struct eg_fields reader = eg_fields_enter(root, "kubernetes");

	ret->has_devices = eg_fields_get(&reader, "efa") != NULL;
	ret->devices = (uint32_t)eg_fields_get_number(&reader, "efa", EG_DEVICES_MAX, 0);
	ret->has_huge_pages = eg_fields_get(&reader, "hugepages_2mi_bytes") != NULL;
	ret->huge_page_bytes =
		(uint64_t)eg_fields_get_number(&reader, "hugepages_2mi_bytes", INT64_MAX, 0);
	root->rc = reader.rc;
}

static void read_host(struct eg_fields *root, struct eg_node_facts *ret)
{
	struct eg_fields reader = eg_fields_enter(root, "limits");
	const json_t *memlock = eg_fields_get(&reader, "memlock_bytes");
	enum eg_tri copy_on_fork = eg_fields_get_tri(root, "copy_on_fork");

	ret->copy_on_fork_measured = copy_on_fork != EG_NOT_MEASURED;
	ret->copy_on_fork = copy_on_fork == EG_YES;
	ret->memlock_measured = memlock != NULL;
	reader.rc = root->rc;
	if (json_is_string(memlock) && !strcmp(json_string_value(memlock), "unlimited"))
		ret->memlock_bytes = UINT64_MAX;
	else
		ret->memlock_bytes =
			(uint64_t)eg_fields_get_number(&reader, "memlock_bytes", INT64_MAX, 0);
	root->rc = reader.rc;
	read_huge_pages(root, ret);
	read_promise(root, &ret->promise);
	ret->numa_count = (uint32_t)eg_fields_get_number(root, "numa_nodes", UINT16_MAX, 0);
	ret->in_container = eg_fields_get_tri(root, "in_container") == EG_YES;
	ret->job.is_idle = eg_fields_get_tri(root, "idle");
	ret->job.in_job = eg_fields_get_tri(root, "in_job") == EG_YES;
	eg_fields_get_text(root, "provider_variable", ret->job.provider, sizeof(ret->job.provider));
}

static void read_times(struct eg_fields *root, struct eg_node_facts *ret)
{
	struct eg_fields reader = eg_fields_enter(root, "gather_us");

	for (size_t i = 0; i < EG_GATHER_PARTS; i++)
		ret->part_us[i] = (uint32_t)eg_fields_get_number(&reader, eg_gather_part_words[i],
								 UINT32_MAX, 0);
	root->rc = reader.rc;
}

static void read_facts(struct eg_fields *root, struct eg_node_facts *ret)
{
	eg_fields_need(root, "node");
	eg_fields_get_text(root, "node", ret->node, sizeof(ret->node));
	eg_fields_get_text(root, "boot_id", ret->boot_id, sizeof(ret->boot_id));
	read_instance(root, &ret->instance);
	ret->device_count = eg_fields_get_list(root, "devices", EG_DEVICES_MAX);
	for (size_t i = 0; i < ret->device_count && !root->rc; i++)
		read_device(root, i, &ret->devices[i]);
	ret->devices_dropped = (size_t)eg_fields_get_number(root, "devices_dropped", INT32_MAX, 0);
	ret->duration_ms = (uint32_t)eg_fields_get_number(root, "gather_ms", UINT32_MAX, 0);
	read_times(root, ret);
	ret->pci_was_kept = eg_fields_get_tri(root, "pci_was_kept") == EG_YES;
	ret->waited_ms = (uint32_t)eg_fields_get_number(root, "waited_ms", UINT32_MAX, 0);
	read_asked(root, ret);
	read_host(root, ret);
}

static bool is_id(const char *id)
{
	return strlen(id) == 5 && !strncmp(id, "EG", 2) && strspn(id + 2, "0123456789") == 3;
}

static void read_finding(struct eg_fields *root, size_t index, struct eg_finding *ret)
{
	static const char *const outcomes[] = { "pass", "warn", "unknown", "fail", NULL };
	static const char *const blames[] = { "none", "node", "device", "pair", "cluster", NULL };
	struct eg_fields reader = eg_fields_enter_item(root, "findings", index);
	int outcome, blame;

	eg_fields_get_text(&reader, "id", ret->id, sizeof(ret->id));
	if (!is_id(ret->id))
		eg_fields_refuse(&reader, "id", "'%s' is not of the form EG102", ret->id);
	eg_fields_need(&reader, "outcome");
	outcome = eg_fields_get_word(&reader, "outcome", outcomes);
	blame = eg_fields_get_word(&reader, "blame", blames);
	eg_fields_get_text(&reader, "subject", ret->subject, sizeof(ret->subject));
	eg_fields_get_text(&reader, "seen", ret->seen, sizeof(ret->seen));
	eg_fields_get_text(&reader, "expected", ret->expected, sizeof(ret->expected));
	eg_fields_get_text(&reader, "text", ret->text, sizeof(ret->text));
	eg_fields_get_text(&reader, "remedy", ret->remedy, sizeof(ret->remedy));
	ret->outcome = outcome < 0 ? EG_UNKNOWN : (enum eg_outcome)outcome;
	ret->blame = blame < 0 ? EG_BLAME_NONE : (enum eg_blame)blame;
	root->rc = reader.rc;
}

void eg_report_read_findings(struct eg_fields *root, struct eg_findings *ret)
{
	ret->count = eg_fields_get_list(root, "findings", EG_FINDINGS_MAX);
	for (size_t i = 0; i < ret->count && !root->rc; i++)
		read_finding(root, i, &ret->list[i]);
	ret->dropped = (size_t)eg_fields_get_number(root, "findings_dropped", INT32_MAX, 0);
}

static void read_action(struct eg_fields *root, struct eg_report_action *ret)
{
	static const char *const modes[] = { "observe", "enforce", NULL };
	struct eg_fields reader = eg_fields_enter(root, "action");

	ret->taken = reader.object != NULL;
	ret->enforce = eg_fields_get_word(&reader, "mode", modes) == 1;
	ret->drained = eg_fields_get_tri(&reader, "drained") == EG_YES;
	eg_fields_get_text(&reader, "reason", ret->reason, sizeof(ret->reason));
	root->rc = reader.rc;
}

static void read_job(struct eg_fields *root, struct eg_report *ret)
{
	struct eg_fields reader = eg_fields_enter(root, "job");

	ret->job_id = (uint32_t)eg_fields_get_number(&reader, "id", UINT32_MAX, 0);
	ret->step_id = eg_fields_get_number(&reader, "step", UINT32_MAX, -1);
	ret->uid = eg_fields_get_number(&reader, "uid", UINT32_MAX, -1);
	eg_fields_get_text(&reader, "partition", ret->partition, sizeof(ret->partition));
	root->rc = reader.rc;
}

static void read_schema(struct eg_fields *root)
{
	char text[64];

	eg_fields_need(root, "schema");
	eg_fields_get_text(root, "schema", text, sizeof(text));
	if (!root->rc && strcmp(text, EG_REPORT_SCHEMA) != 0)
		eg_fields_refuse(root, "schema", "'%s', this version reads '%s'", text,
				 EG_REPORT_SCHEMA);
}

static void read_report(struct eg_fields *root, struct eg_report *ret)
{
	static const char *const verdicts[] = { "pass", "warn", "unknown", "fail", NULL };
	static const char *const triggers[] = { "check", "prolog", "epilog", "healthcheck",
						"step",	 "survey", "burst",  NULL };
	int trigger;

	read_schema(root);
	read_time(root, &ret->time);
	ret->duration_ms = (uint32_t)eg_fields_get_number(root, "duration_ms", UINT32_MAX, 0);
	trigger = eg_fields_get_word(root, "trigger", triggers);
	strcpy(ret->trigger, trigger < 0 ? "check" : triggers[trigger]);
	read_job(root, ret);
	read_facts(root, &ret->facts);
	eg_fields_need(root, "findings");
	eg_report_read_findings(root, &ret->findings);
	(void)eg_fields_get_word(root, "verdict", verdicts); /* follows from the findings */
	read_action(root, &ret->action);
}

int eg_report_from_json(const char *json, size_t length, struct eg_report *ret, struct eg_err *err)
{
	EG_CLEANUP(eg_free) struct eg_report *report = NULL;
	EG_CLEANUP(free_json) json_t *root = NULL;
	struct eg_fields reader = { .err = err };
	json_error_t fault;

	if (length > EG_REPORT_BYTES_MAX)
		return eg_err_set(err, EINVAL, "report: %zu bytes, at most %d", length,
				  EG_REPORT_BYTES_MAX);
	root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &fault);
	if (!root)
		return eg_err_set(err, EINVAL, "report: line %d: %s", fault.line, fault.text);
	if (!json_is_object(root))
		return eg_err_set(err, EINVAL, "report: expected an object, found %s",
				  eg_fields_type_name(root));
	report = calloc(1, sizeof(*report));
	if (!report)
		return eg_err_errno(err, ENOMEM, "report");
	reader.object = root;
	read_report(&reader, report);
	if (!reader.rc)
		eg_report_copy(ret, report);
	return reader.rc;
}
