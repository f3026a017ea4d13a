/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/node/gather.h"
#include "common/node/pci_kept.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "prolog/commands/gather_child.h"
#include "prolog/commands/gather_config.h"
#include "prolog/gate/burst.h"
#include "prolog/gate/context.h"
#include "prolog/gate/decide.h"
#include "prolog/gate/marks.h"
#include "prolog/gate/state.h"
#include "prolog/log.h"

static void judge(struct eg_report *report)
{
	/* This process's own limit is slurmd's, not the job's. */
	report->facts.memlock_measured = false;
	eg_findings_clear(&report->findings);
	eg_judge_node(&report->facts, &report->findings);
}

/* Once more with libfabric, which takes 0.3 s to answer. */
static void look_at_all(struct eg_gather_child *child, struct eg_report *report)
{
	EG_CLEANUP(eg_free) struct eg_report *whole = calloc(1, sizeof(*whole));
	struct eg_gather_options options = *child->options;

	if (!whole)
		return;
	options.ask_fabric = true;
	child->options = &options;
	if (eg_gather_child_run(child, whole)) {
		eg_node_facts_copy(&report->facts, &whole->facts);
		judge(report);
		return;
	}
	for (size_t i = 0; i < whole->findings.count; i++) {
		struct eg_finding_spec spec = {
			.id = whole->findings.list[i].id,
			.outcome = EG_UNKNOWN,
		};

		eg_findings_add(&report->findings, &spec, "libfabric: %s",
				whole->findings.list[i].text);
	}
}

/* A user's step failed here, or a job's: what was good may not be any more. */
static void take_marks(struct eg_gate *gate)
{
	char line[EG_MARK_LINE_MAX];
	size_t count = eg_marks_take(&gate->config, line);

	if (!count)
		return;
	memset(&gate->pass, 0, sizeof(gate->pass));
	eg_log(LOG_NOTICE, "%s: looked at anew, %zu step%s failed here: '%s'", gate->node, count,
	       count > 1 ? "s" : "", line);
}

static void look_closer(struct eg_gate *gate, struct eg_gather_child *child,
			struct eg_report *report)
{
	const struct eg_config *config = &gate->config;

	judge(report);
	eg_pass_read(config, &report->facts, &gate->pass);
	take_marks(gate);
	if (eg_gate_proof(&report->findings, &config->policy) ||
	    eg_pass_is_fresh(gate->pass.checked, report->time, config->pass_ttl_s) ||
	    eg_gate_burst_is_due(gate, report))
		return;
	gate->pass.checked = 0;
	look_at_all(child, report);
	eg_policy_apply(&config->policy, &report->findings);
	if (eg_findings_outcome(&report->findings) < EG_UNKNOWN)
		gate->pass.checked = report->time;
}

static void start_report(const struct eg_gate *gate, struct eg_report *ret)
{
	eg_report_clear(ret);
	ret->time = (int64_t)time(NULL);
	ret->job_id = gate->job_id;
	ret->step_id = -1;
	ret->uid = gate->uid;
	if (gate->partition && strlen(gate->partition) < sizeof(ret->partition))
		strcpy(ret->partition, gate->partition);
	strcpy(ret->trigger, gate->trigger);
}

void eg_gate_look(struct eg_gate *gate, struct eg_report *ret)
{
	int64_t start_ms = eg_now_ms();
	char kept[EG_CONFIG_PATH_MAX + 8];
	struct eg_gather_options options = { .sysfs = "/sys", .node = gate->node };
	struct eg_gather_child child = {
		.options = &options,
		.timeout_ms = gate->config.gate_timeout_ms,
		.deadline_ms = start_ms + gate->config.gate_timeout_ms,
	};

	eg_gather_configure(&gate->config, &options);
	(void)snprintf(kept, sizeof(kept), "%s/" EG_PCI_KEPT_FILE, gate->config.run_dir);
	/* A folder that users can write to says nothing. */
	if (!eg_state_open(gate->config.run_dir, NULL))
		options.pci_kept = kept;
	start_report(gate, ret);
	if (eg_gather_child_run(&child, ret))
		look_closer(gate, &child, ret);
	eg_policy_apply(&gate->config.policy, &ret->findings);
	if (ret->facts.device_count)
		eg_gate_burst(gate, child.deadline_ms, ret);
	eg_policy_apply(&gate->config.policy, &ret->findings);
	ret->duration_ms = (uint32_t)(eg_now_ms() - start_ms);
}
