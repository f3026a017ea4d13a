/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * user_report - this node's JSON report where EFAGATE_REPORT asks for it,
 * written as the user.
 */
#ifndef EG_STEP_USER_REPORT_H
#define EG_STEP_USER_REPORT_H

#include <stddef.h>
#include <stdint.h>

struct eg_err;
struct eg_report;
struct eg_step_options;

/*
 * The node's own file for @pattern: %N is the node, %j the job, %s the step,
 * %% a percent sign; where several nodes would share one name ".NODE" is put
 * behind it. 0, -EINVAL for anything else behind a %, -ENAMETOOLONG.
 */
int eg_user_report_path(const struct eg_step_options *options, char *ret, size_t size,
			struct eg_err *err);

/*
 * Write @report by @deadline_ms, in a child: the folder may be on a server
 * that does not answer. A file that is there is replaced, a link is replaced
 * and not followed. 0 or -errno with the path in @err.
 */
int eg_user_report_write(const struct eg_step_options *options, const struct eg_report *report,
			 int64_t deadline_ms, struct eg_err *err);

#endif
