/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/debt.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/verdict/report.h"
#include "prolog/config.h"
#include "prolog/gate/slurm_nodes.h"
#include "prolog/gate/state.h"

/* slurmd keeps the exit code while slurmctld is away, and tells it when it is back. */
#define LATEST_S 3600
#define CLOCKS_S 60 /* by which the clocks of slurmctld and the node may differ */

static void make_path(const struct eg_config *config, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/undelivered", config->state_dir);
}

static int make_key(const struct eg_report *report, char *ret, size_t size)
{
	const struct eg_node_facts *facts = &report->facts;

	return snprintf(ret, size, "efagate.undelivered/1 %s %s ", facts->boot_id,
			facts->instance.id[0] ? facts->instance.id : "-");
}

void eg_debt_keep(const struct eg_config *config, const struct eg_report *report)
{
	char path[EG_CONFIG_PATH_MAX + 16], text[512];
	int length = make_key(report, text, sizeof(text));

	make_path(config, path, sizeof(path));
	(void)snprintf(text + length, sizeof(text) - (size_t)length, "%lld %s\n",
		       (long long)report->time, report->action.reason);
	if (!eg_state_open(config->state_dir, NULL))
		(void)eg_file_replace(path, text, strlen(text), 0600, NULL);
}

bool eg_debt_read(const struct eg_config *config, const struct eg_report *report,
		  struct eg_debt *ret)
{
	char path[EG_CONFIG_PATH_MAX + 16], key[192], text[512];
	int length = make_key(report, key, sizeof(key));
	char *at = text;

	make_path(config, path, sizeof(path));
	if (access(path, F_OK) || eg_state_open(config->state_dir, NULL) ||
	    eg_file_read_text(AT_FDCWD, path, text, sizeof(text), NULL) < 0 ||
	    strncmp(text, key, (size_t)length) != 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->time = strtoll(text + length, &at, 10);
	(void)snprintf(ret->reason, sizeof(ret->reason), "%.*s", EG_REASON_MAX - 1,
		       at + (*at == ' '));
	return ret->reason[0] != '\0';
}

void eg_debt_clear(const struct eg_config *config)
{
	char path[EG_CONFIG_PATH_MAX + 16];

	make_path(config, path, sizeof(path));
	(void)unlink(path);
}

bool eg_debt_matches(const struct eg_debt *debt, const struct eg_slurm_node *node)
{
	return node->out_of_service && !strcmp(node->reason, "Prolog error") &&
	       node->reason_time >= debt->time - CLOCKS_S &&
	       node->reason_time <= debt->time + LATEST_S;
}

bool eg_debt_is_old(const struct eg_debt *debt, int64_t now)
{
	return now < debt->time - CLOCKS_S || now > debt->time + LATEST_S;
}
