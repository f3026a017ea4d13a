/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/usage.h"
#include "prolog/config.h"
#include "prolog/gate/decide.h"
#include "prolog/gate/proofs.h"
#include "prolog/gate/slurm.h"

#define EXIT_NOT_DONE 2

struct drain {
	const char *config_path; /* NULL: the default */
	bool apply;
	struct eg_config config;
	struct eg_proofs proofs;
	struct eg_slurm slurm;
	struct eg_slurm_nodes nodes;
	struct eg_cap cap;
	size_t not_done;
};

static int print_help(void)
{
	printf("usage: efagate drain --report FILE|DIR... [OPTION...]\n\n"
	       "Drains the nodes that reports prove bad by a fault of their own; of each node the\n"
	       "newest report counts, and none from before its last boot. Without --apply it\n"
	       "prints what it would do, with the line that does it. A node that is out of service keeps its reason, and\n"
	       "drain_cap holds.\n\n"
	       "  --report FILE|DIR|-  a report, a folder's files named *.json, or one report on\n"
	       "                       stdin. Taken only when root alone can write to it and to\n"
	       "                       every folder above it\n"
	       "  --trust-user-reports take those that users can have written too\n"
	       "  --apply              drain\n"
	       "  --config FILE        instead of " EG_CONFIG_DEFAULT "\n\n"
	       "Exit code: 0, 2 when something could not be done or taken, 64 wrong command line.\n");
	return 0;
}

static void say_refused(const char *text)
{
	fprintf(stderr, "efagate drain: refused: %s\n", text);
}

static const struct option long_options[] = {
	{ "report", required_argument, NULL, 'r' },
	{ "apply", no_argument, NULL, 'a' },
	{ "trust-user-reports", no_argument, NULL, 't' },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/*
 * 0, EG_EXIT_USAGE after a line, or -1 when help was printed. @ret_paths holds
 * the reports: those of --report and, as in "--report *.json", what follows.
 */
static int parse(int argc, char **argv, struct drain *ret, const char **ret_paths)
{
	int option, rc = 0, count = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (option == 'h')
			return print_help() - 1;
		if (option == 'r')
			ret_paths[count++] = optarg;
		else if (option == 'a')
			ret->apply = true;
		else if (option == 't')
			ret->proofs.trust_users = true;
		else if (option == 'c')
			ret->config_path = optarg;
		else
			rc = eg_usage_bad_option("drain", option, argv);
	}
	if (!rc && !count)
		rc = eg_usage_refuse("drain", "no --report given");
	while (!rc && optind < argc)
		ret_paths[count++] = argv[optind++];
	return rc;
}

static int64_t call_deadline(const struct drain *drain)
{
	return eg_deadline_in(drain->config.scontrol_timeout_ms);
}

/* A node the rules say to drain: done, or said. @node then counts for the cap. */
static void drain_node(struct drain *drain, const struct eg_proof *proof,
		       struct eg_slurm_node *node)
{
	struct eg_err err = { 0 };

	strcpy(node->reason, proof->reason);
	node->reason_time = drain->cap.now;
	if (!drain->apply) {
		printf("%s: would be drained: %s\n", proof->node, proof->reason);
		printf("scontrol update nodename=%s state=%s reason=\"%s\"\n", proof->node,
		       drain->config.drain_state, proof->reason);
	} else if (!eg_slurm_drain(&drain->slurm, node, drain->config.drain_state,
				   call_deadline(drain), &err)) {
		printf("%s: drained: %s\n", proof->node, proof->reason);
	} else {
		drain->not_done++;
		printf("%s: not drained: %s: %s\n", proof->node, proof->reason, err.text);
	}
}

/* Another boot may be another instance of the same name. */
static bool is_of_this_boot(const struct eg_proof *proof, const struct eg_slurm_node *node)
{
	return !node || proof->time >= node->boot_time;
}

static void handle(struct drain *drain, const struct eg_proof *proof)
{
	struct eg_slurm_node *node = eg_slurm_nodes_find(&drain->nodes, proof->node);
	struct eg_gate_view view = {
		.proven = proof->proven && is_of_this_boot(proof, node),
		.enforce = true,
		.read = node != NULL,
		.out_of_service = node && node->out_of_service,
		.drained =
			eg_cap_count(&drain->cap, &drain->nodes, node ? node->name : proof->node),
		.cap = eg_cap_limit(&drain->cap, &drain->nodes),
	};

	switch (eg_gate_decide(&view)) {
	case EG_GATE_DRAIN:
		drain_node(drain, proof, node);
		break;
	case EG_GATE_KEEP:
		printf("%s: out of service already, kept: '%s'; found: %s\n", proof->node,
		       node->reason, proof->reason);
		break;
	case EG_GATE_CAPPED:
		drain->not_done++;
		printf("%s: not drained: EG903: drain cap reached (%u of %u within %u s): %s\n",
		       proof->node, view.drained, view.cap, drain->cap.window_s, proof->reason);
		break;
	case EG_GATE_UNREAD:
		drain->not_done++;
		printf("%s: not drained: Slurm knows no node of this name: %s\n", proof->node,
		       proof->reason);
		break;
	default:
		printf("%s: nothing proven%s%s\n", proof->node,
		       proof->proven ? " since it booted; before: " : "", proof->reason);
		break;
	}
}

static bool any_proven(const struct eg_proofs *proofs)
{
	for (size_t i = 0; i < proofs->count; i++) {
		if (proofs->list[i].proven)
			return true;
	}
	return false;
}

/* Slurm is asked only when there is something to do. */
static int run(struct drain *drain)
{
	struct eg_err err = { 0 };

	eg_slurm_init(&drain->config, getenv("SLURM_CONF"), &drain->slurm);
	/* scontrol, without a TZ in its environment, prints the machine's local time. */
	(void)unsetenv("TZ");
	drain->cap.limit = drain->config.drain_cap;
	drain->cap.window_s = drain->config.drain_cap_window_s;
	drain->cap.now = (int64_t)time(NULL);
	drain->cap.reason = drain->config.drain_reason;
	if (any_proven(&drain->proofs) &&
	    eg_slurm_read_nodes(&drain->slurm, call_deadline(drain), &drain->nodes, &err)) {
		fprintf(stderr, "efagate drain: %s; nothing was drained\n", err.text);
		return EXIT_NOT_DONE;
	}
	for (size_t i = 0; i < drain->proofs.count; i++)
		handle(drain, &drain->proofs.list[i]);
	if (fflush(stdout) || ferror(stdout))
		drain->not_done++;
	return drain->not_done || drain->proofs.refused ? EXIT_NOT_DONE : 0;
}

int eg_cmd_drain(int argc, char **argv)
{
	EG_CLEANUP(eg_free) const char **paths = calloc((size_t)argc + 1, sizeof(*paths));
	struct drain drain = { 0 };
	struct eg_err err = { .text = "out of memory" };
	int rc = EXIT_NOT_DONE;

	if (paths)
		rc = parse(argc, argv, &drain, paths);
	if (!paths || rc)
		return rc < 0 ? 0 : rc;
	rc = eg_config_load(drain.config_path, &drain.config, &err);
	for (size_t i = 0; rc >= 0 && paths[i]; i++)
		rc = eg_proofs_add_path(&drain.proofs, paths[i], say_refused);
	if (rc < 0) {
		fprintf(stderr, "efagate drain: %s; nothing was drained\n",
			rc == -ENOMEM ? "out of memory" : err.text);
		rc = EXIT_NOT_DONE;
	} else {
		rc = run(&drain);
	}
	eg_proofs_done(&drain.proofs);
	eg_slurm_nodes_done(&drain.nodes);
	return rc;
}
