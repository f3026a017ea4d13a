/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/check_table.h"

#include <inttypes.h>
#include <string.h>

#include "common/node/facts.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "prolog/terminal.h"

static const char *tri_word(enum eg_tri answer)
{
	static const char *const words[] = {
		[EG_NOT_MEASURED] = "-", [EG_NO] = "no", [EG_YES] = "yes"
	};

	return words[answer];
}

static const char *or_dash(const char *text)
{
	return text[0] ? text : "-";
}

static int name_width(const struct eg_node_facts *facts)
{
	size_t width = strlen("DEVICE");

	for (size_t i = 0; i < facts->device_count; i++) {
		if (strlen(facts->devices[i].name) > width)
			width = strlen(facts->devices[i].name);
	}
	return (int)width;
}

static void print_device(FILE *out, int width, const struct eg_device_facts *device)
{
	char addr[EG_PCI_ADDR_TEXT] = "-", numa[16] = "-", rate[16] = "-";

	if (device->pci_known)
		(void)eg_pci_addr_text(device->pci, addr);
	if (device->numa_node >= 0)
		(void)snprintf(numa, sizeof(numa), "%d", device->numa_node);
	if (device->rate_gbps)
		(void)snprintf(rate, sizeof(rate), "%u", device->rate_gbps);
	fprintf(out, "%-*s  %-12s  %4s  %-6s  %-5s  %-4s  %-6s  %5s\n", width,
		or_dash(device->name), addr, numa,
		device->driver[0] ? device->driver : tri_word(device->has_driver),
		tri_word(device->has_verbs), tri_word(device->opens), tri_word(device->has_fabric),
		rate);
}

static void print_devices(FILE *out, const struct eg_node_facts *facts)
{
	int width = name_width(facts);

	if (!facts->device_count) {
		fprintf(out, "no EFA devices\n");
		return;
	}
	fprintf(out, "%-*s  %-12s  %4s  %-6s  %-5s  %-4s  %-6s  %5s\n", width, "DEVICE", "PCI",
		"NUMA", "DRIVER", "VERBS", "OPEN", "FABRIC", "Gb/s");
	for (size_t i = 0; i < facts->device_count; i++)
		print_device(out, width, &facts->devices[i]);
}

/* A gathering that was given up left the node's name alone. */
static bool has_facts(const struct eg_node_facts *facts)
{
	return facts->device_count || facts->boot_id[0] || facts->huge_pages.measured;
}

static void print_head(FILE *out, const struct eg_node_facts *facts)
{
	const struct eg_instance_facts *instance = &facts->instance;

	fprintf(out, "%s: ", facts->node);
	if (instance->type[0])
		fprintf(out, "%s (%s)", instance->type, instance->type_source);
	else
		fprintf(out, "unknown instance type");
	if (instance->source == EG_EXPECT_NOTHING)
		fprintf(out, ", number of EFA not judged\n");
	else
		fprintf(out, ", %u EFA expected\n", instance->expected_devices);
}

static void print_part(FILE *out, const struct eg_huge_page_part *part)
{
	if (part->numa_node >= 0)
		fprintf(out, "  NUMA %-4d ", part->numa_node);
	else
		fprintf(out, "            ");
	fprintf(out, "%" PRIu64 " of %" PRIu64 " free, %" PRIu64 " KiB each\n", part->free,
		part->total, part->size_kib);
}

static void print_host(FILE *out, const struct eg_node_facts *facts)
{
	const struct eg_huge_page_pool *pool = &facts->huge_pages;

	if (pool->measured)
		fprintf(out, "huge pages  %" PRIu64 " of %" PRIu64 " free, %" PRIu64 " KiB each\n",
			pool->free, pool->total, pool->size_kib);
	if (pool->measured && facts->job.ranks)
		fprintf(out, "demand      %" PRIu64 " huge pages for %u ranks with %u forks each\n",
			eg_judge_huge_page_demand(facts), facts->job.ranks,
			facts->job.forks_per_rank);
	/* One NUMA node with one size is what the line above says. */
	for (size_t i = 0; facts->huge_page_part_count > 1 && i < facts->huge_page_part_count; i++)
		print_part(out, &facts->huge_page_parts[i]);
	if (facts->memlock_measured && facts->memlock_bytes == UINT64_MAX)
		fprintf(out, "memlock     unlimited\n");
	else if (facts->memlock_measured)
		fprintf(out, "memlock     %" PRIu64 " bytes\n", facts->memlock_bytes);
	else
		fprintf(out, "memlock     not measured\n");
}

void eg_check_table_finding(FILE *out, const char *node, const struct eg_finding *finding)
{
	fprintf(out, "%s ", finding->id);
	eg_terminal_outcome(out, finding->outcome);
	if (node)
		fprintf(out, " node %s", node);
	fprintf(out, ": %s", finding->text);
	if (finding->remedy[0])
		fprintf(out, "; %s", finding->remedy);
	fputc('\n', out);
}

void eg_check_table_verdict(FILE *out, const struct eg_report *report)
{
	fprintf(out, "verdict     ");
	eg_terminal_outcome(out, eg_findings_outcome(&report->findings));
	(void)fputc('\n', out);
}

void eg_check_table_print(FILE *out, const struct eg_report *report)
{
	const struct eg_node_facts *facts = &report->facts;

	if (has_facts(facts)) {
		print_head(out, facts);
		print_devices(out, facts);
		print_host(out, facts);
	} else {
		fprintf(out, "%s: nothing was measured\n", facts->node);
	}
	for (size_t i = 0; i < report->findings.count; i++)
		eg_check_table_finding(out, NULL, &report->findings.list[i]);
	if (report->findings.dropped)
		fprintf(out, "%zu findings more\n", report->findings.dropped);
	eg_check_table_verdict(out, report);
}

void eg_check_table_times(FILE *out, const struct eg_report *report)
{
	static const char *const names[] = { "host", "PCI by hwloc", "verbs", "libfabric",
					     "drivers and counters" };
	const struct eg_node_facts *facts = &report->facts;

	fprintf(out, "efagate check: %u ms, of these gathering %u ms", report->duration_ms,
		facts->duration_ms);
	for (size_t i = 0; i < EG_GATHER_PARTS; i++) {
		if (facts->part_us[i])
			fprintf(out, ", %s %.1f ms", names[i], facts->part_us[i] / 1000.0);
	}
	if (facts->waited_ms)
		fprintf(out, ", waited for devices %u ms", facts->waited_ms);
	fputc('\n', out);
}
