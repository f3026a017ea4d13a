/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * efagate step-key: the key of one step's session, for the plugin, which is
 * root and hands it to the step's helper, which is not. One record comes back
 * through descriptor 3: with go its line is the key in hex, else it says why
 * there is none.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/base/step_verdict.h"
#include "common/burst/hex.h"
#include "common/burst/key_file.h"
#include "prolog/commands/commands.h"
#include "prolog/config.h"

#define RESULT_FD 3
#define WRITE_MS 500

struct step_key {
	struct eg_key_use use;
	const char *config; /* NULL: the default file */
};

static const struct option known[] = {
	{ "job", required_argument, NULL, 'j' },
	{ "step", required_argument, NULL, 's' },
	{ "uid", required_argument, NULL, 'u' },
	{ "config", required_argument, NULL, 'c' },
	{ NULL, 0, NULL, 0 },
};

static bool take_number(uint32_t *ret)
{
	char *end = NULL;
	unsigned long value = strtoul(optarg, &end, 10);

	*ret = (uint32_t)value;
	return optarg[0] >= '0' && optarg[0] <= '9' && !*end && value <= UINT32_MAX;
}

static bool parse(int argc, char **argv, struct step_key *ret)
{
	unsigned int numbers = 0;
	bool good = true;
	int option;

	optind = 0;
	opterr = 0;
	while (good && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		numbers += option != 'c';
		if (option == 'j')
			good = take_number(&ret->use.job);
		else if (option == 's')
			good = take_number(&ret->use.step);
		else if (option == 'u')
			good = take_number(&ret->use.uid);
		else if (option == 'c')
			ret->config = optarg;
		else
			good = false;
	}
	return good && optind == argc && numbers == 3;
}

static int derive(const struct step_key *step, char *text, struct eg_err *err)
{
	EG_CLEANUP(eg_free) struct eg_config *config = calloc(1, sizeof(*config));
	uint8_t key[EG_MAC_BYTES];
	int rc;

	if (!config)
		return eg_err_set(err, ENOMEM, "out of memory");
	rc = eg_config_load(step->config, config, err);
	if (rc)
		return rc;
	if (strcmp(config->auth, "key") != 0)
		return eg_err_set(err, EINVAL,
				  "plugstack.conf says auth=key, efagate.conf auth = %s",
				  config->auth);
	rc = eg_key_file_derive(config->auth_key, &step->use, key, err);
	if (!rc)
		(void)eg_hex_put(text, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return rc;
}

int eg_cmd_step_key(int argc, char **argv)
{
	struct step_key step = { .config = NULL };
	struct eg_step_verdict record;
	struct eg_err err = { 0 };
	char text[2 * EG_MAC_BYTES + 1] = "";
	int rc;

	if (!parse(argc, argv, &step)) {
		fprintf(stderr, "efagate step-key: --job, --step and --uid are expected\n");
		return EG_EXIT_USAGE;
	}
	rc = derive(&step, text, &err);
	eg_step_verdict_init(&record, rc ? err.text : text);
	record.go = !rc;
	rc = eg_fd_write_until(RESULT_FD, &record, sizeof(record), eg_deadline_in(WRITE_MS)) || rc;
	explicit_bzero(&record, sizeof(record));
	explicit_bzero(text, sizeof(text));
	return rc ? EG_EXIT_UNKNOWN : 0;
}
