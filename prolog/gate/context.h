/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * context - which node and job a gate runs for, as slurmd says it.
 */
#ifndef EG_GATE_CONTEXT_H
#define EG_GATE_CONTEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "prolog/config.h"
#include "prolog/gate/pass.h"

struct eg_gate {
	char node[256]; /* a plain name */
	char trigger[16]; /* prolog, epilog, healthcheck */
	uint32_t job_id; /* 0: no job */
	int64_t uid; /* of the job, -1 not said */
	const char *slurm_conf; /* NULL: not said */
	const char *partition; /* of the job, NULL: not said */
	bool asked; /* the job asked for traffic, whatever the age of the pass */
	const char *node_list; /* of the job, compressed, NULL: not said */
	const char *config_path; /* NULL: the default */
	struct eg_config config;
	int64_t start_ms; /* when it began; of a partner that waited, when it was wanted */

	/* What the gate finds on its way. */
	struct eg_pass pass; /* as it is to be kept */
	bool follows; /* a node of a session that others lead: it tells of itself alone */
};

/*
 * Take what is needed from the environment and empty it: nothing of the
 * caller's may steer the libraries (SYSFS_PATH, HWLOC_*, FI_*).
 * @program is argv[0], whose link's name says the trigger. 0 or -errno.
 */
int eg_gate_context_init(const char *program, struct eg_gate *ret, struct eg_err *err);

void eg_gate_context_done(struct eg_gate *gate);

#endif
