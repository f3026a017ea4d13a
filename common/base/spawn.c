/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"

#define KILL_GRACE_MS 200 /* a killed process is reaped in microseconds unless it is in state D */
#define REAP_STEP_MS 2

static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	return posix_spawnattr_setsigmask(attr, &none) ?: posix_spawnattr_setsigdefault(attr, &all)
		?: posix_spawnattr_setpgroup(attr, 0)
		?: posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
							  POSIX_SPAWN_SETSIGDEF);
}

static int set_files(posix_spawn_file_actions_t *files, int out)
{
	return posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0)
		?: posix_spawn_file_actions_adddup2(files, out, 1)
		?: posix_spawn_file_actions_adddup2(files, out, 2);
}

/* 0 with *@ret_pid, or a positive errno as posix_spawn returns it. */
static int start(const struct eg_spawn *spawn, int out, pid_t *ret_pid)
{
	static char *const empty[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc = posix_spawnattr_init(&attr);

	if (rc)
		return rc;
	rc = posix_spawn_file_actions_init(&files);
	if (rc) {
		(void)posix_spawnattr_destroy(&attr);
		return rc;
	}
	rc = set_attributes(&attr) ?: set_files(&files, out);
	if (!rc)
		rc = posix_spawn(ret_pid, spawn->argv[0], &files, &attr,
				 (char *const *)(uintptr_t)spawn->argv,
				 spawn->env ? (char *const *)(uintptr_t)spawn->env : empty);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attr);
	return rc;
}

/* Read until end of file or the deadline; what does not fit is dropped. */
static void gather(int fd, char *output, size_t size, int64_t deadline_ms,
		   struct eg_child_result *ret)
{
	size_t room = size ? size - 1 : 0;
	char drop[4096];

	if (room && eg_fd_read_until(fd, output, room, deadline_ms, &ret->length) < (ssize_t)room)
		room = 0; /* end of file or the deadline: nothing more to read */
	else
		room = 1;
	while (room && eg_deadline_left(deadline_ms) > 0) {
		size_t got = 0;
		ssize_t rc = eg_fd_read_until(fd, drop, sizeof(drop), deadline_ms, &got);

		ret->cut |= got > 0;
		if (rc < (ssize_t)sizeof(drop))
			break;
	}
	if (size)
		output[ret->length] = '\0';
}

/*
 * Reap @pid, and first end what it left behind in its group: while the leader
 * is a zombie its group id cannot be reused. Polls, because a task in state D
 * outlives SIGKILL.
 */
static int reap(pid_t pid, int64_t deadline_ms, int *ret_status)
{
	for (;;) {
		siginfo_t info = { 0 };

		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 &&
		    errno != EINTR)
			return 0;
		if (info.si_pid == pid) {
			(void)kill(-pid, SIGKILL);
			return waitpid(pid, ret_status, 0) == pid;
		}
		if (!eg_deadline_left(deadline_ms))
			return 0;
		eg_sleep_ms(REAP_STEP_MS, deadline_ms);
	}
}

static void finish(pid_t pid, int64_t deadline_ms, struct eg_child_result *ret)
{
	int status = 0;

	if (reap(pid, deadline_ms, &status)) {
		ret->end = WIFEXITED(status) ? EG_CHILD_EXITED : EG_CHILD_SIGNALED;
		ret->status = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
		return;
	}
	(void)kill(-pid, SIGKILL);
	ret->end = reap(pid, eg_deadline_in(KILL_GRACE_MS), &status) ? EG_CHILD_KILLED
								     : EG_CHILD_ABANDONED;
	ret->status = SIGKILL;
}

int eg_spawn_run(const struct eg_spawn *spawn, char *output, size_t size,
		 struct eg_child_result *ret, struct eg_err *err)
{
	int pipe_fds[2] = { -1, -1 };
	pid_t pid = -1;
	int rc;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return eg_err_errno(err, errno, "pipe for '%s'", spawn->argv[0]);
	rc = start(spawn, pipe_fds[1], &pid);
	(void)close(pipe_fds[1]);
	if (rc) {
		(void)close(pipe_fds[0]);
		return eg_err_errno(err, rc, "'%s' cannot be started", spawn->argv[0]);
	}
	*ret = (struct eg_child_result){ 0 };
	gather(pipe_fds[0], output, size, spawn->deadline_ms, ret);
	/* Closed before, it would end one that still writes by SIGPIPE, and not at the deadline. */
	finish(pid, spawn->deadline_ms, ret);
	(void)close(pipe_fds[0]);
	return 0;
}
