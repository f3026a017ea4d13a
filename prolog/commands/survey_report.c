/* SPDX-License-Identifier: BSD-3-Clause */
/* A survey as JSON: efagate.survey/1. Absent means not measured. */
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "common/burst/conduct.h"
#include "common/burst/session.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"
#include "prolog/commands/survey.h"

static json_t *finding_json(const struct eg_wire_finding *finding)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", finding->id, "outcome",
			 eg_outcome_name((enum eg_outcome)finding->outcome), "blame",
			 eg_blame_name((enum eg_blame)finding->blame), "subject", finding->subject,
			 "text", finding->text);
}

static bool is_in_seat(const struct eg_seat *seat, const struct eg_wire_finding *finding)
{
	for (uint16_t i = 0; i < seat->ready.finding_count; i++) {
		if (!memcmp(&seat->ready.findings[i], finding, sizeof(*finding)))
			return true;
	}
	return false;
}

/* The seat keeps the worst few; of what traffic has shown all is told. */
static json_t *node_findings(const struct eg_session_view *view, uint32_t index)
{
	const struct eg_seat *seat = &view->seats[index];
	struct eg_wire_finding one;
	json_t *list = json_array();

	if (seat->state != EG_SEAT_READY)
		return list;
	for (uint16_t i = 0; i < seat->ready.finding_count; i++)
		(void)json_array_append_new(list, finding_json(&seat->ready.findings[i]));
	for (size_t i = 0; i < view->findings->count; i++) {
		if (view->findings->list[i].node != index)
			continue;
		eg_session_finding(&view->findings->list[i].finding, &one);
		if (!is_in_seat(seat, &one))
			(void)json_array_append_new(list, finding_json(&one));
	}
	return list;
}

static json_t *session_findings(const struct eg_traffic_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct eg_finding *one = &findings->list[i].finding;

		if (findings->list[i].node != EG_NODE_ALL)
			continue;
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s}", "id", one->id, "outcome",
					eg_outcome_name(one->outcome), "blame",
					eg_blame_name(one->blame), "text", one->text));
	}
	return list;
}

static json_t *node_json(const struct eg_session_view *view, uint32_t index,
			 const struct eg_survey_node *node)
{
	static const char *const states[] = { "absent", "met", "ready", "lost" };
	const struct eg_seat *seat = &view->seats[index];
	const struct eg_offer *offer = view->conduct->offers[index];
	bool ready = seat->state == EG_SEAT_READY;
	json_t *object = json_pack(
		"{s:s, s:s, s:s, s:i, s:o}", "node", view->session->nodes[index], "state",
		states[seat->state], "outcome",
		eg_outcome_name(ready ? (enum eg_outcome)seat->ready.outcome : EG_UNKNOWN),
		"devices", (int)seat->ready.devices, "findings", node_findings(view, index));

	if (object && offer && offer->instance_type[0])
		(void)json_object_set_new(object, "instance_type",
					  json_string(offer->instance_type));
	if (object && node->devices) {
		(void)json_object_set_new(object, "alone_gbps", json_real(node->alone_gbps));
		(void)json_object_set_new(object, "together_gbps", json_real(node->together_gbps));
		(void)json_object_set_new(object, "sum_gbps", json_real(node->sum_gbps));
		if (node->line_gbps > 0)
			(void)json_object_set_new(object, "line_rate_gbps",
						  json_real(node->line_gbps));
		(void)json_object_set_new(object, "slowest_gbps", json_real(node->slowest_gbps));
		(void)json_object_set_new(object, "slowest", json_string(node->slowest));
	}
	return object;
}

char *eg_survey_to_json(const struct eg_session_view *view, const struct eg_survey_node *nodes)
{
	json_t *list = json_array(), *root;
	char *text = NULL;

	for (uint32_t i = 0; i < view->session->count; i++)
		(void)json_array_append_new(list, node_json(view, i, &nodes[i]));
	root = json_pack("{s:s, s:I, s:I, s:I, s:s, s:s, s:I, s:o, s:o}", "schema",
			 "efagate.survey/1", "time", (json_int_t)time(NULL), "job_id",
			 (json_int_t)view->session->job, "step_id", (json_int_t)view->session->step,
			 "outcome", eg_outcome_name((enum eg_outcome)view->verdict->outcome),
			 "line", view->verdict->line, "rounds", (json_int_t)view->conduct->stage,
			 "findings", session_findings(view->findings), "nodes", list);
	if (root)
		text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(root);
	return text;
}
