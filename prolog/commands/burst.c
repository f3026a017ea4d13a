/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/burst.h"

#include <getopt.h>
#include <stdlib.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/report.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/usage.h"
#include "prolog/config.h"

#define TIMEOUT_DEFAULT_S 20 /* 32 devices on memory never used before take 6 s to open */

static int print_help(void)
{
	printf("usage: efagate burst --self [OPTION...]\n\n"
	       "Moves data between EFA devices with RDMA reads where they have them, else with\n"
	       "messages; checks it; measures latency, each device alone, and all together.\n\n"
	       "  --self               between this node's own devices, through the cards\n"
	       "  --json               the report as JSON\n"
	       "  --config FILE        instead of " EG_SYSCONFDIR "/efagate/efagate.conf\n"
	       "  --instance-type T    what this node is, instead of what DMI says\n"
	       "  --timeout SECONDS    give up after this time (%d)\n"
	       "  -v                   show what libraries print\n\n"
	       "Exit code: 0 pass, 1 warning, 2 fail, 3 unknown, 64 wrong command line.\n",
	       TIMEOUT_DEFAULT_S);
	return 0;
}

enum { OPT_SELF = 256, OPT_JSON, OPT_CONFIG, OPT_TYPE, OPT_TIMEOUT };

static const struct option long_options[] = {
	{ "self", no_argument, NULL, OPT_SELF },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "instance-type", required_argument, NULL, OPT_TYPE },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* 0, or EG_EXIT_USAGE after a line. */
static int take_option(int option, char **argv, struct eg_burst_options *ret)
{
	static const long seconds[] = { 1, 3600 };

	switch (option) {
	case OPT_SELF:
		ret->self = true;
		return 0;
	case OPT_JSON:
		ret->json = true;
		return 0;
	case OPT_CONFIG:
		ret->config = optarg;
		return 0;
	case OPT_TYPE:
		ret->instance_type = optarg;
		return *optarg ? 0 : eg_usage_refuse("burst", "--instance-type is empty");
	case OPT_TIMEOUT:
		return eg_usage_number("burst", "--timeout", optarg, seconds, &ret->timeout_s);
	case 'v':
		ret->verbose = true;
		return 0;
	}
	return eg_usage_bad_option("burst", option, argv);
}

/* 0, EG_EXIT_USAGE after a line, or -1 when help was printed. */
static int parse(int argc, char **argv, struct eg_burst_options *ret)
{
	int option, rc = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, ":vh", long_options, NULL)) != -1) {
		if (option == 'h')
			return print_help() - 1;
		rc = take_option(option, argv, ret);
	}
	if (!rc && optind < argc)
		rc = eg_usage_refuse("burst", "'%s' is too much", argv[optind]);
	if (!rc && !ret->self)
		rc = eg_usage_refuse("burst", "with whom? --self is missing");
	return rc;
}

static int print(const struct eg_burst_options *options, const struct eg_report *report)
{
	EG_CLEANUP(eg_free) char *json = NULL;

	if (options->json) {
		json = eg_report_to_json(report);
		if (!json) {
			fprintf(stderr, "efagate burst: out of memory\n");
			return EG_EXIT_UNKNOWN;
		}
		(void)fputs(json, stdout);
	} else {
		eg_burst_table_print(stdout, report);
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "efagate burst: the result could not be written\n");
		return EG_EXIT_UNKNOWN;
	}
	return eg_outcome_exit_code(eg_findings_outcome(&report->findings));
}

int eg_cmd_burst(int argc, char **argv)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_free) struct eg_config *config = calloc(1, sizeof(*config));
	struct eg_burst_options options = { .timeout_s = TIMEOUT_DEFAULT_S };
	struct eg_err err = { 0 };
	int rc = parse(argc, argv, &options);

	if (rc)
		return rc < 0 ? 0 : rc;
	if (!report || !config) {
		fprintf(stderr, "efagate burst: out of memory\n");
		return EG_EXIT_UNKNOWN;
	}
	if (eg_config_load(options.config, config, &err) < 0) {
		fprintf(stderr, "efagate burst: %s; nothing was measured\n", err.text);
		return EG_EXIT_UNKNOWN;
	}
	eg_burst_self(&options, config, report);
	return print(&options, report);
}
