/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/survey.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/conduct.h"
#include "common/burst/session.h"
#include "common/node/instance_table.h"
#include "common/verdict/finding.h"
#include "common/verdict/judge_traffic.h"

#define FLOOR_SHARE 0.7 /* of the median: what a warning calls slow */
#define FLOOR_DEVICES_MIN 8 /* measured, before a floor is suggested */

static int compare(const void *a, const void *b)
{
	const float *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static double median(float *list, size_t count)
{
	if (!count)
		return 0;
	qsort(list, count, sizeof(*list), compare);
	return count % 2 ? list[count / 2] : (double)(list[count / 2 - 1] + list[count / 2]) / 2;
}

static void note_slowest(const struct eg_session_view *view, const struct eg_speed *speed,
			 struct eg_survey_node *node)
{
	const struct eg_offer *offer = view->conduct->offers[speed->reader];

	if (!offer || speed->reader_device >= offer->device_count)
		return;
	if (node->slowest[0] && node->slowest_gbps <= (double)speed->alone_gbps)
		return;
	node->slowest_gbps = (double)speed->alone_gbps;
	(void)snprintf(node->slowest, sizeof(node->slowest), "%s",
		       offer->devices[speed->reader_device].name);
}

static double line_rate(const struct eg_offer *offer)
{
	EG_CLEANUP(eg_free) struct eg_instance_type *type = calloc(1, sizeof(*type));

	if (!type || !offer || !offer->instance_type[0] ||
	    eg_instance_type_find(NULL, offer->instance_type, type, NULL) != 1)
		return 0;
	return type->gbps;
}

/* The speeds of a node stand side by side: its result came as one. */
static void fill_nodes(const struct eg_session_view *view, struct eg_survey_node *nodes)
{
	const struct eg_speeds *speeds = &view->conduct->speeds;
	float alone[EG_RAILS_MAX], together[EG_RAILS_MAX];
	size_t count;

	for (size_t i = 0; i < speeds->count; i += count) {
		struct eg_survey_node *node = &nodes[speeds->list[i].reader];

		for (count = 0; i + count < speeds->count && count < EG_RAILS_MAX &&
				speeds->list[i + count].reader == speeds->list[i].reader;
		     count++) {
			alone[count] = speeds->list[i + count].alone_gbps;
			together[count] = speeds->list[i + count].together_gbps;
			node->sum_gbps += (double)together[count];
			note_slowest(view, &speeds->list[i + count], node);
		}
		node->devices = (uint32_t)count;
		node->line_gbps = line_rate(view->conduct->offers[speeds->list[i].reader]);
		node->alone_gbps = median(alone, count);
		node->together_gbps = median(together, count);
	}
}

struct eg_survey_node *eg_survey_nodes(const struct eg_session_view *view)
{
	struct eg_survey_node *nodes = calloc(view->session->count, sizeof(*nodes));

	if (nodes)
		fill_nodes(view, nodes);
	return nodes;
}

static const char *figure(double gbps, char *text, size_t size)
{
	if (gbps > 0)
		(void)snprintf(text, size, "%.1f", gbps);
	else
		(void)snprintf(text, size, "-");
	return text;
}

/* "47.50", what all devices of the node move at once, and "95 %" of what its type can. */
static void print_sum(FILE *out, const struct eg_survey_node *node)
{
	char sum[24] = "-", share[24] = "-";

	if (node->sum_gbps > 0)
		(void)snprintf(sum, sizeof(sum), "%.2f", node->sum_gbps / 8);
	if (node->sum_gbps > 0 && node->line_gbps > 0)
		(void)snprintf(share, sizeof(share), "%.0f %%",
			       node->sum_gbps / node->line_gbps * 100);
	fprintf(out, "%9s  %7s  ", sum, share);
}

static void print_why(FILE *out, const struct eg_seat *seat)
{
	const struct eg_ready *ready = &seat->ready;

	if (seat->state == EG_SEAT_ABSENT)
		fprintf(out, "EG408 not met");
	else if (seat->state == EG_SEAT_MET)
		fprintf(out, "EG408 met but not ready");
	else if (seat->state == EG_SEAT_LOST)
		fprintf(out, "EG408 its process ended");
	else if (ready->finding_count)
		fprintf(out, "%s %s", ready->findings[0].id, ready->findings[0].text);
	if (ready->finding_count > 1)
		fprintf(out, " (+%u)", ready->finding_count - 1u);
	fputc('\n', out);
}

static int name_width(const struct eg_session_view *view)
{
	size_t width = strlen("NODE");

	for (uint32_t i = 0; i < view->session->count; i++) {
		if (strlen(view->session->nodes[i]) > width)
			width = strlen(view->session->nodes[i]);
	}
	return (int)width;
}

void eg_survey_table_print(FILE *out, const struct eg_session_view *view,
			   const struct eg_survey_node *nodes)
{
	int width = name_width(view);

	fprintf(out, "%-*s  %-7s  %7s  %10s  %10s  %10s  %9s  %7s  %s\n", width, "NODE", "VERDICT",
		"DEVICES", "ALONE", "TOGETHER", "SLOWEST", "ALL GB/s", "OF LINE",
		"WHY (rates: Gb/s a device)");
	for (uint32_t i = 0; i < view->session->count; i++) {
		const struct eg_seat *seat = &view->seats[i];
		enum eg_outcome outcome = seat->state == EG_SEAT_READY
						  ? (enum eg_outcome)seat->ready.outcome
						  : EG_UNKNOWN;
		char alone[24], together[24], slowest[24];

		fprintf(out, "%-*s  %-7s  %7u  %10s  %10s  %10s  ", width, view->session->nodes[i],
			eg_outcome_name(outcome), seat->ready.devices,
			figure(nodes[i].alone_gbps, alone, sizeof(alone)),
			figure(nodes[i].together_gbps, together, sizeof(together)),
			figure(nodes[i].slowest_gbps, slowest, sizeof(slowest)));
		print_sum(out, &nodes[i]);
		print_why(out, seat);
	}
	for (size_t i = 0; i < view->findings->count; i++) {
		const struct eg_traffic_finding *one = &view->findings->list[i];

		if (one->node == EG_NODE_ALL)
			fprintf(out, "%s %s: %s\n", one->finding.id,
				eg_outcome_name(one->finding.outcome), one->finding.text);
	}
	fprintf(out, "%s\n", view->verdict->line);
}

/* The floor of @type from all its devices' rates alone; 0: too few. */
static unsigned int floor_of(const struct eg_session_view *view, const char *type, float *list)
{
	const struct eg_speeds *speeds = &view->conduct->speeds;
	size_t count = 0;

	for (size_t i = 0; i < speeds->count; i++) {
		const struct eg_offer *offer = view->conduct->offers[speeds->list[i].reader];

		if (offer && !strcmp(offer->instance_type, type))
			list[count++] = speeds->list[i].alone_gbps;
	}
	return count < FLOOR_DEVICES_MIN ? 0 : (unsigned int)(FLOOR_SHARE * median(list, count));
}

/* Has a node before @index this type? */
static bool is_said(const struct eg_session_view *view, uint32_t index, const char *type)
{
	for (uint32_t i = 0; i < index; i++) {
		const struct eg_offer *offer = view->conduct->offers[i];

		if (offer && !strcmp(offer->instance_type, type))
			return true;
	}
	return false;
}

void eg_survey_floors_print(FILE *out, const struct eg_session_view *view)
{
	EG_CLEANUP(eg_free)
	float *list = calloc(view->conduct->speeds.count + 1, sizeof(*list));
	unsigned int said = 0;

	for (uint32_t i = 0; list && i < view->session->count; i++) {
		const struct eg_offer *offer = view->conduct->offers[i];
		unsigned int floor;

		if (!offer || !offer->instance_type[0] || is_said(view, i, offer->instance_type))
			continue;
		floor = floor_of(view, offer->instance_type, list);
		if (floor)
			fprintf(out, "%s%s=%u",
				said++ ? " " : "speed_floors = ", offer->instance_type, floor);
	}
	fputs(said ? "\n"
		   : "no floor can be suggested: fewer than 8 devices of a known type "
		     "were measured\n",
	      out);
}
