/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/verdict/reason.h"
#include "prolog/commands/by_report.h"
#include "prolog/commands/commands.h"

static void print_help(void)
{
	printf("usage: efagate resume [--report FILE|DIR|-...] [OPTION...]\n\n"
	       "Brings back nodes that efagate drained and that pass now: the newest report of the\n"
	       "node is a pass and younger than the drain. What traffic has found (EG4xx) needs a\n"
	       "pass with traffic. Nodes with any other reason are left alone. A reason of efagate's\n"
	       "that is left on a node in service, as after a reboot, is cleared. Without --apply it\n"
	       "prints what it would do, with the line that does it.\n\n"
	       "  --report FILE|DIR|-  as for efagate drain; without it report_dir, else the\n"
	       "                       node's own reports\n"
	       "  --apply              do it\n"
	       "  --config FILE        instead of " EG_CONFIG_DEFAULT "\n\n"
	       "Exit code: 0, 2 when something could not be done or taken, 64 wrong command line.\n");
}

static const struct eg_proof *proof_of(const struct eg_by_report *by, const char *node)
{
	for (size_t i = 0; i < by->proofs.count; i++) {
		if (!strcmp(by->proofs.list[i].node, node))
			return &by->proofs.list[i];
	}
	return NULL;
}

/* Was this found by traffic? The reason is "efagate EG4...". */
static bool is_of_traffic(const char *reason)
{
	return reason[strlen("efagate EG")] == '4';
}

/* Why this node stays where it is; NULL: it may come back. */
static const char *hindrance(const struct eg_proof *proof, const struct eg_slurm_node *node)
{
	/* That of the drain itself may have been written a second before it. */
	if (proof && !proof->passes)
		return "its newest report is no pass";
	if (!proof || proof->time < node->reason_time)
		return "no report since";
	if (is_of_traffic(node->reason) && proof->traffic_time < node->reason_time)
		return "found by traffic, and passed without any";
	return NULL;
}

/* "same instance", "another instance: i-2, was i-1", or that nobody knows. */
static const char *instance_text(const struct eg_proof *proof, char *text, size_t size)
{
	if (!proof->instance[0] || !proof->accused[0])
		(void)snprintf(text, size, "instance not known");
	else if (!strcmp(proof->instance, proof->accused))
		(void)snprintf(text, size, "same instance");
	else
		(void)snprintf(text, size, "another instance: %s, was %s", proof->instance,
			       proof->accused);
	return text;
}

static void say_done(struct eg_by_report *by, const char *node, const char *what, int rc,
		     const struct eg_err *err)
{
	if (!rc) {
		printf("%s: %s\n", node, what);
		return;
	}
	by->not_done++;
	printf("%s: not %s: %s\n", node, what, err->text);
}

static void bring_back(struct eg_by_report *by, const struct eg_slurm_node *node)
{
	const struct eg_proof *proof = proof_of(by, node->name);
	const char *why = hindrance(proof, node);
	char instance[160], what[EG_SLURM_REASON_MAX + 256];
	struct eg_err err = { 0 };
	int rc = 0;

	if (why) {
		printf("%s: stays: %s: %s\n", node->name, why, node->reason);
		return;
	}
	(void)snprintf(what, sizeof(what), "resumed, passes now, %s: %s",
		       instance_text(proof, instance, sizeof(instance)), node->reason);
	if (!by->apply) {
		printf("%s: would be %s\nscontrol update nodename=%s state=resume reason=none\n",
		       node->name, what, node->name);
		return;
	}
	rc = eg_slurm_resume(&by->slurm, node->name, eg_by_report_deadline(by), &err);
	say_done(by, node->name, what, rc, &err);
}

/* A reboot ends the drain, not its reason. */
static void clear_reason(struct eg_by_report *by, const struct eg_slurm_node *node)
{
	char what[EG_SLURM_REASON_MAX + 64];
	struct eg_err err = { 0 };
	int rc;

	(void)snprintf(what, sizeof(what), "cleared, in service with a stale reason: %s",
		       node->reason);
	if (!by->apply) {
		printf("%s: would be %s\nscontrol update nodename=%s reason=none\n", node->name,
		       what, node->name);
		return;
	}
	rc = eg_slurm_clear_reason(&by->slurm, node->name, eg_by_report_deadline(by), &err);
	say_done(by, node->name, what, rc, &err);
}

static void run(struct eg_by_report *by)
{
	size_t ours = 0;

	for (size_t i = 0; i < by->nodes.count; i++) {
		const struct eg_slurm_node *node = &by->nodes.list[i];

		if (!eg_reason_is_ours(node->reason))
			continue;
		ours++;
		if (node->out_of_service)
			bring_back(by, node);
		else
			clear_reason(by, node);
	}
	if (!ours)
		printf("no node was drained by efagate\n");
}

static const struct eg_by_report_command command = {
	.name = "resume",
	.print_help = print_help,
	.nothing = "nothing was done",
	.run = run,
};

int eg_cmd_resume(int argc, char **argv)
{
	return eg_by_report_main(argc, argv, &command);
}
