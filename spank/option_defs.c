/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of options; their texts are what --help shows. */
#include "spank/options.h"

static const struct eg_option_def defs[EG_OPTION_COUNT] = {
	[EG_OPTION_VERIFY] = {
		.name = "efa-verify",
		.argument = "verify",
		.variable = "EFAGATE_VERIFY",
		.words = { "off", "check", "burst", "full", NULL },
		.list = "off, check, burst, full",
		.hint = "off|check|burst|full",
		.usage = "start the tasks only on EFA devices that work: check looks at each "
			 "node, burst (also without a word) sends traffic between the nodes, "
			 "full sends it through libfabric and prints each device too",
		.without = EG_VERIFY_BURST,
	},
	[EG_OPTION_ON_FAILURE] = {
		.name = "efa-on-failure",
		.argument = "on_failure",
		.variable = "EFAGATE_ON_FAILURE",
		.words = { "stop", "warn", NULL },
		.list = "stop, warn",
		.hint = "stop|warn",
		.usage = "when --efa-verify finds a fault: stop the step with exit code 75 "
			 "(default), or start it and say so",
		.without = -1,
	},
	[EG_OPTION_HUGE_PAGE] = {
		.name = "efa-huge-page",
		.argument = "huge_page",
		.variable = "EFAGATE_HUGE_PAGE",
		.words = { "auto", "0", "keep", NULL },
		.list = "auto, 0, keep",
		.hint = "auto|0|keep",
		.usage = "FI_EFA_USE_HUGE_PAGE of the tasks: auto sets it to 0 where fork() would "
			 "run out of huge pages, 0 always, keep never; a value of yours stays",
		.without = -1,
	},
	[EG_OPTION_STATS] = {
		.name = "efa-stats",
		.argument = "stats",
		.variable = "EFAGATE_STATS",
		.words = { "off", "on", NULL },
		.list = "off, on",
		.hint = "off|on",
		.usage = "at the end of the step print what the EFA devices of its nodes counted",
		.without = EG_STATS_ON,
	},
};

const struct eg_option_def *eg_option_def(enum eg_option option)
{
	return &defs[option];
}
