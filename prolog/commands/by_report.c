/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/by_report.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "prolog/commands/usage.h"

static const struct option long_options[] = {
	{ "report", required_argument, NULL, 'r' },	  { "apply", no_argument, NULL, 'a' },
	{ "config", required_argument, NULL, 'c' },	  { "help", no_argument, NULL, 'h' },
	{ "trust-user-reports", no_argument, NULL, 't' }, { NULL, 0, NULL, 0 },
};

static void say_refused(void *context, const char *text)
{
	const struct eg_by_report_command *command = context;

	fprintf(stderr, "efagate %s: refused: %s\n", command->name, text);
}

/*
 * 0, EG_EXIT_USAGE after a line, or -1 when help was printed. @ret_paths holds
 * the reports: those of --report and, as in "--report *.json", what follows.
 */
static int parse(int argc, char **argv, const struct eg_by_report_command *command,
		 struct eg_by_report *ret, const char **ret_paths)
{
	int option, rc = 0, count = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (option == 'h') {
			command->print_help();
			return -1;
		}
		if (option == 'r')
			ret_paths[count++] = optarg;
		else if (option == 'a')
			ret->apply = true;
		else if (option == 't' && command->may_trust_users)
			ret->proofs.trust_users = true;
		else if (option == 'c')
			ret->config_path = optarg;
		else
			rc = eg_usage_bad_option(command->name, option, argv);
	}
	if (!rc && !count && command->needs_report)
		rc = eg_usage_refuse(command->name, "no --report given");
	if (!rc && optind < argc && !count)
		rc = eg_usage_refuse(command->name, "'%s' is too much", argv[optind]);
	while (!rc && optind < argc)
		ret_paths[count++] = argv[optind++];
	return rc;
}

int64_t eg_by_report_deadline(const struct eg_by_report *by)
{
	return eg_deadline_in(by->config.scontrol_timeout_ms);
}

/* What the site keeps, when nothing is named. */
static int add_default(struct eg_by_report *by)
{
	char path[EG_CONFIG_PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/reports", by->config.state_dir);
	if (by->config.report_dir[0])
		strcpy(path, by->config.report_dir);
	return access(path, F_OK) ? 0 : eg_proofs_add_path(&by->proofs, path);
}

static int load(struct eg_by_report *by, const char *const *paths, struct eg_err *err)
{
	int rc = eg_config_load(by->config_path, &by->config, err);

	by->proofs.policy = &by->config.policy;
	if (rc >= 0 && !paths[0])
		rc = add_default(by);
	for (size_t i = 0; rc >= 0 && paths[i]; i++)
		rc = eg_proofs_add_path(&by->proofs, paths[i]);
	return rc;
}

static int act(struct eg_by_report *by, const struct eg_by_report_command *command)
{
	struct eg_err err = { 0 };

	eg_slurm_init(&by->config, getenv("SLURM_CONF"), &by->slurm);
	/* scontrol, without a TZ in its environment, prints the machine's local time. */
	(void)unsetenv("TZ");
	if ((!command->asks_slurm || command->asks_slurm(by)) &&
	    eg_slurm_read_nodes(&by->slurm, eg_by_report_deadline(by), &by->nodes, &err)) {
		fprintf(stderr, "efagate %s: %s; %s\n", command->name, err.text, command->nothing);
		return EG_BY_REPORT_NOT_DONE;
	}
	command->run(by);
	if (fflush(stdout) || ferror(stdout))
		by->not_done++;
	return by->not_done || by->proofs.refused ? EG_BY_REPORT_NOT_DONE : 0;
}

int eg_by_report_main(int argc, char **argv, const struct eg_by_report_command *command)
{
	EG_CLEANUP(eg_free) const char **paths = calloc((size_t)argc + 1, sizeof(*paths));
	struct eg_by_report by = { .proofs.refuse = say_refused };
	struct eg_err err = { .text = "out of memory" };
	int rc = EG_BY_REPORT_NOT_DONE;

	by.proofs.context = (void *)(uintptr_t)command;
	if (paths)
		rc = parse(argc, argv, command, &by, paths);
	if (!paths || rc)
		return rc < 0 ? 0 : rc;
	rc = load(&by, paths, &err);
	if (rc < 0) {
		fprintf(stderr, "efagate %s: %s; %s\n", command->name,
			rc == -ENOMEM ? "out of memory" : err.text, command->nothing);
		rc = EG_BY_REPORT_NOT_DONE;
	} else {
		rc = act(&by, command);
	}
	eg_proofs_done(&by.proofs);
	eg_slurm_nodes_done(&by.nodes);
	return rc;
}
