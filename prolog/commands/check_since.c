/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/check_since.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/node/counters.h"
#include "common/verdict/report.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/report_file.h"

static int refuse(const char *why)
{
	fprintf(stderr, "efagate check: --since: %s\n", why);
	return EG_EXIT_UNKNOWN;
}

static const struct eg_device_facts *find(const struct eg_node_facts *facts,
					  const struct eg_device_facts *wanted)
{
	for (size_t i = 0; i < facts->device_count; i++) {
		const struct eg_device_facts *device = &facts->devices[i];

		if (device->pci_known && !eg_pci_addr_compare(device->pci, wanted->pci))
			return device;
	}
	return NULL;
}

/* The number of lines. */
static size_t print_device(FILE *out, const struct eg_device_facts *before,
			   const struct eg_device_facts *after)
{
	struct eg_counter moved[EG_COUNTERS_MAX];
	char text[EG_PCI_ADDR_TEXT];
	bool restarted;
	size_t count = eg_counters_difference(before, after, moved, EG_COUNTERS_MAX, &restarted);

	(void)eg_pci_addr_text(after->pci, text);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "counter     %s %s +%" PRIu64 "\n", text, moved[i].name,
			moved[i].value);
	if (restarted)
		fprintf(out, "counter     %s started anew: the driver was reloaded\n", text);
	return count + restarted;
}

int eg_check_since(FILE *out, const char *path, const struct eg_report *now)
{
	EG_CLEANUP(eg_free) struct eg_report *then = calloc(1, sizeof(*then));
	struct eg_err err = { .text = "out of memory" };
	size_t lines = 0;

	if (!then || eg_report_file_read(path, then, &err) < 0)
		return refuse(err.text);
	if (!then->facts.boot_id[0] || strcmp(then->facts.boot_id, now->facts.boot_id) != 0)
		return refuse("the report is of another boot or node");
	for (size_t i = 0; i < now->facts.device_count; i++) {
		const struct eg_device_facts *after = &now->facts.devices[i];
		const struct eg_device_facts *before =
			after->pci_known ? find(&then->facts, after) : NULL;

		if (before)
			lines += print_device(out, before, after);
	}
	if (!lines)
		fprintf(out, "counter     none has moved\n");
	return 0;
}
