/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/report_survey.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/report.h"
#include "common/verdict/report_fields.h"

#define NODES_MAX 65536

static void free_json(json_t **json)
{
	json_decref(*json);
}

bool eg_survey_is_one(const char *json, size_t length)
{
	EG_CLEANUP(free_json) json_t *root = NULL;
	const char *schema;

	/* Most files are reports, which need not be parsed to see that. '/' may be escaped. */
	if (!memmem(json, length, "efagate.survey", strlen("efagate.survey")))
		return false;
	root = json_loadb(json, length, 0, NULL);
	schema = json_string_value(json_object_get(root, "schema"));
	return schema && !strcmp(schema, EG_SURVEY_SCHEMA);
}

/* What is alike in all reports of the survey. */
static void read_head(struct eg_fields *root, struct eg_report *ret)
{
	eg_report_clear(ret);
	eg_fields_need(root, "time");
	ret->time = eg_fields_get_number(root, "time", INT32_MAX * 1000LL, 0);
	ret->job_id = (uint32_t)eg_fields_get_number(root, "job_id", UINT32_MAX, 0);
	ret->step_id = eg_fields_get_number(root, "step_id", UINT32_MAX, -1);
	ret->uid = -1;
	strcpy(ret->trigger, "survey");
	ret->survey.is_one = true;
	ret->facts.instance.type_source = "";
}

/*
 * The slowest device stands for that traffic passed; rates are read as bytes in
 * a second. Without its name there is no device to tell of.
 */
static void read_traffic(struct eg_fields *node, struct eg_report *ret)
{
	struct eg_device_facts *device = &ret->facts.devices[0];

	ret->survey.alone_mbps = eg_fields_get_thousandths(node, "alone_gbps", UINT32_MAX);
	*device = (struct eg_device_facts){ .numa_node = -1 };
	eg_fields_get_text(node, "slowest", device->name, sizeof(device->name));
	if (!eg_fields_get(node, "alone_gbps") || !device->name[0])
		return;
	ret->facts.device_count = 1;
	device->burst.state = EG_BURST_OK;
	device->burst.alone_ns = 1000000000;
	device->burst.alone_bytes =
		eg_fields_get_thousandths(node, "slowest_gbps", UINT32_MAX) * 125000;
}

static void read_node(struct eg_fields *root, size_t index, struct eg_report *ret)
{
	static const char *const states[] = { "absent", "met", "ready", "lost", NULL };
	struct eg_finding_spec not_there = { .id = "EG408", .outcome = EG_UNKNOWN };
	struct eg_fields node = eg_fields_enter_item(root, "nodes", index);
	int state;

	read_head(root, ret);
	node.rc = root->rc;
	eg_fields_need(&node, "node");
	eg_fields_get_text(&node, "node", ret->facts.node, sizeof(ret->facts.node));
	eg_fields_need(&node, "state");
	state = eg_fields_get_word(&node, "state", states);
	eg_report_read_findings(&node, &ret->findings);
	ret->survey.ready = state >= 0 && !strcmp(states[state], "ready");
	ret->survey.devices = (uint32_t)eg_fields_get_number(&node, "devices", EG_DEVICES_MAX, 0);
	eg_fields_get_text(&node, "instance_type", ret->facts.instance.type,
			   sizeof(ret->facts.instance.type));
	read_traffic(&node, ret);
	root->rc = node.rc;
	if (state >= 0 && !ret->survey.ready)
		eg_findings_add(&ret->findings, &not_there, "took no part in the survey: %s",
				states[state]);
}

/* @taker NULL: only look whether it is whole. */
static int read_survey(const json_t *json, struct eg_report *report,
		       const struct eg_survey_taker *taker, struct eg_err *err)
{
	struct eg_fields root = { .object = json, .err = err };
	size_t count = eg_fields_get_list(&root, "nodes", NODES_MAX);
	int rc = 0;

	read_head(&root, report);
	eg_report_read_findings(&root, &report->findings);
	if (!root.rc && taker)
		rc = taker->common(taker->context, report);
	for (size_t i = 0; i < count && !root.rc && !rc; i++) {
		read_node(&root, i, report);
		if (!root.rc && taker)
			rc = taker->node(taker->context, report);
	}
	return root.rc ? root.rc : rc;
}

int eg_survey_from_json(const char *json, size_t length, const struct eg_survey_taker *taker,
			struct eg_err *err)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(free_json) json_t *root = NULL;
	json_error_t fault;
	int rc;

	if (!report)
		return eg_err_errno(err, ENOMEM, "report");
	root = json_loadb(json, length, JSON_REJECT_DUPLICATES, &fault);
	if (!root)
		return eg_err_set(err, EINVAL, "report: line %d: %s", fault.line, fault.text);
	rc = read_survey(root, report, NULL, err);
	return rc ? rc : read_survey(root, report, taker, err);
}
