/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/err.h"
#include "common/verdict/reason.h"
#include "prolog/commands/by_report.h"
#include "prolog/commands/commands.h"
#include "prolog/gate/decide.h"
#include "prolog/gate/proof_judge.h"

/* One node that something is to be said of. */
struct drain {
	struct eg_by_report *by;
	const struct eg_proof *proof;
	struct eg_slurm_node *node; /* as Slurm has it, NULL unknown */
	struct eg_config config; /* as it holds for the partition */
	struct eg_cap cap;
	char reason[EG_REASON_MAX];
};

static void print_help(void)
{
	printf("usage: efagate drain --report FILE|DIR... [OPTION...]\n\n"
	       "Drains the nodes that reports prove bad by a fault of their own, as the gate would:\n"
	       "the section [policy], drain_reason and drain_state of efagate.conf hold, drain_cap\n"
	       "and the keys of the job's partition. Of each node the newest report counts, and none\n"
	       "from before its last boot. What traffic has found (EG402, EG403, EG406) counts until\n"
	       "traffic passes, and drains when a second session agrees (strike_gap_s). A node that\n"
	       "is out of service keeps its reason. Without --apply it prints what it would do, with\n"
	       "the line that does it; of each node that stays it says why.\n\n"
	       "  --report FILE|DIR|-  a report or a survey, a folder's files named *.json, or one on\n"
	       "                       stdin. Taken only when root alone can write to it and to\n"
	       "                       every folder above it\n"
	       "  --trust-user-reports take those that users can have written too\n"
	       "  --apply              drain\n"
	       "  --config FILE        instead of " EG_CONFIG_DEFAULT "\n\n"
	       "Exit code: 0, 2 when something could not be done or taken, 64 wrong command line.\n");
}

/* In the words of a shell: what a report says must not become a command of who pastes the line. */
static void print_quoted(const char *text)
{
	if (!strpbrk(text, "\"\\$`!")) {
		printf("\"%s\"", text);
		return;
	}
	putchar('\'');
	for (; *text; text++)
		*text == '\'' ? (void)fputs("'\\''", stdout) : (void)putchar(*text);
	putchar('\'');
}

/* A node the rules say to drain: done, or said. It then counts for the cap. */
static void drain_node(struct drain *drain)
{
	const char *name = drain->proof->node, *state = drain->config.drain_state;
	struct eg_err err = { 0 };

	strcpy(drain->node->reason, drain->reason);
	drain->node->reason_time = drain->cap.now;
	if (!drain->by->apply) {
		printf("%s: would be drained: %s\n", name, drain->reason);
		printf("scontrol update nodename=%s state=%s reason=", drain->node->name, state);
		print_quoted(drain->reason);
		putchar('\n');
	} else if (!eg_slurm_drain(&drain->by->slurm, drain->node, state,
				   eg_by_report_deadline(drain->by), &err)) {
		printf("%s: drained: %s\n", name, drain->reason);
	} else {
		drain->by->not_done++;
		printf("%s: not drained: %s: %s\n", name, drain->reason, err.text);
	}
}

/* What is proven, held against how the node and the cap stand. */
static void decide(struct drain *drain)
{
	struct eg_slurm_node *node = drain->node;
	const char *name = drain->proof->node;
	struct eg_gate_view view = {
		.proven = true,
		.enforce = true,
		.read = node != NULL,
		.out_of_service = node && node->out_of_service,
		.drained = eg_cap_count(&drain->cap, &drain->by->nodes, node ? node->name : name),
		.cap = eg_cap_limit(&drain->cap, &drain->by->nodes),
	};

	switch (eg_gate_decide(&view)) {
	case EG_GATE_DRAIN:
		drain_node(drain);
		break;
	case EG_GATE_KEEP:
		printf("%s: out of service already, kept: '%s'; found: %s\n", name, node->reason,
		       drain->reason);
		break;
	case EG_GATE_CAPPED:
		drain->by->not_done++;
		printf("%s: not drained: EG903: drain cap reached (%u of %u within %u s): %s\n",
		       name, view.drained, view.cap, drain->cap.window_s, drain->reason);
		break;
	default:
		drain->by->not_done++;
		printf("%s: not drained: Slurm knows no node of this name: %s\n", name,
		       drain->reason);
		break;
	}
}

/* Why what stands against the node does not drain it. */
static void say_why_not(const struct drain *drain, const struct eg_proof_verdict *verdict)
{
	const char *name = drain->proof->node, *id = verdict->claim->finding.id;

	switch (verdict->word) {
	case EG_PROOF_ONE_SESSION:
		printf("%s: not drained: no second session agrees, %u s later or more: %s\n", name,
		       drain->config.strike_gap_s, drain->reason);
		break;
	case EG_PROOF_NOT_ITS_OWN:
		printf("%s: not drained: a fault of no single node: %s\n", name, drain->reason);
		break;
	case EG_PROOF_NOT_TO_DRAIN:
		printf("%s: not drained: %s = %s: %s\n", name, id,
		       eg_policy_word_name(eg_policy_of(&drain->config.policy, id)), drain->reason);
		break;
	default:
		printf("%s: not drained: it could not be told: %s\n", name, drain->reason);
		break;
	}
}

/* The verdict, and the reason that follows from it. */
static void judge(struct drain *drain, int64_t since, struct eg_proof_verdict *ret)
{
	eg_proof_judge(drain->proof, &drain->config, since, ret);
	if (ret->word == EG_PROOF_PROVEN)
		eg_gate_reason(drain->config.drain_reason, &ret->claim->finding, ret->claim->job_id,
			       drain->reason);
	else if (ret->claim)
		eg_reason_text(&ret->claim->finding, ret->claim->job_id, drain->reason);
}

static void handle(struct drain *drain)
{
	struct eg_proof_verdict verdict, older;

	judge(drain, drain->node ? drain->node->boot_time : INT64_MIN, &verdict);
	if (verdict.word == EG_PROOF_PROVEN) {
		decide(drain);
		return;
	}
	if (verdict.claim) {
		say_why_not(drain, &verdict);
		return;
	}
	/* Another boot may be another instance of the same name. */
	judge(drain, INT64_MIN, &older);
	printf("%s: nothing proven%s%s\n", drain->proof->node,
	       older.word == EG_PROOF_PROVEN ? " since it booted; before: " : "",
	       older.word == EG_PROOF_PROVEN ? drain->reason : "");
}

/* The keys that hold for the partition of the job: 0 or -errno. */
static int configure(struct drain *drain, struct eg_err *err)
{
	const char *partition = eg_proof_partition(drain->proof);
	int rc = 0;

	drain->config = drain->by->config;
	if (partition[0])
		rc = eg_config_load_for(drain->by->config_path, partition, &drain->config, err);
	drain->cap.limit = drain->config.drain_cap;
	drain->cap.window_s = drain->config.drain_cap_window_s;
	drain->cap.reason = drain->config.drain_reason;
	return rc;
}

static bool is_anything_proven(struct eg_by_report *by)
{
	struct eg_proof_verdict verdict;

	for (size_t i = 0; i < by->proofs.count; i++) {
		struct drain drain = { .by = by, .proof = &by->proofs.list[i] };

		if (configure(&drain, NULL) < 0)
			continue;
		eg_proof_judge(drain.proof, &drain.config, INT64_MIN, &verdict);
		if (verdict.word == EG_PROOF_PROVEN)
			return true;
	}
	return false;
}

static void say_common(const struct eg_claim *claim)
{
	char reason[EG_REASON_MAX];

	printf("no node drained: a fault of no single node: %s\n",
	       eg_reason_text(&claim->finding, claim->job_id, reason));
}

static void run(struct eg_by_report *by)
{
	struct eg_err err = { 0 };

	for (size_t i = 0; i < by->proofs.common_count; i++)
		say_common(&by->proofs.common[i]);
	for (size_t i = 0; i < by->proofs.count; i++) {
		struct drain drain = {
			.by = by,
			.proof = &by->proofs.list[i],
			.node = eg_slurm_nodes_find(&by->nodes, by->proofs.list[i].node),
			.cap.now = (int64_t)time(NULL),
		};

		if (!configure(&drain, &err)) {
			handle(&drain);
			continue;
		}
		by->not_done++;
		printf("%s: not drained: %s\n", drain.proof->node, err.text);
	}
}

/* Slurm is asked only when there is something to do. */
static const struct eg_by_report_command command = {
	.name = "drain",
	.print_help = print_help,
	.needs_report = true,
	.may_trust_users = true,
	.nothing = "nothing was drained",
	.asks_slurm = is_anything_proven,
	.run = run,
};

int eg_cmd_drain(int argc, char **argv)
{
	return eg_by_report_main(argc, argv, &command);
}
