/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mark - a file that tells root's own checks of a node that a user's step
 * failed there, and why. A user can make steps fail at will, so it is a
 * reason to look and never one to drain.
 *
 *   /run/efagate/marks/JOB.STEP, root's, mode 0600, one line:
 *   efagate.mark/1 UNIXTIME UID ID (common/base/mark_file.h)
 */
#ifndef EG_SPANK_MARK_H
#define EG_SPANK_MARK_H

#include <stdbool.h>
#include <stdint.h>

#define EG_RUN_DIR "/run/efagate"
#define EG_MARKS_DIR EG_RUN_DIR "/marks"
#define EG_MARKS_MAX 256 /* nobody has read them for long: no more are added */

struct eg_mark {
	uint32_t job, step, uid;
	int64_t time; /* seconds since 1970, UTC */
	const char *id; /* "" none */
};

/*
 * Write it below @dir (EG_MARKS_DIR), whose last two folders are made when
 * missing, the last with mode 0700. As root. A file or link of that name is left as it is.
 * 0, -EEXIST, -EDQUOT with EG_MARKS_MAX there, or -errno.
 */
int eg_mark_write(const char *dir, const struct eg_mark *mark);

/*
 * Does anybody read the marks of this node: is there what only root's gate
 * leaves below @run (EG_RUN_DIR)? Asks as the real user, who is root in every
 * hook on a node, because the folder may be root's alone.
 */
bool eg_mark_has_reader(const char *run);

#endif
