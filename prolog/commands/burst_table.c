/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <string.h>

#include "common/burst/provider.h"
#include "common/burst/run.h"
#include "common/node/facts.h"
#include "common/verdict/report.h"
#include "prolog/commands/burst.h"
#include "prolog/commands/check_table.h"

static int name_width(const struct eg_node_facts *facts)
{
	size_t width = strlen("DEVICE");

	for (size_t i = 0; i < facts->device_count; i++) {
		if (strlen(facts->devices[i].name) > width)
			width = strlen(facts->devices[i].name);
	}
	return (int)width;
}

/* In the manner of fi_pingpong: 10^6 bytes a second; "-" where nothing was measured. */
static const char *rate_text(uint64_t bytes, uint64_t ns, char *text, size_t size)
{
	if (!ns)
		return "-";
	(void)snprintf(text, size, "%.2f", (double)bytes * 1e3 / (double)ns);
	return text;
}

static const char *usec_text(const struct eg_burst_facts *burst, uint32_t ns, char *text,
			     size_t size)
{
	if (!burst->latency_samples)
		return "-";
	(void)snprintf(text, size, "%.2f", (double)ns / 1e3);
	return text;
}

/* Of one read. */
static size_t bytes_of(const struct eg_provider *provider, const struct eg_burst_facts *burst)
{
	return burst->device_reads ? EG_READ_BYTES : provider->message_bytes;
}

static void print_numbers(FILE *out, const struct eg_burst_options *options,
			  const struct eg_burst_facts *burst)
{
	char alone[24], together[24], p50[24], p99[24];

	fprintf(out, "%-6s  %11" PRIu64 "  %6" PRIu64 "  %7.4fs  %9s  %9s  %8s  %8s\n",
		burst->device_reads ? "device" : "emul.", burst->alone_bytes,
		burst->alone_bytes / bytes_of(options->provider, burst),
		(double)burst->alone_ns / 1e9,
		rate_text(burst->alone_bytes, burst->alone_ns, alone, sizeof(alone)),
		rate_text(burst->together_bytes, burst->together_ns, together, sizeof(together)),
		usec_text(burst, burst->latency_p50_ns, p50, sizeof(p50)),
		usec_text(burst, burst->latency_p99_ns, p99, sizeof(p99)));
}

static void print_device(FILE *out, const struct eg_burst_options *options, int width,
			 const struct eg_device_facts *device)
{
	static const char *const words[] = { "not tried", "not tried", "", "failed", "corrupt" };
	const struct eg_burst_facts *burst = &device->burst;
	char pci[EG_PCI_ADDR_TEXT] = "-", peer[EG_PCI_ADDR_TEXT] = "-";

	if (device->pci_known)
		(void)eg_pci_addr_text(device->pci, pci);
	if (burst->peer_pci_known)
		(void)eg_pci_addr_text(burst->peer_pci, peer);
	fprintf(out, "%-*s  %-12s  %-12s  ", width, device->name[0] ? device->name : "-", pci,
		peer);
	if (burst->state == EG_BURST_OK)
		print_numbers(out, options, burst);
	else if (burst->error[0])
		fprintf(out, "%s: %s\n", words[burst->state], burst->error);
	else
		fprintf(out, "%s\n", words[burst->state]);
}

/* The other node the devices read from; NULL: none has. */
static const char *partner_of(const struct eg_node_facts *facts)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		if (facts->devices[i].burst.peer[0])
			return facts->devices[i].burst.peer;
	}
	return NULL;
}

static void print_title(FILE *out, const struct eg_burst_options *options,
			const struct eg_node_facts *facts)
{
	bool self = options->self;
	const char *partner = self ? NULL : partner_of(facts);

	if (!options->provider->efa)
		fprintf(out, "%s: traffic over %s with %s\n", facts->node, options->provider->name,
			self	  ? "itself"
			: partner ? partner
				  : "nobody");
	else if (!facts->device_count)
		fprintf(out, "%s: no EFA device was seen\n", facts->node);
	else if (!self)
		fprintf(out, "%s: traffic of its %zu EFA device%s with %s\n", facts->node,
			facts->device_count, facts->device_count == 1 ? "" : "s",
			partner ? partner : "nobody");
	else if (facts->device_count == 1)
		fprintf(out, "%s: traffic of its EFA device with itself\n", facts->node);
	else
		fprintf(out, "%s: traffic between its %zu EFA devices\n", facts->node,
			facts->device_count);
}

double eg_burst_together_gbps(const struct eg_node_facts *facts)
{
	double gbps = 0;

	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_burst_facts *burst = &facts->devices[i].burst;

		if (burst->together_ns)
			gbps += (double)burst->together_bytes * 8 / (double)burst->together_ns;
	}
	return gbps;
}

/* All devices at once against what the card of this type can do. */
static void print_together(FILE *out, const struct eg_node_facts *facts)
{
	double gbps = eg_burst_together_gbps(facts), line = facts->instance.expected_gbps;

	if (!(gbps > 0))
		return;
	fprintf(out, "together    %.2f GB/s", gbps / 8);
	if (line > 0)
		fprintf(out, " of the %.2f GB/s of a %s, %.0f %%", line / 8, facts->instance.type,
			gbps / line * 100);
	(void)fputc('\n', out);
}

void eg_burst_table_print(FILE *out, const struct eg_burst_options *options,
			  const struct eg_report *report)
{
	const struct eg_node_facts *facts = &report->facts;
	int width = name_width(facts);

	print_title(out, options, facts);
	if (facts->device_count)
		fprintf(out, "%-*s  %-12s  %-12s  %-6s  %11s  %6s  %8s  %9s  %9s  %8s  %8s\n",
			width, "DEVICE", "PCI", "PEER", "READS", "BYTES", "COUNT", "TIME", "MB/s",
			"TOGETHER", "p50 us", "p99 us");
	for (size_t i = 0; i < facts->device_count; i++)
		print_device(out, options, width, &facts->devices[i]);
	print_together(out, facts);
}

void eg_burst_findings_print(FILE *out, const struct eg_report *report)
{
	for (size_t i = 0; i < report->findings.count; i++)
		eg_check_table_finding(out, NULL, &report->findings.list[i]);
	if (report->findings.dropped)
		fprintf(out, "%zu findings more\n", report->findings.dropped);
	eg_check_table_verdict(out, report);
}
