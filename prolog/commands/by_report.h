/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * by_report - what `efagate drain` and `efagate resume` have in common: the
 * command line, the reports that are believed, Slurm asked.
 */
#ifndef EG_COMMANDS_BY_REPORT_H
#define EG_COMMANDS_BY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prolog/config.h"
#include "prolog/gate/proofs.h"
#include "prolog/gate/slurm.h"

#define EG_BY_REPORT_NOT_DONE 2 /* exit code: something could not be done or taken */

struct eg_by_report {
	const char *config_path; /* NULL: the default */
	bool apply; /* else only say what would be done */
	struct eg_config config;
	struct eg_proofs proofs;
	struct eg_slurm slurm;
	struct eg_slurm_nodes nodes;
	size_t not_done; /* counted by run() */
};

struct eg_by_report_command {
	const char *name; /* "drain" */
	void (*print_help)(void);
	bool needs_report; /* else report_dir, or the node's own reports */
	bool may_trust_users; /* has the option --trust-user-reports */
	const char *nothing; /* "nothing was drained": what a failure is said to end with */
	bool (*asks_slurm)(struct eg_by_report *by); /* NULL: always */
	void (*run)(struct eg_by_report *by);
};

/*
 * Read the command line, configuration and reports, ask Slurm for its nodes
 * where it is to be asked, and run @command, which prints its result on stdout.
 * Returns the exit code. Blocks for scontrol_timeout_ms a call of scontrol.
 */
int eg_by_report_main(int argc, char **argv, const struct eg_by_report_command *command);

/* When the next call of scontrol is to have ended. */
int64_t eg_by_report_deadline(const struct eg_by_report *by);

#endif
