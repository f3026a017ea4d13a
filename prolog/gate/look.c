/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/look.h"

#include <string.h>
#include <time.h>

#include "common/base/deadline.h"
#include "common/node/gather.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "prolog/commands/gather_child.h"
#include "prolog/commands/gather_config.h"
#include "prolog/gate/burst.h"
#include "prolog/gate/context.h"

void eg_gate_look(const struct eg_gate *gate, struct eg_report *ret)
{
	int64_t start_ms = eg_now_ms();
	/* libfabric takes 0.3 s to answer and sees no device that verbs does not. */
	struct eg_gather_options options = { .sysfs = "/sys", .node = gate->node };
	struct eg_gather_child child = {
		.options = &options,
		.timeout_ms = gate->config.gate_timeout_ms,
		.deadline_ms = start_ms + gate->config.gate_timeout_ms,
	};

	eg_gather_configure(&gate->config, &options);
	memset(ret, 0, sizeof(*ret));
	ret->time = (int64_t)time(NULL);
	ret->job_id = gate->job_id;
	ret->step_id = -1;
	ret->uid = gate->uid;
	strcpy(ret->trigger, gate->trigger);
	if (eg_gather_child_run(&child, ret)) {
		/* This process's own limit is slurmd's, not the job's. */
		ret->facts.memlock_measured = false;
		eg_judge_node(&ret->facts, &ret->findings);
	}
	if (ret->facts.device_count)
		eg_gate_burst(gate, child.deadline_ms, ret);
	ret->duration_ms = (uint32_t)(eg_now_ms() - start_ms);
}
