/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/context.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "prolog/gate/slurm_nodes.h"

static const char *const triggers[] = { "prolog", "epilog", "healthcheck" };

static void set_trigger(const char *program, struct eg_gate *ret)
{
	const char *slash = strrchr(program, '/');
	const char *context = getenv("SLURM_SCRIPT_CONTEXT");

	strcpy(ret->trigger, "prolog");
	if (context && !strncmp(context, "epilog", strlen("epilog")))
		strcpy(ret->trigger, "epilog");
	for (size_t i = 0; i < EG_COUNT(triggers); i++) {
		if (!strcmp(slash ? slash + 1 : program, triggers[i]))
			strcpy(ret->trigger, triggers[i]);
	}
}

/* A number of at most 32 bits, or @otherwise. */
static int64_t number_of(const char *name, int64_t otherwise)
{
	const char *text = getenv(name);
	char *end = NULL;
	unsigned long long value;

	if (!text || !isdigit((unsigned char)text[0]))
		return otherwise;
	value = strtoull(text, &end, 10);
	return *end || value > UINT32_MAX ? otherwise : (int64_t)value;
}

static int set_node(struct eg_gate *ret, struct eg_err *err)
{
	const char *name = getenv("SLURMD_NODENAME");

	if (name && *name)
		(void)snprintf(ret->node, sizeof(ret->node), "%s", name);
	else if (gethostname(ret->node, sizeof(ret->node) - 1) < 0)
		return eg_err_errno(err, errno, "host name");
	/* Slurm names nodes by the short host name. */
	if (!name || !*name)
		ret->node[strcspn(ret->node, ".")] = '\0';
	if (!eg_slurm_name_is_plain(ret->node))
		return eg_err_set(err, EINVAL, "'%.80s' is not the name of one node", ret->node);
	return 0;
}

/* A copy of the first variable that is set. */
static const char *copy_of(const char *name, const char *older)
{
	const char *value = getenv(name);

	if (!value && older)
		value = getenv(older);
	return value && *value ? strdup(value) : NULL;
}

/* What the plugin hands over of --efa-verify. Any user can set it, for his own job. */
static bool is_asked(void)
{
	const char *word = getenv("SPANK_EFA_VERIFY");

	return word && (!strcmp(word, "burst") || !strcmp(word, "full"));
}

int eg_gate_context_init(const char *program, struct eg_gate *ret, struct eg_err *err)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->start_ms = eg_now_ms();
	set_trigger(program, ret);
	ret->job_id = (uint32_t)number_of("SLURM_JOB_ID", 0);
	ret->uid = number_of("SLURM_JOB_UID", -1);
	ret->slurm_conf = copy_of("SLURM_CONF", NULL);
	ret->partition = copy_of("SLURM_JOB_PARTITION", NULL);
	ret->asked = is_asked();
	ret->node_list = copy_of("SLURM_JOB_NODELIST", "SLURM_NODELIST");
	rc = set_node(ret, err);
	if (clearenv() || setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1))
		return eg_err_set(err, ENOMEM, "the environment cannot be set");
	return rc;
}

void eg_gate_context_done(struct eg_gate *gate)
{
	free((char *)(uintptr_t)gate->slurm_conf);
	free((char *)(uintptr_t)gate->node_list);
	free((char *)(uintptr_t)gate->partition);
	gate->slurm_conf = NULL;
	gate->node_list = NULL;
	gate->partition = NULL;
}
