/* SPDX-License-Identifier: BSD-3-Clause */
#include "quiet_thread.h"

#include <pthread.h>
#include <signal.h>

/* Mostly address space; some of it goes to the program's thread-local variables. */
#define STACK_BYTES (1u << 20)

int se_quiet_thread(void *(*run)(void *), void *argument)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all;
	sigset_t before;
	int rc;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, &attr, run, argument);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return -rc;
}
