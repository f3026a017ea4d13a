/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/stats_table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRANSMITS_PER_CENT 1
#define LINE_MAX_BYTES 256

static const char end_word[] = "end\n";

long eg_stats_message(const char *token, const char *node, const struct eg_counts *counts,
		      char *ret, size_t size)
{
	size_t length = (size_t)snprintf(ret, size, "%s %s\n", token, node);

	for (size_t i = 0; i < counts->count && length < size; i++) {
		const struct eg_counted_device *device = &counts->devices[i];

		length += (size_t)snprintf(ret + length, size - length, "%s", device->name);
		for (int k = 0; k < EG_COUNTED_COUNT && length < size; k++)
			length += (size_t)snprintf(ret + length, size - length, " %" PRIu64,
						   device->counts[k]);
		if (length < size)
			length += (size_t)snprintf(ret + length, size - length, "\n");
	}
	if (length < size)
		length += (size_t)snprintf(ret + length, size - length, "%s", end_word);
	return length < size ? (long)length : -ENAMETOOLONG;
}

/* A name as it may stand on a terminal: @size counts the final 0. */
static const char *take_name(const char *at, char end, char *ret, size_t size)
{
	size_t length = 0;

	for (; at[length] && at[length] != end; length++) {
		if (at[length] <= ' ' || at[length] > '~' || length + 1 >= size)
			return NULL;
		ret[length] = at[length];
	}
	ret[length] = '\0';
	return at[length] == end && length ? at + length + 1 : NULL;
}

static const char *take_device(const char *at, struct eg_counted_device *ret)
{
	at = take_name(at, ' ', ret->name, sizeof(ret->name));
	for (int k = 0; at && k < EG_COUNTED_COUNT; k++) {
		char *end = NULL;

		errno = 0;
		ret->counts[k] = strtoull(at, &end, 10);
		if (errno || *at < '0' || *at > '9' ||
		    *end != (k + 1 < EG_COUNTED_COUNT ? ' ' : '\n'))
			return NULL;
		at = end + 1;
	}
	return at;
}

bool eg_stats_parse(const char *text, const char *token, struct eg_stats_node *ret)
{
	const size_t length = strlen(token);

	if (strncmp(text, token, length) != 0 || text[length] != ' ')
		return false;
	text = take_name(text + length + 1, '\n', ret->name, sizeof(ret->name));
	ret->counts.count = 0;
	while (text && strcmp(text, end_word) != 0) {
		if (ret->counts.count == EG_COUNTED_DEVICES_MAX)
			return false;
		text = take_device(text, &ret->counts.devices[ret->counts.count++]);
	}
	return text != NULL;
}

static int compare_nodes(const void *a, const void *b)
{
	/* n2 before n10. */
	return strverscmp(((const struct eg_stats_node *)a)->name,
			  ((const struct eg_stats_node *)b)->name);
}

static uint64_t moved(const struct eg_counted_device *device)
{
	return device->counts[EG_COUNTED_TX_BYTES] + device->counts[EG_COUNTED_RX_BYTES];
}

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return one < other ? -1 : one > other;
}

/* The median of the node's other devices; 0 where there are fewer than two. */
static uint64_t median_of_others(const struct eg_counts *counts, size_t own)
{
	uint64_t numbers[EG_COUNTED_DEVICES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < counts->count; i++) {
		if (i != own)
			numbers[count++] = moved(&counts->devices[i]);
	}
	if (count < 2)
		return 0;
	qsort(numbers, count, sizeof(numbers[0]), compare_numbers);
	return numbers[count / 2];
}

/* What is unusual about a device, "" nothing. */
static const char *remark(const struct eg_counts *counts, size_t index)
{
	const struct eg_counted_device *device = &counts->devices[index];
	const uint64_t *of = device->counts;

	if (of[EG_COUNTED_ERRORS])
		return "! errors";
	if (of[EG_COUNTED_TIMEOUTS])
		return "! retransmit timeouts";
	if (of[EG_COUNTED_RETRANSMITS] * 100 > of[EG_COUNTED_PACKETS] * RETRANSMITS_PER_CENT)
		return "! retransmits";
	if (moved(device) < median_of_others(counts, index) / 2)
		return "! less than its siblings";
	return "";
}

/* "1.3 GB" of 10^9 bytes. */
static const char *size_text(uint64_t bytes, char text[16])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 999.95 && unit < 6) {
		value /= 1000;
		unit++;
	}
	(void)snprintf(text, 16, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return text;
}

static void print_device(const struct eg_stats_node *node, size_t index, const int widths[2],
			 void (*out)(const char *line))
{
	const struct eg_counted_device *device = &node->counts.devices[index];
	const uint64_t *of = device->counts;
	char line[LINE_MAX_BYTES], sent[16], received[16];
	size_t length;

	(void)snprintf(line, sizeof(line),
		       "%-*s  %-*s  %9s  %9s  %11" PRIu64 "  %9" PRIu64 "  %9" PRIu64 "  %8" PRIu64
		       "  %6" PRIu64 "  %s",
		       widths[0], node->name, widths[1], device->name,
		       size_text(of[EG_COUNTED_TX_BYTES], sent),
		       size_text(of[EG_COUNTED_RX_BYTES], received), of[EG_COUNTED_PACKETS],
		       of[EG_COUNTED_RDMA], of[EG_COUNTED_RETRANSMITS], of[EG_COUNTED_TIMEOUTS],
		       of[EG_COUNTED_ERRORS], remark(&node->counts, index));
	length = strlen(line);
	while (length && line[length - 1] == ' ')
		line[--length] = '\0';
	out(line);
}

/* Of both names, wide enough for all. False without a single row. */
static bool measure(const struct eg_stats_node *nodes, size_t count, int widths[2])
{
	size_t rows = 0;

	widths[0] = 4;
	widths[1] = 6;
	for (size_t i = 0; i < count; i++) {
		const int width = (int)strlen(nodes[i].name);

		rows += nodes[i].counts.count;
		widths[0] = width > widths[0] ? width : widths[0];
		for (size_t k = 0; k < nodes[i].counts.count; k++) {
			const int name = (int)strlen(nodes[i].counts.devices[k].name);

			widths[1] = name > widths[1] ? name : widths[1];
		}
	}
	return rows > 0;
}

void eg_stats_print(struct eg_stats_node *nodes, size_t count, void (*out)(const char *line))
{
	char line[LINE_MAX_BYTES];
	int widths[2];

	if (!measure(nodes, count, widths))
		return;
	qsort(nodes, count, sizeof(*nodes), compare_nodes);
	(void)snprintf(line, sizeof(line), "%-*s  %-*s  %9s  %9s  %11s  %9s  %9s  %8s  %6s",
		       widths[0], "NODE", widths[1], "DEVICE", "SENT", "RECEIVED", "PACKETS",
		       "RDMA OPS", "RETRANS", "TIMEOUTS", "ERRORS");
	out(line);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < nodes[i].counts.count; k++)
			print_device(&nodes[i], k, widths, out);
	}
}
