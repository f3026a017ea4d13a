/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reap - the end of children that were forked, waited for without hanging: a
 * process in state D outlives SIGKILL, and is then given up.
 */
#ifndef EG_BASE_REAP_H
#define EG_BASE_REAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Wait for @pid's end until @deadline_ms on the monotonic clock. True when it
 * has ended, with what waitpid() says in @ret_status; false when it has not,
 * or is no child of ours.
 */
bool eg_reap(pid_t pid, int64_t deadline_ms, int *ret_status);

/* End @pid (above 1) and its group by SIGKILL; blocks for 200 ms at most. False: given up. */
bool eg_kill_and_reap(pid_t pid, int *ret_status);

#endif
