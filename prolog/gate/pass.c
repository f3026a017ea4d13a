/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/node/facts.h"
#include "prolog/config.h"
#include "prolog/gate/state.h"

#define FIELDS 3

static void make_path(const struct eg_config *config, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/pass", config->run_dir);
}

/* What the file begins with when it is of this boot and instance. */
static int make_key(const struct eg_node_facts *facts, char *ret, size_t size)
{
	return snprintf(ret, size, "efagate.pass/1 %s %s ", facts->boot_id,
			facts->instance.id[0] ? facts->instance.id : "-");
}

void eg_pass_read(const struct eg_config *config, const struct eg_node_facts *facts,
		  struct eg_pass *ret)
{
	char path[EG_CONFIG_PATH_MAX + 8], key[160], text[320];
	int64_t *const fields[FIELDS] = { &ret->checked, &ret->traffic, &ret->tried };
	char *at = text;
	int length = make_key(facts, key, sizeof(key));

	memset(ret, 0, sizeof(*ret));
	make_path(config, path, sizeof(path));
	/* A folder that users can write to says nothing. */
	if (!facts->boot_id[0] || access(path, F_OK) || eg_state_open(config->run_dir, NULL) ||
	    eg_file_read_text(AT_FDCWD, path, text, sizeof(text), NULL) < 0 ||
	    strncmp(text, key, (size_t)length) != 0)
		return;
	at += length;
	for (size_t i = 0; i < FIELDS; i++)
		*fields[i] = strtoll(at, &at, 10);
}

void eg_pass_write(const struct eg_config *config, const struct eg_node_facts *facts,
		   const struct eg_pass *pass)
{
	char path[EG_CONFIG_PATH_MAX + 8], text[320];
	int length = make_key(facts, text, sizeof(text));

	make_path(config, path, sizeof(path));
	(void)snprintf(text + length, sizeof(text) - (size_t)length, "%lld %lld %lld\n",
		       (long long)pass->checked, (long long)pass->traffic, (long long)pass->tried);
	if (facts->boot_id[0] && !eg_state_open(config->run_dir, NULL))
		(void)eg_file_replace(path, text, strlen(text), 0600, NULL);
}

void eg_pass_drop(const struct eg_config *config)
{
	char path[EG_CONFIG_PATH_MAX + 8];

	make_path(config, path, sizeof(path));
	(void)unlink(path);
}

bool eg_pass_is_fresh(int64_t then, int64_t now, uint32_t ttl_s)
{
	return then > 0 && then <= now && now - then < (int64_t)ttl_s;
}
