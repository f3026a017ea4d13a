/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/step_verdict.h"
#include "common/burst/offer.h"

#define STAGE_MEASURED 1 /* later ones only ask whether it works */
#define MORE_MAX 48 /* "(and 65535 more devices)\n" */

struct eg_table_row {
	bool seen;
	struct eg_pci_addr pci;
	char name[EG_DEVICE_NAME_MAX];
	struct eg_rail_result rail;
};

int eg_step_table_init(struct eg_step_table *table, const char *const *nodes, uint32_t count)
{
	const size_t size = (size_t)count * EG_DEVICES_MAX * sizeof(*table->rows);
	/* Pages nobody writes to cost nothing. */
	void *rows = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*table = (struct eg_step_table){ .nodes = nodes, .count = count };
	if (rows == MAP_FAILED)
		return -ENOMEM;
	table->rows = rows;
	return 0;
}

/* A device with two partners: what failed counts over what was measured, that over the rest. */
static bool is_better(const struct eg_table_row *row, const struct eg_rail_result *rail)
{
	return !row->seen || rail->state > row->rail.state ||
	       (rail->state == row->rail.state && !row->rail.alone_ns && rail->alone_ns);
}

void eg_step_table_add(struct eg_step_table *table, uint32_t index, const struct eg_offer *offer,
		       const struct eg_result *result)
{
	if (!table->rows || !offer || result->round != STAGE_MEASURED || index >= table->count)
		return;
	for (uint16_t i = 0; i < result->count; i++) {
		const struct eg_rail_result *rail = &result->rails[i];
		struct eg_table_row *row;

		if (rail->device >= offer->device_count)
			continue;
		row = &table->rows[(size_t)index * EG_DEVICES_MAX + rail->device];
		if (!is_better(row, rail))
			continue;
		row->pci = offer->devices[rail->device].pci;
		memcpy(row->name, offer->devices[rail->device].name, sizeof(row->name));
		row->rail = *rail;
		row->seen = true;
	}
}

struct widths {
	int node, device;
	size_t rows;
};

static struct widths measure(const struct eg_step_table *table)
{
	struct widths widths = { .node = 4, .device = 6 };

	for (size_t i = 0; i < (size_t)table->count * EG_DEVICES_MAX; i++) {
		const int node = (int)strlen(table->nodes[i / EG_DEVICES_MAX]);
		const int device = (int)strlen(table->rows[i].name);

		if (!table->rows[i].seen)
			continue;
		widths.rows++;
		widths.node = node > widths.node ? node : widths.node;
		widths.device = device > widths.device ? device : widths.device;
	}
	return widths;
}

/* "6.8", "-" where nothing was measured: bits a nanosecond are Gb/s. */
static const char *rate(uint64_t bytes, uint64_t ns, char *text, size_t size)
{
	if (!ns)
		return "-";
	(void)snprintf(text, size, "%.1f", (double)bytes * 8 / (double)ns);
	return text;
}

static const char *latency(const struct eg_rail_result *rail, uint32_t ns, char *text, size_t size)
{
	if (!rail->latency_samples)
		return "-";
	(void)snprintf(text, size, "%.1f", (double)ns / 1e3);
	return text;
}

static void print_row(FILE *out, const struct widths *widths, const char *node,
		      const struct eg_table_row *row)
{
	static const char *const words[] = { "not tried", "ok", "failed", "corrupt" };
	const struct eg_rail_result *rail = &row->rail;
	char pci[EG_PCI_ADDR_TEXT], alone[24], together[24], p50[24], p99[24];

	(void)eg_pci_addr_text(row->pci, pci);
	(void)fprintf(out, "%-*s  %-*s  %-12s  %6s  %8s  %8s  %8s  %s%s%s\n", widths->node, node,
		      widths->device, row->name, pci,
		      rate(rail->alone_bytes, rail->alone_ns, alone, sizeof(alone)),
		      rate(rail->together_bytes, rail->together_ns, together, sizeof(together)),
		      latency(rail, rail->latency_p50_ns, p50, sizeof(p50)),
		      latency(rail, rail->latency_p99_ns, p99, sizeof(p99)),
		      rail->state < 4 ? words[rail->state] : "?",
		      rail->state != EG_RAIL_OK && rail->text[0] ? ": " : "",
		      rail->state != EG_RAIL_OK ? rail->text : "");
}

char *eg_step_table_text(const struct eg_step_table *table)
{
	struct widths widths = { 0 };
	size_t shown = 0, good = 0;
	char *text;
	FILE *out;

	if (table->rows)
		widths = measure(table);
	text = widths.rows ? calloc(1, EG_STEP_TEXT_MAX + 1) : NULL;
	out = text ? fmemopen(text, EG_STEP_TEXT_MAX - MORE_MAX, "w") : NULL;
	if (!out) {
		free(text);
		return NULL;
	}
	(void)setvbuf(out, NULL, _IONBF, 0);
	(void)fprintf(out, "%-*s  %-*s  %-12s  %6s  %8s  %8s  %8s  %s\n", widths.node, "NODE",
		      widths.device, "DEVICE", "PCI", "Gb/s", "together", "p50 us", "p99 us",
		      "STATE");
	for (size_t i = 0; i < (size_t)table->count * EG_DEVICES_MAX; i++) {
		if (!table->rows[i].seen)
			continue;
		print_row(out, &widths, table->nodes[i / EG_DEVICES_MAX], &table->rows[i]);
		if (ftell(out) >= EG_STEP_TEXT_MAX - 2 * MORE_MAX - 256)
			break;
		shown++;
		good = (size_t)ftell(out);
	}
	(void)fclose(out);
	text[good] = '\0';
	if (shown < widths.rows)
		(void)sprintf(text + good, "(and %zu more devices)\n", widths.rows - shown);
	return text;
}

void eg_step_table_done(struct eg_step_table *table)
{
	if (table->rows)
		(void)munmap(table->rows,
			     (size_t)table->count * EG_DEVICES_MAX * sizeof(*table->rows));
	table->rows = NULL;
}
