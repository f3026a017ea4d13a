/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event_pipe - how events reach the program that waits for them on a
 * descriptor: a named pipe for each completion channel and for the asynchronous
 * events of a context, which whoever causes an event writes to.
 */
#ifndef SE_EVENT_PIPE_H
#define SE_EVENT_PIPE_H

#include <stddef.h>
#include <stdint.h>

#define SE_EVENT_PIPES 16 /* of one context */
#define SE_EVENT_PIPE_ASYNC 0 /* the others are completion channels */

/* Make pipe @number of context @id in fabric @dir, for reading. A descriptor, or -errno. */
int se_event_pipe_make(const char *dir, uint32_t id, uint32_t number);

/* Write one event, without waiting; one that does not fit is lost. */
void se_event_pipe_write(const char *dir, uint32_t id, uint32_t number, const void *event,
			 size_t bytes);

/* Remove all pipes of context @id. */
void se_event_pipe_remove(const char *dir, uint32_t id);

#endif
