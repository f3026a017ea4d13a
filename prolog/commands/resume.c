/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/verdict/reason.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/usage.h"
#include "prolog/config.h"
#include "prolog/gate/proofs.h"
#include "prolog/gate/slurm.h"

#define EXIT_NOT_DONE 2

struct resume {
	const char *config_path; /* NULL: the default */
	bool apply;
	struct eg_config config;
	struct eg_proofs proofs;
	struct eg_slurm slurm;
	struct eg_slurm_nodes nodes;
	size_t ours, not_done;
};

static int print_help(void)
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
	return 0;
}

static void say_refused(const char *text)
{
	fprintf(stderr, "efagate resume: refused: %s\n", text);
}

static const struct option long_options[] = {
	{ "report", required_argument, NULL, 'r' },
	{ "apply", no_argument, NULL, 'a' },
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* As in drain.c: 0, EG_EXIT_USAGE after a line, or -1 when help was printed. */
static int parse(int argc, char **argv, struct resume *ret, const char **ret_paths)
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
		else if (option == 'c')
			ret->config_path = optarg;
		else
			rc = eg_usage_bad_option("resume", option, argv);
	}
	if (!rc && optind < argc && !count)
		rc = eg_usage_refuse("resume", "'%s' is too much", argv[optind]);
	while (!rc && optind < argc)
		ret_paths[count++] = argv[optind++];
	return rc;
}

static int64_t call_deadline(const struct resume *resume)
{
	return eg_deadline_in(resume->config.scontrol_timeout_ms);
}

static const struct eg_proof *proof_of(const struct resume *resume, const char *node)
{
	for (size_t i = 0; i < resume->proofs.count; i++) {
		if (!strcmp(resume->proofs.list[i].node, node))
			return &resume->proofs.list[i];
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
	if (!proof || proof->time < node->reason_time)
		return "no report since";
	if (!proof->passes)
		return "its newest report is no pass";
	if (is_of_traffic(node->reason) && !proof->had_traffic)
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

static void say_done(struct resume *resume, const char *node, const char *what, int rc,
		     const struct eg_err *err)
{
	if (!rc) {
		printf("%s: %s\n", node, what);
		return;
	}
	resume->not_done++;
	printf("%s: not %s: %s\n", node, what, err->text);
}

static void bring_back(struct resume *resume, const struct eg_slurm_node *node)
{
	const struct eg_proof *proof = proof_of(resume, node->name);
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
	if (!resume->apply) {
		printf("%s: would be %s\nscontrol update nodename=%s state=resume\n", node->name,
		       what, node->name);
		return;
	}
	rc = eg_slurm_resume(&resume->slurm, node->name, call_deadline(resume), &err);
	say_done(resume, node->name, what, rc, &err);
}

/* A reboot ends the drain, not its reason. */
static void clear_reason(struct resume *resume, const struct eg_slurm_node *node)
{
	char what[EG_SLURM_REASON_MAX + 64];
	struct eg_err err = { 0 };
	int rc;

	(void)snprintf(what, sizeof(what), "cleared, in service with a stale reason: %s",
		       node->reason);
	if (!resume->apply) {
		printf("%s: would be %s\nscontrol update nodename=%s reason=\"\"\n", node->name,
		       what, node->name);
		return;
	}
	rc = eg_slurm_clear_reason(&resume->slurm, node->name, call_deadline(resume), &err);
	say_done(resume, node->name, what, rc, &err);
}

static int run(struct resume *resume)
{
	struct eg_err err = { 0 };

	eg_slurm_init(&resume->config, getenv("SLURM_CONF"), &resume->slurm);
	/* scontrol, without a TZ in its environment, prints the machine's local time. */
	(void)unsetenv("TZ");
	if (eg_slurm_read_nodes(&resume->slurm, call_deadline(resume), &resume->nodes, &err)) {
		fprintf(stderr, "efagate resume: %s; nothing was done\n", err.text);
		return EXIT_NOT_DONE;
	}
	for (size_t i = 0; i < resume->nodes.count; i++) {
		const struct eg_slurm_node *node = &resume->nodes.list[i];

		if (!eg_reason_is_ours(node->reason))
			continue;
		resume->ours++;
		if (node->out_of_service)
			bring_back(resume, node);
		else
			clear_reason(resume, node);
	}
	if (!resume->ours)
		printf("no node was drained by efagate\n");
	if (fflush(stdout) || ferror(stdout))
		resume->not_done++;
	return resume->not_done || resume->proofs.refused ? EXIT_NOT_DONE : 0;
}

/* What the site keeps, when nothing is named. */
static int add_default(struct resume *resume)
{
	char path[EG_CONFIG_PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/reports", resume->config.state_dir);
	if (resume->config.report_dir[0])
		strcpy(path, resume->config.report_dir);
	if (access(path, F_OK))
		return 0;
	return eg_proofs_add_path(&resume->proofs, path, say_refused);
}

static int load(struct resume *resume, const char *const *paths, struct eg_err *err)
{
	int rc = eg_config_load(resume->config_path, &resume->config, err);

	if (rc >= 0 && !paths[0])
		rc = add_default(resume);
	for (size_t i = 0; rc >= 0 && paths[i]; i++)
		rc = eg_proofs_add_path(&resume->proofs, paths[i], say_refused);
	return rc;
}

int eg_cmd_resume(int argc, char **argv)
{
	EG_CLEANUP(eg_free) const char **paths = calloc((size_t)argc + 1, sizeof(*paths));
	struct resume resume = { 0 };
	struct eg_err err = { .text = "out of memory" };
	int rc = EXIT_NOT_DONE;

	if (paths)
		rc = parse(argc, argv, &resume, paths);
	if (!paths || rc)
		return rc < 0 ? 0 : rc;
	rc = load(&resume, paths, &err);
	if (rc < 0) {
		fprintf(stderr, "efagate resume: %s; nothing was done\n",
			rc == -ENOMEM ? "out of memory" : err.text);
		rc = EXIT_NOT_DONE;
	} else {
		rc = run(&resume);
	}
	eg_proofs_done(&resume.proofs);
	eg_slurm_nodes_done(&resume.nodes);
	return rc;
}
