/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "tests/unit/node_facts.h"

static void add_counters(struct eg_device_facts *device)
{
	device->counters[0] = (struct eg_counter){ "cmds_err", false, 3 };
	device->counters[1] = (struct eg_counter){ "rx_drops", true, INT64_MAX };
	device->counter_count = 2;
}

static void add_burst(struct eg_device_facts *device)
{
	struct eg_burst_facts *burst = &device->burst;

	burst->state = EG_BURST_OK;
	strcpy(burst->peer, "n4");
	burst->peer_pci = (struct eg_pci_addr){ .bus = 0x90, .device = 0x1b };
	burst->peer_pci_known = true;
	burst->device_reads = true;
	burst->alone_bytes = 1048576000;
	burst->alone_ns = 91234567;
	burst->together_bytes = 524288000;
	burst->together_ns = 60000001;
	burst->latency_p50_ns = 15201;
	burst->latency_p99_ns = UINT32_MAX;
	burst->latency_samples = 200;
	burst->tries = 6;
	burst->failed = 1;
	burst->corrupt = 1;
	for (uint64_t i = 0; i < EG_ERROR_COUNTERS; i++)
		burst->errors[i] = 1 + i;
	strcpy(burst->provider, "efa-direct");
}

/* A node with something in every field. */
static struct eg_report *make_report(void)
{
	struct eg_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	make_good_node(&report->facts);
	add_counters(&report->facts.devices[0]);
	add_burst(&report->facts.devices[0]);
	report->facts.devices[2].burst.state = EG_BURST_FAILED;
	strcpy(report->facts.devices[2].burst.error, "Unresponsive receiver");
	report->facts.devices[2].burst.provider_error = 13;
	report->facts.devices[3].burst.state = EG_BURST_CORRUPT;
	report->facts.devices[1].opens = report->facts.devices[1].has_fabric = EG_NO;
	report->facts.devices[1].open_errno = EACCES;
	report->facts.devices[1].capabilities = 0;
	memset(report->facts.devices[1].gid, 0, 16);
	report->facts.devices[2].numa_node = -1;
	report->facts.devices[3].has_fabric = EG_NOT_MEASURED;
	report->facts.devices_dropped = 1;
	report->facts.waited_ms = 200;
	report->facts.pci_was_kept = true;
	strcpy(report->facts.driver_version, "2.17.0");
	for (uint32_t i = 0; i < EG_GATHER_PARTS; i++)
		report->facts.part_us[i] = 1000 + i;
	report->facts.huge_page_parts[0] = (struct eg_huge_page_part){ -1, 1048576, 2, 1 };
	report->facts.huge_page_parts[1] = (struct eg_huge_page_part){ 1, 2048, 5281, 5000 };
	report->facts.huge_page_part_count = 2;
	report->facts.job.ranks = 8;
	report->facts.job.forks_per_rank = 8;
	report->facts.job.huge_pages_kept = 3;
	report->facts.job.is_idle = EG_YES;
	strcpy(report->facts.job.provider, "FI_PROVIDER=tcp");
	report->facts.in_container = true;
	report->facts.job.in_job = true;
	strcpy(report->facts.instance_error, "no DMI");
	strcpy(report->facts.huge_page_error, "no number");
	report->facts.devices[0].locality.pci_switch.bus = 0x0f;
	report->facts.devices[0].locality.pci_switch_known = true;
	report->facts.devices[0].locality.gpu = (struct eg_pci_addr){ .bus = 16, .device = 28 };
	report->facts.devices[0].locality.gpu_known = true;
	strcpy(report->facts.verbs_error, "libibverbs: \"quoted\"");
	report->time = 1764000000;
	report->duration_ms = 412;
	strcpy(report->trigger, "prolog");
	report->job_id = 17;
	report->step_id = 0;
	report->uid = 2001;
	strcpy(report->partition, "gpu");
	eg_judge_node(&report->facts, &report->findings);
	report->action = (struct eg_report_action){ true, true, true, "efagate EG105: x (job 17)" };
	return report;
}

static void round_trip(struct eg_report *report)
{
	EG_CLEANUP(eg_free) char *json = eg_report_to_json(report);
	EG_CLEANUP(eg_free) char *again = NULL;
	EG_CLEANUP(eg_free) struct eg_report *got = calloc(1, sizeof(*got));
	struct eg_err err = { 0 };

	assert_non_null(json);
	assert_int_equal(json[strlen(json) - 1], '\n');
	if (eg_report_from_json(json, strlen(json), got, &err))
		fail_msg("%s", err.text);
	assert_string_equal(got->facts.instance.type_source, report->facts.instance.type_source);
	got->facts.instance.type_source = report->facts.instance.type_source;
	assert_memory_equal(got, report, sizeof(*got));
	again = eg_report_to_json(got);
	assert_string_equal(again, json);
}

static void a_report_comes_back_as_it_was_written(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = make_report();

	(void)state;
	round_trip(report);
}

/* For tests/cluster/check_ids.bats, which holds it against the schema. */
static void a_report_with_everything_is_written_where_asked(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = make_report();
	EG_CLEANUP(eg_free) char *json = eg_report_to_json(report);
	EG_CLEANUP(eg_close_file) FILE *file = NULL;
	const char *path = getenv("EG_TEST_REPORT");

	(void)state;
	assert_non_null(json);
	if (!path)
		return;
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(json, file) >= 0);
}

static void a_burst_has_the_documented_keys(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = make_report();
	EG_CLEANUP(eg_free) char *json = eg_report_to_json(report);
	static const char *const wanted[] = {
		"\"burst\": {\n    \"peer\": \"n4\",\n    \"peer_pci\": \"0000:90:1b.0\",\n",
		"\"state\": \"ok\",\n    \"operation\": \"read\",\n    \"bytes\": 1048576000,\n",
		"\"gbps\": 91.95,",
		"\"gbps_together\": 69.91,",
		"\"latency_us\": {\n     \"p50\": 15.201,\n     \"p99\": 4294967.295,\n",
		"\"provider\": \"efa-direct\",\n    \"state\": \"ok\"",
		"\"state\": \"failed\",\n    \"provider_error\": 13,\n    \"error\": \"Unresponsive receiver\"\n",
	};

	(void)state;
	for (size_t i = 0; i < EG_COUNT(wanted); i++) {
		if (!strstr(json, wanted[i]))
			fail_msg("no %s in %s", wanted[i], json);
	}
}

static void what_was_not_measured_stays_so(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));

	(void)state;
	strcpy(report->facts.node, "n1");
	strcpy(report->trigger, "check");
	report->facts.instance.type_source = "";
	report->step_id = report->uid = -1;
	round_trip(report);
}

static void the_largest_report_fits(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = make_report();
	struct eg_finding_spec spec = { .id = "EG403", .outcome = EG_FAIL };

	(void)state;
	for (size_t i = 0; i < EG_DEVICES_MAX; i++) {
		struct eg_device_facts *device = &report->facts.devices[i];

		make_device(device, (struct eg_pci_addr){ .bus = (uint8_t)(i + 1) });
		for (size_t k = 0; k < EG_COUNTERS_MAX; k++) {
			device->counters[k].value = INT64_MAX;
			device->counters[k].port = k >= 20;
			(void)snprintf(device->counters[k].name, sizeof(device->counters[k].name),
				       "a_counter_with_quite_a_long_name_%02zu", k);
		}
		device->counter_count = EG_COUNTERS_MAX;
		add_burst(device);
		memset(device->burst.peer, 'n', sizeof(device->burst.peer) - 1);
		memset(device->burst.error, 'e', sizeof(device->burst.error) - 1);
	}
	report->facts.device_count = EG_DEVICES_MAX;
	while (report->findings.count < EG_FINDINGS_MAX)
		eg_findings_add(&report->findings, &spec, "number %zu", report->findings.count);
	round_trip(report);
}

static void text_from_outside_cannot_break_the_report(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = make_report();
	EG_CLEANUP(eg_free) struct eg_report *got = calloc(1, sizeof(*got));
	EG_CLEANUP(eg_free) char *json = NULL;

	(void)state;
	strcpy(report->facts.verbs_error, "\x1b[31m\"\\\n\xff\xc3\xa9");
	json = eg_report_to_json(report);
	assert_non_null(json);
	assert_int_equal(eg_report_from_json(json, strlen(json), got, NULL), 0);
	assert_string_equal(got->facts.verbs_error, "?[31m\"\\????");
}

#define HEAD "{\"schema\":\"efagate.report/1\",\"time\":\"2026-11-23T15:04:05Z\","
#define NODE HEAD "\"node\":\"n1\",\"findings\":[],"
#define DEVICE NODE "\"devices\":[{\"pci\":\"0000:10:1b.0\"},"
#define A10 "aaaaaaaaaa"
#define A70 A10 A10 A10 A10 A10 A10 A10

/* Each is refused, with this text. */
static const struct {
	const char *json, *text;
} broken[] = {
	{ "", "report: line 1: '[' or '{' expected near end of file" },
	{ "[]", "report: expected an object, found a list" },
	{ "{}", "report: schema: is missing" },
	{ "{\"schema\":7}", "report: schema: expected a string, found a whole number" },
	{ "{\"schema\":\"efagate.report/2\"}",
	  "report: schema: 'efagate.report/2', this version reads 'efagate.report/1'" },
	{ "{\"schema\":\"efagate.report/1\"}", "report: time: is missing" },
	{ "{\"schema\":\"efagate.report/1\",\n\"time\":\"yesterday\"}",
	  "report: time: 'yesterday' is not of the form 2026-01-31T12:00:00Z" },
	{ HEAD "\n\"node\":", "report: line 2: unexpected token near end of file" },
	{ HEAD "\"time\":\"x\"}", "report: line 1: duplicate object key near '\"time\"'" },
	{ NODE "\"x\":1} garbage", "report: line 1: end of file expected near 'garbage'" },
	{ HEAD "\"findings\":[]}", "report: node: is missing" },
	{ HEAD "\"node\":\"n1\"}", "report: findings: is missing" },
	{ HEAD "\"node\":null}", "report: node: expected a string, found null" },
	{ HEAD "\"node\":\"a\\u001b[2J\"}",
	  "report: node: holds a character that is not printable ASCII" },
	{ NODE "\"boot_id\":\"" A70 "\"}", "report: boot_id: longer than 39 characters" },
	{ NODE "\"trigger\":\"cron\"}", "report: trigger: 'cron' is not one of its words" },
	{ NODE "\"verdict\":\"good\"}", "report: verdict: 'good' is not one of its words" },
	{ NODE "\"duration_ms\":-1}", "report: duration_ms: -1 is not in 0 to 4294967295" },
	{ NODE "\"duration_ms\":1.5}",
	  "report: duration_ms: expected a whole number, found a number" },
	{ NODE "\"job\":{\"id\":4294967296}}",
	  "report: job.id: 4294967296 is not in 0 to 4294967295" },
	{ NODE "\"instance\":[]}", "report: instance: expected an object, found a list" },
	{ NODE "\"instance\":{\"expected_by\":\"site\"}}",
	  "report: instance.expected_devices: is missing" },
	{ NODE "\"devices\":{}}", "report: devices: expected a list, found an object" },
	{ NODE "\"devices\":[1]}", "report: devices[0]: expected an object, found a whole number" },
	{ DEVICE "{}]}", "report: devices[1].pci: is missing, and so is the name" },
	{ DEVICE "{\"pci\":\"10:1b.0\"}]}",
	  "report: devices[1].pci: '10:1b.0' is not a PCI address" },
	{ DEVICE "{\"name\":\"" A70 "\"}]}", "report: devices[1].name: longer than 63 characters" },
	{ DEVICE "{\"name\":\"x\",\"device_id\":\"efa0\"}]}",
	  "report: devices[1].device_id: 'efa0' is not of the form 0xefa0" },
	{ DEVICE "{\"name\":\"x\",\"gid\":\"fe80\"}]}",
	  "report: devices[1].gid: 'fe80' is not a GID" },
	{ DEVICE "{\"name\":\"x\",\"numa_node\":\"0\"}]}",
	  "report: devices[1].numa_node: expected a whole number, found a string" },
	{ DEVICE "{\"name\":\"x\",\"layers\":{\"open\":1}}]}",
	  "report: devices[1].layers.open: expected true or false, found a whole number" },
	{ DEVICE "{\"name\":\"x\",\"capabilities\":[1]}]}",
	  "report: devices[1].capabilities: expected strings, found a whole number" },
	{ DEVICE "{\"name\":\"x\",\"counters\":{\"port\":{\"rx\":true}}}]}",
	  "report: devices[1].counters.port.rx: expected a whole number, found true" },
	{ DEVICE "{\"name\":\"x\",\"counters\":{\"port\":{\"" A70 "\":1}}}]}",
	  "report: devices[1].counters.port." A10 A10 A10 A10 A10 A10 ": is not a counter's name" },
	{ DEVICE "{\"name\":\"x\",\"burst\":{}}]}", "report: devices[1].burst.state: is missing" },
	{ DEVICE "{\"name\":\"x\",\"burst\":{\"state\":\"good\"}}]}",
	  "report: devices[1].burst.state: 'good' is not one of its words" },
	{ DEVICE "{\"name\":\"x\",\"burst\":{\"state\":\"ok\",\"peer_pci\":\"x\"}}]}",
	  "report: devices[1].burst.peer_pci: 'x' is not a PCI address" },
	{ DEVICE "{\"name\":\"x\",\"burst\":{\"state\":\"ok\",\"bytes\":-1}}]}",
	  "report: devices[1].burst.bytes: -1 is not in 0 to 9223372036854775807" },
	{ DEVICE "{\"name\":\"x\",\"burst\":{\"state\":\"ok\",\"latency_us\":{\"p50\":\"1\"}}}]}",
	  "report: devices[1].burst.latency_us.p50: expected a number, found a string" },
	{ DEVICE "{\"name\":\"x\",\"burst\":{\"state\":\"ok\",\"latency_us\":{\"p99\":1e9}}}]}",
	  "report: devices[1].burst.latency_us.p99: 1e+09 is not in 0 to 4.29497e+06" },
	{ NODE "\"limits\":{\"memlock_bytes\":\"much\"}}",
	  "report: limits.memlock_bytes: expected a whole number, found a string" },
	{ NODE "\"copy_on_fork\":0}",
	  "report: copy_on_fork: expected true or false, found a whole number" },
	{ HEAD "\"node\":\"n1\",\"findings\":[{\"id\":\"102\",\"outcome\":\"fail\"}]}",
	  "report: findings[0].id: '102' is not of the form EG102" },
	{ HEAD "\"node\":\"n1\",\"findings\":[{\"id\":\"EG102\"}]}",
	  "report: findings[0].outcome: is missing" },
	{ NODE "\"action\":{\"mode\":\"dry\"}}",
	  "report: action.mode: 'dry' is not one of its words" },
};

static void a_broken_report_is_refused_by_its_key(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *got = calloc(1, sizeof(*got));

	(void)state;
	got->job_id = 99;
	for (size_t i = 0; i < EG_COUNT(broken); i++) {
		struct eg_err err = { 0 };

		assert_int_equal(eg_report_from_json(broken[i].json, strlen(broken[i].json), got,
						     &err),
				 -EINVAL);
		assert_string_equal(err.text, broken[i].text);
		assert_int_equal(got->job_id, 99);
	}
}

static void a_list_beyond_its_limit_is_refused(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *got = calloc(1, sizeof(*got));
	EG_CLEANUP(eg_free) char *json = calloc(1, EG_REPORT_BYTES_MAX + 2);
	struct eg_err err = { 0 };

	(void)state;
	strcpy(json, NODE "\"devices\":[{}");
	for (size_t i = 0; i < EG_DEVICES_MAX; i++)
		strcat(json, ",{}");
	strcat(json, "]}");
	assert_int_equal(eg_report_from_json(json, strlen(json), got, &err), -EINVAL);
	assert_string_equal(err.text, "report: devices: 65 entries, at most 64");
	memset(json, ' ', EG_REPORT_BYTES_MAX + 1);
	assert_int_equal(eg_report_from_json(json, EG_REPORT_BYTES_MAX + 1, got, &err), -EINVAL);
	assert_string_equal(err.text, "report: 1048577 bytes, at most 1048576");
	memset(json, '[', EG_REPORT_BYTES_MAX);
	assert_int_equal(eg_report_from_json(json, EG_REPORT_BYTES_MAX, got, &err), -EINVAL);
	assert_string_equal(err.text, "report: line 1: maximum parsing depth reached near '['");
}

/* A writer that died, at every length: refused, never a crash or half a report. */
static void a_cut_report_is_refused_wherever_it_ends(void **state)
{
	EG_CLEANUP(eg_free) struct eg_report *report = make_report();
	EG_CLEANUP(eg_free) struct eg_report *got = calloc(1, sizeof(*got));
	EG_CLEANUP(eg_free) char *json = eg_report_to_json(report);

	(void)state;
	for (size_t length = 0; length + 1 < strlen(json); length++) {
		EG_CLEANUP(eg_free) char *cut = malloc(length + 1);

		memcpy(cut, json, length);
		assert_int_equal(eg_report_from_json(cut, length, got, NULL), -EINVAL);
	}
}

static void keys_of_later_versions_are_ignored(void **state)
{
	static const char json[] = NODE "\"weather\":{\"rain\":[1,2]},\"verdict\":\"pass\"}";
	EG_CLEANUP(eg_free) struct eg_report *got = calloc(1, sizeof(*got));

	(void)state;
	assert_int_equal(eg_report_from_json(json, strlen(json), got, NULL), 0);
	assert_string_equal(got->facts.node, "n1");
	assert_int_equal(got->time, 1795446245);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_comes_back_as_it_was_written),
		cmocka_unit_test(a_report_with_everything_is_written_where_asked),
		cmocka_unit_test(a_burst_has_the_documented_keys),
		cmocka_unit_test(what_was_not_measured_stays_so),
		cmocka_unit_test(the_largest_report_fits),
		cmocka_unit_test(text_from_outside_cannot_break_the_report),
		cmocka_unit_test(a_broken_report_is_refused_by_its_key),
		cmocka_unit_test(a_list_beyond_its_limit_is_refused),
		cmocka_unit_test(a_cut_report_is_refused_wherever_it_ends),
		cmocka_unit_test(keys_of_later_versions_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
