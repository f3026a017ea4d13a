/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options - what the plugin tells its helper on the command line.
 */
#ifndef EG_STEP_OPTIONS_H
#define EG_STEP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/nodelist.h"

struct eg_err;

enum eg_step_huge_page { EG_STEP_HUGE_PAGE_KEEP, EG_STEP_HUGE_PAGE_AUTO, EG_STEP_HUGE_PAGE_0 };

struct eg_step_options {
	uint32_t job, step, uid;
	uint32_t index, count, ranks;
	uint32_t timeout_ms;
	bool traffic; /* --verify burst or full */
	bool gate; /* root's gate runs on this node */
	bool verbose; /* the note is wanted whole: srun -v */
	bool table; /* --verify full */
	bool start_anyway; /* --on-failure warn */
	enum eg_step_huge_page huge_page;
	const char *user_huge_page; /* FI_EFA_USE_HUGE_PAGE in the job, NULL */
	const char *report; /* EFAGATE_REPORT in the job, NULL */
	uint64_t memlock_bytes; /* of the tasks, UINT64_MAX unlimited */
	bool memlock_binds; /* @memlock_bytes was said */
	const char *provider; /* "FI_PROVIDER=tcp" of the job, which keeps it from efa, NULL */
	const char *library_path; /* LD_LIBRARY_PATH of the job, NULL */
	const char *provider_path; /* FI_PROVIDER_PATH of the job, NULL */
	const char *node, *config; /* config NULL: the default file */
	struct eg_nodelist list; /* of the whole step */
	const char *const *nodes; /* the component's first, in @list */
};

/* 0 or -EINVAL with the option's name in @err. eg_step_options_done() in either case. */
int eg_step_options_parse(int argc, char **argv, struct eg_step_options *ret, struct eg_err *err);

void eg_step_options_done(struct eg_step_options *options);

#endif
