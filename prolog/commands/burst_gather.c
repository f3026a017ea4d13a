/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/node/gather.h"
#include "common/verdict/report.h"
#include "prolog/commands/burst.h"
#include "prolog/commands/gather_child.h"
#include "prolog/config.h"

const char *eg_burst_sysfs(void)
{
	const char *sysfs = secure_getenv("SYSFS_PATH");

	return sysfs ? sysfs : "/sys";
}

bool eg_burst_gather(const struct eg_burst_options *options, const struct eg_config *config,
		     const char *node, int64_t deadline_ms, struct eg_report *report)
{
	struct eg_gather_options gather = {
		.sysfs = eg_burst_sysfs(),
		.node = node,
		.expected_devices = config->expected_devices,
	};
	struct eg_gather_child child = {
		.options = &gather,
		.deadline_ms = deadline_ms,
		.timeout_ms = options->timeout_s * 1000,
		.show_talk = options->verbose,
	};

	if (config->instance_type[0]) {
		gather.instance_type = config->instance_type;
		gather.instance_type_source = "config";
	}
	if (options->instance_type) {
		gather.instance_type = options->instance_type;
		gather.instance_type_source = "option";
		/* The configuration's number is of the configuration's type. */
		gather.expected_devices = 0;
	}
	return eg_gather_child_run(&child, report);
}
