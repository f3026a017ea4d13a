/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/error_counts.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/node/counters.h"

#define KILL_GRACE_MS 200 /* a killed process is reaped in microseconds unless it is in state D */
#define REAP_STEP_MS 1

_Noreturn static void read_and_exit(const char *sysfs, const struct eg_node_facts *facts,
				    struct eg_error_counts *shared)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < facts->device_count; i++)
		eg_error_counters_read(sysfs, facts->devices[i].name, shared->values[i]);
	shared->known = true;
	_exit(0);
}

static bool reap(pid_t pid, int64_t deadline_ms)
{
	for (;;) {
		pid_t got = waitpid(pid, NULL, WNOHANG);

		if (got == pid)
			return true;
		if ((got < 0 && errno != EINTR) || !eg_deadline_left(deadline_ms))
			return false;
		eg_sleep_ms(REAP_STEP_MS, deadline_ms);
	}
}

void eg_error_counts_take(const char *sysfs, const struct eg_node_facts *facts, int64_t deadline_ms,
			  struct eg_error_counts *ret)
{
	struct eg_error_counts *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = shared == MAP_FAILED ? -1 : fork();

	memset(ret, 0, sizeof(*ret));
	if (!pid)
		read_and_exit(sysfs, facts, shared);
	if (pid > 0 && reap(pid, deadline_ms)) {
		*ret = *shared;
	} else if (pid > 0) {
		(void)kill(pid, SIGKILL);
		(void)reap(pid, eg_deadline_in(KILL_GRACE_MS));
	}
	if (shared != MAP_FAILED)
		(void)munmap(shared, sizeof(*shared));
}

void eg_error_counts_add(const struct eg_error_counts *before, const struct eg_error_counts *after,
			 struct eg_node_facts *facts)
{
	if (!before->known || !after->known)
		return;
	for (size_t i = 0; i < facts->device_count; i++) {
		for (size_t k = 0; k < EG_ERROR_COUNTERS; k++) {
			uint64_t then = before->values[i][k], now = after->values[i][k];

			if (then != UINT64_MAX && now != UINT64_MAX && now > then)
				facts->devices[i].burst.errors[k] = now - then;
		}
	}
}
