/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/reap.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "common/base/deadline.h"

#define KILL_GRACE_MS 200 /* a killed process is reaped in microseconds unless it is in state D */
#define REAP_STEP_MS 2

bool eg_reap(pid_t pid, int64_t deadline_ms, int *ret_status)
{
	for (;;) {
		pid_t got = waitpid(pid, ret_status, WNOHANG);

		if (got == pid)
			return true;
		if ((got < 0 && errno != EINTR) || !eg_deadline_left(deadline_ms))
			return false;
		eg_sleep_ms(REAP_STEP_MS, deadline_ms);
	}
}

bool eg_kill_and_reap(pid_t pid, int *ret_status)
{
	if (pid <= 1)
		return false;
	(void)kill(-pid, SIGKILL);
	(void)kill(pid, SIGKILL);
	return eg_reap(pid, eg_deadline_in(KILL_GRACE_MS), ret_status);
}
