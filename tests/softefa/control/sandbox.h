/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sandbox - a fabric that lasts as long as one command: in memory that only its
 * namespaces see, with processes that end with the first of them. However the
 * command ends, the kernel takes all of it away.
 */
#ifndef SE_SANDBOX_H
#define SE_SANDBOX_H

#include <limits.h>

struct se_sandbox {
	char dir[PATH_MAX]; /* the fabric */
	char **options; /* of `node create`, NULL at the end */
	int nodes; /* n1, n2, ... */
};

/*
 * Run @body as the first process of new mount and PID namespaces in which the
 * fabric of @sandbox stands, with all its nodes. Returns its exit code, or says
 * what fails and returns SE_EXIT_FAILED.
 */
int se_sandbox_run(struct se_sandbox *sandbox, int (*body)(struct se_sandbox *, void *),
		   void *argument);

#endif
