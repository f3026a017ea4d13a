/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/burst/offer.h"
#include "common/burst/provider.h"
#include "common/node/gather.h"
#include "common/verdict/report.h"
#include "prolog/commands/burst.h"
#include "prolog/commands/gather_child.h"
#include "prolog/commands/gather_config.h"
#include "prolog/config.h"

const char *eg_burst_sysfs(void)
{
	const char *sysfs = secure_getenv("SYSFS_PATH");

	return sysfs ? sysfs : "/sys";
}

void eg_burst_take_offer(const struct eg_burst_options *options, const struct eg_offer *offer,
			 struct eg_report *report)
{
	struct eg_node_facts *facts = &report->facts;

	if (options->provider->efa)
		return;
	for (uint16_t i = 0; i < offer->device_count; i++) {
		struct eg_device_facts *device = &facts->devices[facts->device_count++];

		*device = (struct eg_device_facts){ .numa_node = -1, .opens = EG_YES };
		memcpy(device->name, offer->devices[i].name, sizeof(device->name));
	}
}

bool eg_burst_gather(const struct eg_burst_options *options, const struct eg_config *config,
		     const char *node, int64_t deadline_ms, struct eg_report *report)
{
	struct eg_gather_options gather = { .sysfs = eg_burst_sysfs(), .node = node };
	struct eg_gather_child child = {
		.options = &gather,
		.deadline_ms = deadline_ms,
		.timeout_ms = options->timeout_s * 1000,
		.show_talk = options->verbose,
	};

	if (!options->provider->efa) {
		(void)gethostname(report->facts.node, sizeof(report->facts.node) - 1);
		if (node)
			(void)snprintf(report->facts.node, sizeof(report->facts.node), "%s", node);
		return true;
	}
	eg_gather_configure(config, &gather);
	if (options->instance_type)
		eg_gather_say_type(options->instance_type, &gather);
	return eg_gather_child_run(&child, report);
}
