/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/top/table.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "prolog/top/sample.h"

#define FRAME_LINES 5 /* title, heading, sum, an empty line, keys */
#define WIDTH_WITH_PCI 100 /* narrower: without the addresses */

#define RED "\033[1;31m"
#define YELLOW "\033[33m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"
#define CLEAR_REST "\033[K"

size_t eg_top_table_room(const struct eg_top_view *view)
{
	if (!view->height)
		return view->after->count;
	return view->height > FRAME_LINES ? view->height - FRAME_LINES : 1;
}

/* "1234", "12.3k", "4.56M": four figures tell enough. */
static const char *short_number(double value, char ret[16])
{
	static const char units[] = " kMGT";
	size_t unit = 0;

	if (value < 0)
		return "-";
	while (value >= 9999.5 && unit + 2 < sizeof(units)) {
		value /= 1000;
		unit++;
	}
	if (!unit)
		(void)snprintf(ret, 16, "%.0f", value);
	else
		(void)snprintf(ret, 16, "%.*f%c", value < 100 ? 1 : 0, value, units[unit]);
	return ret;
}

static const char *gigabytes(double bytes, char ret[16])
{
	if (bytes < 0)
		return "-";
	(void)snprintf(ret, 16, "%.3f", bytes / 1e9);
	return ret;
}

/* One line, cut at the width; @colour, "" for none, goes around it and takes no width. */
static void print_line(FILE *out, const struct eg_top_view *view, const char *colour,
		       const char *line)
{
	int width = view->width ? (int)view->width : 1000;

	if (view->colour && colour[0])
		fprintf(out, "%s%.*s%s", colour, width, line, PLAIN);
	else
		fprintf(out, "%.*s", width, line);
	fprintf(out, "%s\n", view->screen ? CLEAR_REST : "");
}

static bool shows_pci(const struct eg_top_view *view)
{
	return !view->width || view->width >= WIDTH_WITH_PCI;
}

static void print_rates(FILE *out, const struct eg_top_view *view, const char *name,
			const char *pci, const struct eg_top_rates *rates)
{
	char text[7][16], line[256];
	const char *colour = rates->errors > 0 ? RED : rates->retransmits > 0 ? YELLOW : "";

	(void)snprintf(line, sizeof(line), "%-14.14s  %-*.*s%8s %8s %9s %9s %9s %9s %7s", name,
		       shows_pci(view) ? 14 : 0, shows_pci(view) ? 12 : 0, pci,
		       gigabytes(rates->in_bytes, text[0]), gigabytes(rates->out_bytes, text[1]),
		       short_number(rates->in_packets, text[2]),
		       short_number(rates->out_packets, text[3]),
		       short_number(rates->rdma, text[4]),
		       short_number(rates->retransmits, text[5]),
		       short_number(rates->errors, text[6]));
	print_line(out, view, colour, line);
}

static void print_heading(FILE *out, const struct eg_top_view *view)
{
	time_t seconds = (time_t)view->time;
	struct tm parts;
	char when[32] = "", line[400];

	if (localtime_r(&seconds, &parts))
		(void)strftime(when, sizeof(when), "%H:%M:%S", &parts);
	(void)snprintf(line, sizeof(line), "%s  %s  %zu EFA device%s, rates of the last %.1f s",
		       view->node, when, view->after->count, view->after->count == 1 ? "" : "s",
		       (double)(view->after->ns - view->before->ns) / 1e9);
	print_line(out, view, "", line);
	(void)snprintf(line, sizeof(line), "%-14s  %-*s%8s %8s %9s %9s %9s %9s %7s", "DEVICE",
		       shows_pci(view) ? 14 : 0, shows_pci(view) ? "PCI" : "", "IN GB/s",
		       "OUT GB/s", "IN pkt/s", "OUT pkt/s", "RDMA op/s", "RETRANS/s", "ERRORS");
	print_line(out, view, BOLD, line);
}

void eg_top_table_print(FILE *out, const struct eg_top_view *view)
{
	struct eg_top_rates rates, sum = eg_top_rates_unknown;
	size_t room = eg_top_table_room(view);
	char line[160];

	print_heading(out, view);
	for (size_t i = 0; i < view->after->count; i++) {
		const struct eg_top_device *device = &view->after->devices[i];

		eg_top_rates_of(view->before, view->after, i, &rates);
		eg_top_rates_add(&sum, &rates);
		if (i >= view->first && i < view->first + room)
			print_rates(out, view, device->name, device->pci, &rates);
	}
	print_rates(out, view, "all", "", &sum);
	if (!view->screen)
		return;
	print_line(out, view, "", "");
	(void)snprintf(line, sizeof(line), "q quits%s; '-': not counted by this driver or card",
		       room < view->after->count ? ", up and down scroll" : "");
	fprintf(out, "%.*s" CLEAR_REST, (int)view->width, line);
}

static void put_rate(json_t *object, const char *key, double value)
{
	if (value >= 0)
		(void)json_object_set_new(object, key, json_real(value));
}

static json_t *device_json(const struct eg_top_view *view, size_t index)
{
	const struct eg_top_device *device = &view->after->devices[index];
	json_t *object = json_object(), *counters = json_object();
	struct eg_top_rates rates;

	eg_top_rates_of(view->before, view->after, index, &rates);
	(void)json_object_set_new(object, "name", json_string(device->name));
	if (device->pci[0])
		(void)json_object_set_new(object, "pci", json_string(device->pci));
	put_rate(object, "in_bytes_per_second", rates.in_bytes);
	put_rate(object, "out_bytes_per_second", rates.out_bytes);
	put_rate(object, "in_packets_per_second", rates.in_packets);
	put_rate(object, "out_packets_per_second", rates.out_packets);
	put_rate(object, "rdma_operations_per_second", rates.rdma);
	put_rate(object, "retransmits_per_second", rates.retransmits);
	put_rate(object, "errors", rates.errors);
	for (size_t i = 0; i < device->count; i++)
		(void)json_object_set_new(counters, device->counters[i].name,
					  json_integer((json_int_t)device->counters[i].value));
	(void)json_object_set_new(object, "counters", counters);
	return object;
}

void eg_top_json_print(FILE *out, const struct eg_top_view *view)
{
	json_t *root = json_object(), *list = json_array();
	EG_CLEANUP(eg_free) char *text = NULL;

	(void)json_object_set_new(root, "schema", json_string("efagate.top/1"));
	(void)json_object_set_new(root, "node", json_string(view->node));
	(void)json_object_set_new(root, "time", json_integer(view->time));
	(void)json_object_set_new(root, "interval_ms",
				  json_integer((view->after->ns - view->before->ns) / 1000000));
	for (size_t i = 0; i < view->after->count; i++)
		(void)json_array_append_new(list, device_json(view, i));
	(void)json_object_set_new(root, "devices", list);
	text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(root);
	fprintf(out, "%s\n", text ? text : "null");
}
