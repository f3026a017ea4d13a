/* SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/verdict/finding.h"
#include "prolog/commands/commands.h"
#include "prolog/commands/usage.h"
#include "prolog/config.h"

static int print_help(void)
{
	printf("usage: efagate config [OPTION...]\n\n"
	       "Reads efagate.conf as the gate does and prints what holds, also by default.\n\n"
	       "  --config FILE     instead of " EG_CONFIG_DEFAULT "\n"
	       "  --partition NAME  what holds for jobs of that partition\n\n"
	       "Exit code: 0, 3 when the file is not right, 64 wrong command line.\n\n"
	       "Keys with their defaults and ranges:\n\n");
	eg_config_print_keys(stdout);
	return 0;
}

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "partition", required_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void print_all(const struct eg_config *config)
{
	const struct eg_id_text *id = eg_id_table();
	char value[EG_CONFIG_PATH_MAX];

	for (const struct eg_config_key *key = eg_config_keys(); key->name; key++)
		printf("%s = %s\n", key->name, eg_config_value(config, key, value));
	printf("\n[policy]\n");
	for (; id->id; id++)
		printf("%s = %s\n", id->id,
		       eg_policy_word_name(eg_policy_of(&config->policy, id->id)));
}

int eg_cmd_config(int argc, char **argv)
{
	const char *path = NULL, *partition = NULL;
	struct eg_config config;
	struct eg_err err = { 0 };
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (option == 'h')
			return print_help();
		if (option == 'c')
			path = optarg;
		else if (option == 'p')
			partition = optarg;
		else
			return eg_usage_bad_option("config", option, argv);
	}
	if (optind < argc)
		return eg_usage_refuse("config", "'%s' is too much", argv[optind]);
	if (eg_config_load_for(path, partition, &config, &err) < 0) {
		fprintf(stderr, "efagate config: %s\n", err.text);
		return EG_EXIT_UNKNOWN;
	}
	print_all(&config);
	return 0;
}
