/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * quiet_thread - a thread of the library in a program that does not know of it.
 */
#ifndef SE_QUIET_THREAD_H
#define SE_QUIET_THREAD_H

/* Start a detached thread that takes no signal. Returns 0 or -errno. */
int se_quiet_thread(void *(*run)(void *), void *argument);

#endif
