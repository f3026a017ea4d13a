/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * helper - the one thread of the library: it runs work requests that must be
 * tried again or late, writes counter files, and holds the lock that shows the
 * process is alive. Without such work it sleeps.
 */
#ifndef SE_HELPER_H
#define SE_HELPER_H

#include <stdbool.h>
#include <stdint.h>

struct se_process;
struct se_local_qp;
struct se_op;

/* Start the thread; it takes @process->alive before this returns. 0 or -errno. */
int se_helper_start(struct se_process *process);

/* Whether the caller is that thread, which may wait for a peer. */
bool se_helper_is_current(void);

/* In a forked child: there is no such thread. */
void se_helper_forget(void);

/* Have the counter files of device @row follow soon. */
void se_helper_counters_moved(uint32_t row);

/* Write the counter files of device @row now, and those of peers whose counters have moved. */
void se_helper_flush(uint32_t row);

/* Make room for the @count requests of a new queue pair. Returns 0 or -ENOMEM. */
int se_helper_reserve(uint32_t count);

/* Run a copy of @op at op->due_ns. False when its queue has no free row. */
bool se_helper_queue(const struct se_op *op);

/* Give all that waits for @qp to @each, after what runs has ended or waits again. */
void se_helper_take(struct se_local_qp *qp, void (*each)(struct se_op *op));

/* Drop all that waits for @qp and its room, and wait until nothing of it runs. */
void se_helper_drop(struct se_local_qp *qp);

#endif
