/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * worker - a function run in a process of its own, which hands back a fixed
 * number of bytes: a driver that hangs or a library that aborts then hurts
 * that process alone.
 */
#ifndef EG_COMMANDS_WORKER_H
#define EG_COMMANDS_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eg_err;

struct eg_worker {
	/* In the child: fill @ret, which is zeroed. */
	void (*work)(const void *context, void *ret);
	const void *context;
	int64_t deadline_ms; /* point on the monotonic clock: it is killed then */
	bool show_talk; /* leave the libraries their stderr */
};

/*
 * Run @worker and take @size bytes of plain data, without pointers, from it.
 * Before any thread is started. Returns 0 with @ret filled, or with @ret
 * untouched -ETIMEDOUT, -ECHILD with "its process ended: Aborted", or -errno
 * when it could not be started. Blocks until the deadline and 200 ms more at
 * most: a process in state D is left behind.
 */
int eg_worker_run(const struct eg_worker *worker, void *ret, size_t size, struct eg_err *err);

/*
 * What such a child does first, also one that hands back its result in another
 * way: a group of its own, an end with its parent's, and what libraries print
 * on stderr (@show_talk) or nowhere.
 */
void eg_worker_begin(bool show_talk);

#endif
