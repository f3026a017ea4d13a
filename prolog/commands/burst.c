/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/burst.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/provider.h"
#include "common/burst/sweep.h"
#include "common/verdict/report.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/compare.h"
#include "prolog/commands/usage.h"
#include "prolog/config.h"

#define SWEEP_DEFAULT_S \
	60 /* also of --compare; 32 devices: 1 s a size, all sizes, and the burst before */
#define SELF_DEFAULT_S 20 /* 32 devices on memory never used before take 6 s to open */
#define LISTEN_DEFAULT_S 60 /* the other command has to be typed */
#define HOST_DEFAULT_S 10 /* the listener may still open its devices */

static int print_help(void)
{
	printf("usage: efagate burst --self [OPTION...]\n"
	       "       efagate burst --listen [OPTION...]   on one node, and on another\n"
	       "       efagate burst HOST [OPTION...]\n"
	       "       efagate burst --compare huge-pages [OPTION...]\n\n"
	       "Moves data between EFA devices with RDMA reads where they have them, else with\n"
	       "messages; checks it; measures latency, each device alone, and all together.\n\n"
	       "  --self               between this node's own devices, through the cards\n"
	       "  --listen             with the devices of the node that connects first\n"
	       "  HOST                 with those of the node that listens at this name or address\n"
	       "  --sweep              and then reads of 64 bytes to 1 MiB, a line a size; between two\n"
	       "                       nodes on both\n"
	       "  --device D           of these the ones of one device, its name or PCI address;\n"
	       "                       with --compare the one that sends, its name\n"
	       "  --compare huge-pages what they bring on this node: messages of 8 to 64 KiB between\n"
	       "                       two devices with and without, by turns, the ratio and its\n"
	       "                       spread; registering memory of either kind; the node should\n"
	       "                       be idle\n"
	       "  --provider NAME      libfabric's: efa (default) or efa-direct; srd: by queue pairs\n"
	       "                       of its own, as gate and steps do; or, to compare with, the\n"
	       "                       same code over tcp or shm\n"
	       "  --port N             of TCP, the same on both (port_first of the configuration)\n"
	       "  --auth munge|key|none  munge: the partner is of the same user or root; key: it\n"
	       "                       has the same key; none, on both: whoever connects first is\n"
	       "                       the partner (default: what the configuration says)\n"
	       "  --auth-key FILE      the key: 32 to 1024 bytes that only this user can read\n"
	       "  --json               this node's report as JSON\n"
	       "  --config FILE        instead of " EG_SYSCONFDIR "/efagate/efagate.conf\n"
	       "  --instance-type T    what this node is, instead of what DMI says\n"
	       "  --timeout SECONDS    give up after this time (%d; %d with --sweep and --compare);\n"
	       "                       with --listen (%d) and HOST (%d) when the partner was not met by then\n"
	       "  -v                   show what libraries print\n\n"
	       "Exit code: 0 pass, 1 warning, 2 fail, 3 unknown, 64 wrong command line.\n",
	       SELF_DEFAULT_S, SWEEP_DEFAULT_S, LISTEN_DEFAULT_S, HOST_DEFAULT_S);
	return 0;
}

enum {
	OPT_SELF = 256,
	OPT_LISTEN,
	OPT_SWEEP,
	OPT_DEVICE,
	OPT_COMPARE,
	OPT_PORT,
	OPT_PROVIDER,
	OPT_AUTH,
	OPT_AUTH_KEY,
	OPT_JSON,
	OPT_CONFIG,
	OPT_TYPE,
	OPT_TIMEOUT
};

static const struct option long_options[] = {
	{ "self", no_argument, NULL, OPT_SELF },
	{ "listen", no_argument, NULL, OPT_LISTEN },
	{ "sweep", no_argument, NULL, OPT_SWEEP },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "compare", required_argument, NULL, OPT_COMPARE },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "provider", required_argument, NULL, OPT_PROVIDER },
	{ "auth", required_argument, NULL, OPT_AUTH },
	{ "auth-key", required_argument, NULL, OPT_AUTH_KEY },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "instance-type", required_argument, NULL, OPT_TYPE },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_auth(const char *word, struct eg_burst_options *ret)
{
	ret->auth = word;
	if (!strcmp(word, "none") || !strcmp(word, "munge") || !strcmp(word, "key"))
		return 0;
	return eg_usage_refuse("burst", "--auth '%s': expected munge, key or none", word);
}

static int take_provider(const char *word, struct eg_burst_options *ret)
{
	ret->provider = eg_provider_find(word);
	if (ret->provider)
		return 0;
	return eg_usage_refuse("burst",
			       "--provider '%s': expected efa, efa-direct, srd, tcp or shm", word);
}

/* 0, or EG_EXIT_USAGE after a line. */
static int take_option(int option, char **argv, struct eg_burst_options *ret)
{
	static const long seconds[] = { 1, 3600 };
	static const long ports[] = { 1, 65535 };

	switch (option) {
	case OPT_SELF:
		ret->self = true;
		return 0;
	case OPT_LISTEN:
		ret->listen = true;
		return 0;
	case OPT_SWEEP:
		ret->with_sweep = true;
		return 0;
	case OPT_DEVICE:
		ret->device = optarg;
		return *optarg ? 0 : eg_usage_refuse("burst", "--device is empty");
	case OPT_COMPARE:
		ret->with_compare = true;
		return strcmp(optarg, "huge-pages")
			       ? eg_usage_refuse("burst", "--compare '%s': expected huge-pages",
						 optarg)
			       : 0;
	case OPT_PORT:
		return eg_usage_number("burst", "--port", optarg, ports, &ret->port);
	case OPT_PROVIDER:
		return take_provider(optarg, ret);
	case OPT_AUTH:
		return take_auth(optarg, ret);
	case OPT_AUTH_KEY:
		ret->auth_key = optarg;
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

static long default_timeout(const struct eg_burst_options *options)
{
	if (options->self)
		return options->with_sweep || options->with_compare ? SWEEP_DEFAULT_S
								    : SELF_DEFAULT_S;
	return options->listen ? LISTEN_DEFAULT_S : HOST_DEFAULT_S;
}

/* It is done on this node alone. */
static int check_compare(const struct eg_burst_options *options)
{
	if (options->listen || options->host)
		return eg_usage_refuse("burst", "--compare is on one node");
	if (options->with_sweep)
		return eg_usage_refuse("burst", "--compare and --sweep exclude each other");
	if (options->provider != eg_provider_efa())
		return eg_usage_refuse("burst", "--compare is over efa");
	return 0;
}

/* With whom? One of three. */
static int check(struct eg_burst_options *options)
{
	if (options->with_compare && check_compare(options))
		return EG_EXIT_USAGE;
	options->self |= options->with_compare;
	if (options->self && options->listen)
		return eg_usage_refuse("burst", "--self and --listen exclude each other");
	if (options->host && !options->host[0])
		return eg_usage_refuse("burst", "the host is empty");
	if (options->host && (options->self || options->listen))
		return eg_usage_refuse("burst", "'%s' is too much", options->host);
	if (!options->host && !options->self && !options->listen)
		return eg_usage_refuse("burst", "with whom? --self, --listen or a host is missing");
	if (options->self && (options->port || options->auth || options->auth_key))
		return eg_usage_refuse("burst", "%s is of no use with --self",
				       options->port   ? "--port"
				       : options->auth ? "--auth"
						       : "--auth-key");
	if (options->device && !options->with_sweep && !options->with_compare)
		return eg_usage_refuse("burst", "--device is of use with --sweep and --compare");
	if (!options->timeout_s)
		options->timeout_s = default_timeout(options);
	return 0;
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
	if (!rc && optind + 1 < argc)
		rc = eg_usage_refuse("burst", "'%s' is too much", argv[optind + 1]);
	if (!rc && optind < argc)
		ret->host = argv[optind];
	return rc ? rc : check(ret);
}

static char *table_text(const struct eg_burst_options *options, const struct eg_report *report)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (options->compare)
		eg_compare_print(out, report->facts.node, options->compare);
	else
		eg_burst_table_print(out, options, report);
	if (options->sweep)
		eg_burst_sweep_print(out, options->sweep);
	eg_burst_findings_print(out, report);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

char *eg_burst_text(const struct eg_burst_options *options, const struct eg_report *report)
{
	return options->json ? eg_burst_json(options, report) : table_text(options, report);
}

static int print(const struct eg_burst_options *options, const struct eg_report *report)
{
	EG_CLEANUP(eg_free) char *text = eg_burst_text(options, report);

	if (!text) {
		fprintf(stderr, "efagate burst: out of memory\n");
		return EG_EXIT_UNKNOWN;
	}
	(void)fputs(text, stdout);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "efagate burst: the result could not be written\n");
		return EG_EXIT_UNKNOWN;
	}
	return eg_outcome_exit_code(eg_findings_outcome(&report->findings));
}

static void run(const struct eg_burst_options *options, const struct eg_config *config,
		struct eg_report *report)
{
	int64_t start_ms = eg_now_ms();

	report->time = (int64_t)time(NULL);
	report->step_id = -1;
	report->uid = -1;
	report->facts.instance.type_source = "";
	strcpy(report->trigger, "burst");
	if (options->compare)
		eg_burst_compare(options, config, report);
	else if (options->self)
		eg_burst_self(options, config, report);
	else
		eg_burst_hand(options, config, report);
	for (size_t i = 0; i < report->facts.device_count; i++)
		(void)snprintf(report->facts.devices[i].burst.provider,
			       sizeof(report->facts.devices[i].burst.provider), "%s",
			       options->provider->name);
	report->duration_ms = (uint32_t)(eg_now_ms() - start_ms);
}

int eg_cmd_burst(int argc, char **argv)
{
	EG_CLEANUP(eg_free) struct eg_report *report = calloc(1, sizeof(*report));
	EG_CLEANUP(eg_free) struct eg_config *config = calloc(1, sizeof(*config));
	EG_CLEANUP(eg_free) struct eg_sweep *sweep = calloc(1, sizeof(*sweep));
	EG_CLEANUP(eg_free) struct eg_compare *compare = calloc(1, sizeof(*compare));
	struct eg_burst_options options = { .provider = eg_provider_efa() };
	struct eg_err err = { 0 };
	int rc = parse(argc, argv, &options);

	if (rc)
		return rc < 0 ? 0 : rc;
	if (!report || !config || !sweep || !compare) {
		fprintf(stderr, "efagate burst: out of memory\n");
		return EG_EXIT_UNKNOWN;
	}
	if (eg_config_load(options.config, config, &err) < 0) {
		fprintf(stderr, "efagate burst: %s; nothing was measured\n", err.text);
		return EG_EXIT_UNKNOWN;
	}
	sweep->only = options.device;
	options.sweep = options.with_sweep ? sweep : NULL;
	options.compare = options.with_compare ? compare : NULL;
	run(&options, config, report);
	return print(&options, report);
}
