/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/slurm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/spawn.h"
#include "prolog/config.h"

#define NODES_BYTES_MAX (32 * 1024 * 1024) /* 700 bytes a node; only touched pages cost memory */
#define ANSWER_BYTES_MAX 4096
/* Slurm 24.11 keeps the reason of a node that is resumed, and takes no empty one; 22.05 does not.
 */
#define NO_REASON "reason=none"
#define WHOLE_MS 7700 /* of a gate; a child that must be ended takes 200 ms more */
#define LEAST_MS 1500 /* for three calls to a slurmctld with time to spare: 0.1 s seen */

static const char *const places[] = { "/usr/bin/scontrol", "/usr/local/bin/scontrol",
				      "/opt/slurm/bin/scontrol" };

void eg_slurm_init(const struct eg_config *config, const char *slurm_conf, struct eg_slurm *ret)
{
	memset(ret, 0, sizeof(*ret));
	(void)snprintf(ret->scontrol, sizeof(ret->scontrol), "%s", config->scontrol);
	for (size_t i = 0; i < EG_COUNT(places) && !ret->scontrol[0]; i++) {
		if (!access(places[i], X_OK))
			strcpy(ret->scontrol, places[i]);
	}
	if (slurm_conf && strlen(slurm_conf) < PATH_MAX)
		(void)snprintf(ret->conf, sizeof(ret->conf), "SLURM_CONF=%s", slurm_conf);
}

int64_t eg_slurm_deadline_ms(int64_t start_ms, int64_t now_ms, uint32_t timeout_ms)
{
	int64_t whole_ms = timeout_ms > WHOLE_MS ? timeout_ms : WHOLE_MS;
	int64_t least_ms = timeout_ms < LEAST_MS ? timeout_ms : LEAST_MS;
	int64_t end_ms = eg_deadline_min(now_ms + timeout_ms, start_ms + whole_ms);

	return end_ms > now_ms + least_ms ? end_ms : now_ms + least_ms;
}

/* Why scontrol did not do it, with the first line it printed. */
static int say_end(const struct eg_slurm *slurm, const struct eg_child_result *result, char *output,
		   struct eg_err *err)
{
	switch (result->end) {
	case EG_CHILD_EXITED:
		if (!result->status)
			return 0;
		output[strcspn(output, "\n")] = '\0';
		return eg_err_set(err, EIO, "'%s' ended with %d: '%.120s'", slurm->scontrol,
				  result->status, output);
	case EG_CHILD_SIGNALED:
		return eg_err_set(err, EIO, "'%s' was ended by signal %d", slurm->scontrol,
				  result->status);
	default:
		return eg_err_set(err, ETIMEDOUT, "'%s' did not end in time", slurm->scontrol);
	}
}

static int run(const struct eg_slurm *slurm, const struct eg_spawn *spawn, char *output,
	       size_t size, struct eg_err *err)
{
	struct eg_child_result result = { 0 };
	int rc;

	if (!slurm->scontrol[0])
		return eg_err_set(err, ENOENT,
				  "scontrol not found in /usr/bin, /usr/local/bin, /opt/slurm/bin");
	rc = eg_spawn_run(spawn, output, size, &result, err);
	if (!rc)
		rc = say_end(slurm, &result, output, err);
	if (!rc && result.cut)
		rc = eg_err_set(err, E2BIG, "'%s' printed more than %zu bytes", slurm->scontrol,
				size - 1);
	return rc;
}

int eg_slurm_read_nodes(const struct eg_slurm *slurm, int64_t deadline_ms,
			struct eg_slurm_nodes *ret, struct eg_err *err)
{
	EG_CLEANUP(eg_free) char *output = malloc(NODES_BYTES_MAX);
	const char *const argv[] = {
		slurm->scontrol, "--all", "--oneliner", "show", "nodes", NULL
	};
	const char *const env[] = { slurm->conf[0] ? slurm->conf : NULL, NULL };
	struct eg_spawn spawn = { .argv = argv, .env = env, .deadline_ms = deadline_ms };
	int rc;

	if (!output)
		return eg_err_set(err, ENOMEM, "out of memory");
	rc = run(slurm, &spawn, output, NODES_BYTES_MAX, err);
	if (!rc && eg_slurm_nodes_parse(output, ret, err) < 0)
		rc = eg_err_prefix(err, "'%s' show nodes", slurm->scontrol);
	return rc;
}

static int update(const struct eg_slurm *slurm, const char *const *words, int64_t deadline_ms,
		  struct eg_err *err)
{
	const char *const argv[] = {
		slurm->scontrol, "update", words[0], words[1], words[2], NULL
	};
	const char *const env[] = { slurm->conf[0] ? slurm->conf : NULL, NULL };
	struct eg_spawn spawn = { .argv = argv, .env = env, .deadline_ms = deadline_ms };
	char output[ANSWER_BYTES_MAX];

	return run(slurm, &spawn, output, sizeof(output), err);
}

int eg_slurm_drain(const struct eg_slurm *slurm, const struct eg_slurm_node *node,
		   const char *state, int64_t deadline_ms, struct eg_err *err)
{
	char name[300], word[32], reason[EG_SLURM_REASON_MAX + 16];
	const char *const words[] = { name, word, reason };

	if (!eg_slurm_name_is_plain(node->name))
		return eg_err_set(err, EINVAL, "'%.80s' is not the name of one node", node->name);
	(void)snprintf(name, sizeof(name), "nodename=%s", node->name);
	(void)snprintf(word, sizeof(word), "state=%s", state);
	(void)snprintf(reason, sizeof(reason), "reason=%s", node->reason);
	return update(slurm, words, deadline_ms, err);
}

int eg_slurm_resume(const struct eg_slurm *slurm, const char *node, int64_t deadline_ms,
		    struct eg_err *err)
{
	char name[300];
	const char *const words[] = { name, "state=resume", NO_REASON };

	if (!eg_slurm_name_is_plain(node))
		return eg_err_set(err, EINVAL, "'%.80s' is not the name of one node", node);
	(void)snprintf(name, sizeof(name), "nodename=%s", node);
	return update(slurm, words, deadline_ms, err);
}

int eg_slurm_clear_reason(const struct eg_slurm *slurm, const char *node, int64_t deadline_ms,
			  struct eg_err *err)
{
	char name[300];
	const char *const words[] = { name, NO_REASON, NULL };

	if (!eg_slurm_name_is_plain(node))
		return eg_err_set(err, EINVAL, "'%.80s' is not the name of one node", node);
	(void)snprintf(name, sizeof(name), "nodename=%s", node);
	return update(slurm, words, deadline_ms, err);
}
