/* SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>
#include <string.h>

#include "prolog/commands/commands.h"

static const struct eg_command table[] = {
	{ "check", eg_cmd_check, "this node without traffic: devices in every layer, host" },
	{ "burst", eg_cmd_burst, "traffic between EFA devices: latency, bandwidth, checked data" },
	{ "survey", eg_cmd_survey,
	  "in a step of Slurm: traffic between all its nodes, one report" },
	{ "gate", eg_cmd_gate, "Prolog, Epilog and HealthCheckProgram of Slurm" },
	{ "report", eg_cmd_report, "what saved reports say" },
	{ "top", eg_cmd_top, "what the EFA devices of this node do now, from their counters" },
	{ "drain", eg_cmd_drain, "drain the nodes that reports prove bad" },
	{ "resume", eg_cmd_resume, "bring back what efagate drained and what passes now" },
	{ "replay", eg_cmd_replay, "judge a saved report again, print the difference" },
	{ "explain", eg_cmd_explain, "what an id means, its causes and what to do" },
	{ "config", eg_cmd_config, "the keys of efagate.conf, and what holds on this node" },
	{ "step-member", eg_cmd_step_member, NULL },
	{ "step-key", eg_cmd_step_key, NULL },
	{ NULL, NULL, NULL },
};

const struct eg_command *eg_command_table(void)
{
	return table;
}

const struct eg_command *eg_command_find(const char *name)
{
	for (const struct eg_command *command = table; command->name; command++) {
		if (command->run && !strcmp(command->name, name))
			return command;
	}
	return NULL;
}
