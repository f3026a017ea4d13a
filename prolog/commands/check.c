/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/node/gather.h"
#include "common/verdict/judge_node.h"
#include "common/verdict/report.h"
#include "prolog/commands/check_learn.h"
#include "prolog/commands/check_promise.h"
#include "prolog/commands/check_since.h"
#include "prolog/commands/check_table.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/gather_child.h"
#include "prolog/commands/gather_config.h"
#include "prolog/commands/job_env.h"
#include "prolog/commands/usage.h"
#include "prolog/config.h"
#include "prolog/gate/slurm_nodes.h"

#define TIMEOUT_DEFAULT_S 10 /* 32 devices and libfabric take below one second */

struct check_options {
	bool json, verbose, learn;
	const char *config; /* NULL: the default file, which may be absent */
	const char *instance_type;
	const char *since; /* path of an earlier report, or NULL */
	long expected_devices, timeout_s, ranks, forks; /* @forks -1: not said */
	struct eg_promise_facts promise;
	struct eg_gather_options gather;
};

static int print_help(void)
{
	printf("usage: efagate check [OPTION...]\n\n"
	       "Looks at this node without traffic: EFA devices in every layer (PCI, driver,\n"
	       "verbs, open, libfabric), huge pages, limits. Changes nothing.\n\n"
	       "  --json               the report as JSON\n"
	       "  --config FILE        instead of " EG_SYSCONFDIR "/efagate/efagate.conf\n"
	       "  --instance-type T    what this node is, instead of what DMI says\n"
	       "  --expect-devices N   fewer is a failure\n"
	       "  --ranks N            ranks of a job on this node: are there huge pages for them\n"
	       "  --forks N            children of a rank at the same time (forks_per_rank)\n"
	       "  --kubernetes LIST    compare with what Kubernetes offers here or gave a pod:\n"
	       "                       vpc.amazonaws.com/efa=N,hugepages-2Mi=SIZE, either or both\n"
	       "  --idle               no job runs here: huge pages in use are left over\n"
	       "  --learn              keep the number of devices seen as that of this instance\n"
	       "  --since FILE         counters that moved since this earlier report of the node\n"
	       "  --timeout SECONDS    give up after this time (%d)\n"
	       "  --no-fabric          do not ask libfabric\n"
	       "  -v                   show where the time goes, and what libraries print\n\n"
	       "Exit code: 0 pass, 1 warning, 2 fail, 3 unknown, 64 wrong command line.\n",
	       TIMEOUT_DEFAULT_S);
	return 0;
}

enum {
	OPT_JSON = 256,
	OPT_CONFIG,
	OPT_TYPE,
	OPT_DEVICES,
	OPT_TIMEOUT,
	OPT_NO_FABRIC,
	OPT_LEARN,
	OPT_RANKS,
	OPT_FORKS,
	OPT_IDLE,
	OPT_SINCE,
	OPT_KUBERNETES
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "instance-type", required_argument, NULL, OPT_TYPE },
	{ "expect-devices", required_argument, NULL, OPT_DEVICES },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "no-fabric", no_argument, NULL, OPT_NO_FABRIC },
	{ "learn", no_argument, NULL, OPT_LEARN },
	{ "ranks", required_argument, NULL, OPT_RANKS },
	{ "forks", required_argument, NULL, OPT_FORKS },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "kubernetes", required_argument, NULL, OPT_KUBERNETES },
	{ "idle", no_argument, NULL, OPT_IDLE },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_promise(struct check_options *ret)
{
	struct eg_err err = { 0 };

	if (!eg_check_promise_parse(optarg, &ret->promise, &err))
		return 0;
	return eg_usage_refuse("check", "--kubernetes: %s", err.text);
}

/* 0, or EG_EXIT_USAGE after a line. */
static int take_option(int option, char **argv, struct check_options *ret)
{
	static const long devices[] = { 1, 64 }, seconds[] = { 1, 3600 };
	static const long ranks[] = { 1, 65536 }, forks[] = { 0, 1024 };

	switch (option) {
	case OPT_JSON:
		ret->json = true;
		return 0;
	case OPT_CONFIG:
		ret->config = optarg;
		return 0;
	case OPT_TYPE:
		ret->instance_type = optarg;
		return *optarg ? 0 : eg_usage_refuse("check", "--instance-type is empty");
	case OPT_DEVICES:
		return eg_usage_number("check", "--expect-devices", optarg, devices,
				       &ret->expected_devices);
	case OPT_TIMEOUT:
		return eg_usage_number("check", "--timeout", optarg, seconds, &ret->timeout_s);
	case OPT_NO_FABRIC:
		ret->gather.ask_fabric = false;
		return 0;
	case OPT_RANKS:
		return eg_usage_number("check", "--ranks", optarg, ranks, &ret->ranks);
	case OPT_FORKS:
		return eg_usage_number("check", "--forks", optarg, forks, &ret->forks);
	case OPT_SINCE:
		ret->since = optarg;
		return 0;
	case OPT_KUBERNETES:
		return take_promise(ret);
	case OPT_IDLE:
		ret->gather.is_idle = true;
		return 0;
	case OPT_LEARN:
		ret->learn = true;
		return 0;
	case 'v':
		ret->verbose = true;
		return 0;
	}
	return eg_usage_bad_option("check", option, argv);
}

/* 0, EG_EXIT_USAGE after a line, or -1 when help was printed. */
static int parse(int argc, char **argv, struct check_options *ret)
{
	int option, rc = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":vh", long_options, NULL)) != -1) {
		if (option == 'h')
			return print_help() - 1;
		rc = take_option(option, argv, ret);
	}
	if (!rc && optind < argc)
		rc = eg_usage_refuse("check", "'%s' is too much", argv[optind]);
	return rc;
}

/* What the command line says goes over what the configuration says. */
static void set_expectations(const struct eg_config *config, struct check_options *options)
{
	struct eg_gather_options *gather = &options->gather;

	eg_gather_configure(config, gather);
	gather->ranks = (uint32_t)options->ranks;
	if (options->forks >= 0)
		gather->forks_per_rank = (uint32_t)options->forks;
	if (options->instance_type)
		eg_gather_say_type(options->instance_type, gather);
	if (options->expected_devices)
		gather->expected_devices = (uint32_t)options->expected_devices;
}

/* With CAP_IPC_LOCK the kernel does not ask for the limit of locked memory. */
static bool may_lock_any(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &header, data) &&
	       (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK));
}

/* A limit that does not bind this process says nothing about the one of jobs. */
static void judge(const struct check_options *options, struct eg_report *report)
{
	report->facts.promise = options->promise;
	if (may_lock_any())
		report->facts.memlock_measured = false;
	eg_job_env_read(&report->facts.job);
	eg_judge_node(&report->facts, &report->findings);
}

/* Slurm's name of this node, which a task is told and which need not be the host's; or NULL. */
static const char *name_of_slurm(void)
{
	const char *name = getenv("SLURMD_NODENAME");

	return name && eg_slurm_name_is_plain(name) ? name : NULL;
}

static void measure(const struct check_options *options, struct eg_report *report)
{
	int64_t start_ms = eg_now_ms();
	struct eg_gather_child child = {
		.options = &options->gather,
		.deadline_ms = eg_deadline_in(options->timeout_s * 1000),
		.timeout_ms = options->timeout_s * 1000,
		.show_talk = options->verbose,
	};

	report->time = (int64_t)time(NULL);
	report->step_id = -1;
	report->uid = -1;
	strcpy(report->trigger, "check");
	if (eg_gather_child_run(&child, report))
		judge(options, report);
	report->duration_ms = (uint32_t)(eg_now_ms() - start_ms);
}

static int print(const struct check_options *options, const struct eg_report *report)
{
	EG_CLEANUP(eg_free) char *json = NULL;
	int rc = 0;

	if (options->json) {
		json = eg_report_to_json(report);
		if (!json) {
			fprintf(stderr, "efagate check: out of memory\n");
			return EG_EXIT_UNKNOWN;
		}
		(void)fputs(json, stdout);
	} else {
		eg_check_table_print(stdout, report);
		if (options->since)
			rc = eg_check_since(stdout, options->since, report);
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "efagate check: the result could not be written\n");
		return EG_EXIT_UNKNOWN;
	}
	return rc ?: eg_outcome_exit_code(eg_findings_outcome(&report->findings));
}

int eg_cmd_check(int argc, char **argv)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_free) struct eg_config *config = calloc(1, sizeof(*config));
	const char *sysfs = secure_getenv("SYSFS_PATH");
	struct check_options options = {
		.timeout_s = TIMEOUT_DEFAULT_S,
		.forks = -1,
		.gather = { .sysfs = sysfs ? sysfs : "/sys",
			    .node = name_of_slurm(),
			    .ask_fabric = true },
	};
	struct eg_err err = { 0 };
	int rc = parse(argc, argv, &options);

	if (rc)
		return rc < 0 ? 0 : rc;
	if (!report || !config) {
		fprintf(stderr, "efagate check: out of memory\n");
		return EG_EXIT_UNKNOWN;
	}
	if (eg_config_load(options.config, config, &err) < 0) {
		fprintf(stderr, "efagate check: %s; nothing was checked\n", err.text);
		return EG_EXIT_UNKNOWN;
	}
	set_expectations(config, &options);
	/* Nothing else shows them. */
	options.gather.no_counters = !options.json && !options.since;
	/* What is learned anew is not judged by what was learned before. */
	if (options.learn)
		options.gather.state_dir = NULL;
	measure(&options, report);
	if (options.verbose)
		eg_check_table_times(stderr, report);
	rc = print(&options, report);
	return options.learn ? eg_check_learn(config->state_dir, report) : rc;
}
