/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * job_fabric - which libfabric the tasks of a step will load: the one their
 * LD_LIBRARY_PATH leads to, else this node's. The step itself need not load
 * any; so one is asked where somebody reads the answer or the job brings its
 * own, in a child, because it takes 0.3 s and may lie on a server that is away.
 */
#ifndef EG_STEP_JOB_FABRIC_H
#define EG_STEP_JOB_FABRIC_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct eg_step_options;

struct eg_job_fabric_answer {
	uint32_t version; /* FI_VERSION(), 0 not known */
	int32_t devices; /* EFA devices the job's own one offers, -1 not asked or not known */
	bool own; /* the job brings it */
	char path[PATH_MAX]; /* of the job's own one */
};

struct eg_job_fabric {
	pid_t pid; /* of the child, 0 none */
	int fd; /* its answer */
};

/*
 * Start the child, or nothing where nobody wants to know. @site is the path
 * of efagate.conf, NULL: by the loader. The child ends at @deadline_ms.
 * Before any thread is started.
 */
void eg_job_fabric_start(const struct eg_step_options *options, const char *site,
			 int64_t deadline_ms, struct eg_job_fabric *ret);

/* Its answer; all unknown when none comes by @deadline_ms. Once after the start. */
void eg_job_fabric_finish(struct eg_job_fabric *fabric, int64_t deadline_ms,
			  struct eg_job_fabric_answer *ret);

/* The first libfabric.so.1 in @list (as LD_LIBRARY_PATH) into @ret; false when there is none. */
bool eg_job_fabric_find(const char *list, char ret[PATH_MAX]);

#endif
