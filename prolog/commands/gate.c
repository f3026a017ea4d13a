/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * efagate gate: what slurmd runs before a job. Exit code 0 or 1, and 1 makes
 * slurmd drain the node: so only a proven fault of this node gives it, and
 * every mistake in how the gate is set up lets the job run.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/verdict/report.h"
#include "prolog/commands/commands.h"
#include "prolog/gate/act.h"
#include "prolog/gate/burst.h"
#include "prolog/gate/context.h"
#include "prolog/gate/jobs.h"
#include "prolog/gate/look.h"
#include "prolog/gate/state.h"
#include "prolog/log.h"

#define EG_GATE_OFF EG_SYSCONFDIR "/efagate/off"

static int print_help(void)
{
	printf("usage: efagate gate [OPTION...]\n\n"
	       "What slurmd runs as Prolog, Epilog or HealthCheckProgram, there through a link of\n"
	       "that name without arguments: looks at this node, drains it when a fault of its own\n"
	       "is proven and the configuration says mode = enforce. Needs root.\n\n"
	       "  --config FILE        instead of " EG_CONFIG_DEFAULT "\n\n"
	       "Exit code: 1 keeps the job from this node, proven bad; else 0.\n\n"
	       "While " EG_GATE_OFF " exists nothing is looked at. Keys of efagate.conf:\n\n");
	eg_config_print_keys(stdout);
	return 0;
}

/* 0, or -1 after a line. Help is printed by the caller. */
static int parse(int argc, char **argv, struct eg_gate *gate, bool *ret_help)
{
	static const struct option long_options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (option == 'h') {
			*ret_help = true;
			return 0;
		}
		if (option != 'c') {
			eg_log(LOG_ERR, "gate: '%s' is not understood; nothing was checked",
			       argv[optind - 1]);
			return -1;
		}
		gate->config_path = optarg;
	}
	if (optind < argc) {
		eg_log(LOG_ERR, "gate: '%s' is too much; nothing was checked", argv[optind]);
		return -1;
	}
	return 0;
}

/* A descriptor opened later must not become anybody's 0, 1 or 2. */
static void fill_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO && !fcntl(fd, F_SETFD, 0));
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

/* The administrator's word that nothing is to be looked at; said by the health check alone. */
static bool is_off(const struct eg_gate *gate)
{
	if (access(EG_GATE_OFF, F_OK))
		return false;
	if (!strcmp(gate->trigger, "healthcheck"))
		eg_log(LOG_NOTICE, "%s: off by " EG_GATE_OFF "; nothing was checked", gate->node);
	return true;
}

static int run(struct eg_gate *gate)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	struct eg_err err = { 0 };
	int rc;

	if (!report) {
		eg_log(LOG_ERR, "%s: out of memory; nothing was checked", gate->node);
		return 0;
	}
	if (eg_config_load_for(gate->config_path, gate->partition, &gate->config, &err) < 0) {
		eg_log(LOG_ERR, "%s; nothing was checked on %s", err.text, gate->node);
		return 0;
	}
	if (!strcmp(gate->trigger, "prolog"))
		eg_jobs_begin(&gate->config, gate->job_id);
	else if (!strcmp(gate->trigger, "epilog"))
		eg_jobs_end(&gate->config, gate->job_id);
	else
		eg_state_tidy(&gate->config);
	eg_gate_look(gate, report);
	rc = eg_gate_act(gate, report);
	if (!rc)
		eg_gate_leave_partner(gate, report, eg_gate_act);
	return rc;
}

int eg_cmd_gate(int argc, char **argv)
{
	EG_CLEANUP(eg_gate_context_done) struct eg_gate gate = { 0 };
	struct eg_err err = { 0 };
	bool help = false;

	fill_standard_files();
	/* Nobody reading the lines must not end this before the drain. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (eg_gate_context_init(argv[0], &gate, &err)) {
		eg_log(LOG_ERR, "gate: %s; nothing was checked", err.text);
		return 0;
	}
	if (parse(argc, argv, &gate, &help))
		return 0;
	if (help)
		return print_help();
	if (geteuid() != 0) {
		eg_log(LOG_ERR, "gate: only root can look at a node for this; nothing was checked");
		return 0;
	}
	return is_off(&gate) ? 0 : run(&gate);
}
