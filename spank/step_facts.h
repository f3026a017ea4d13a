/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * step_facts - what Slurm and the job's environment say of a step on a node.
 */
#ifndef EG_SPANK_STEP_FACTS_H
#define EG_SPANK_STEP_FACTS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <slurm/spank.h>

#include "common/base/nodelist.h"
#include "spank/component.h"

#define EG_USER_VALUE_MAX 64
#define EG_USER_PROVIDER_MAX 128

struct eg_err;

struct eg_step_facts {
	uint32_t job, step, node_id, node_count, ranks;
	uid_t uid;
	gid_t gid;
	char node[EG_NODE_NAME_MAX];
	struct eg_component component;
	char user_huge_page[EG_USER_VALUE_MAX]; /* FI_EFA_USE_HUGE_PAGE of the job */
	bool has_user_huge_page;
	char report[PATH_MAX]; /* EFAGATE_REPORT of the job, "" none or no absolute path */
	bool verbose; /* srun -v */
	char memlock[24]; /* the tasks' limit in bytes, "unlimited", "" none that binds them */
	char provider[EG_USER_PROVIDER_MAX]; /* "FI_PROVIDER=tcp", keeps the job from efa; "" */
	char *library_path, *provider_path; /* LD_LIBRARY_PATH, FI_PROVIDER_PATH; NULL not set */
};

/*
 * Read them in user_init: 0, or -errno with the reason in @err and @facts as
 * far as they were read. eg_step_facts_done() in either case.
 */
int eg_step_facts_read(spank_t spank, struct eg_step_facts *facts, struct eg_err *err);

/* Without the nodes: what a step that is not verified needs. */
int eg_step_facts_read_own(spank_t spank, struct eg_step_facts *facts, struct eg_err *err);

void eg_step_facts_done(struct eg_step_facts *facts);

#endif
