/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/base/reap.h"

/* Results go through the pipe alone; what libraries print is not ours. */
static void redirect_talk(bool show_talk)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(show_talk ? STDERR_FILENO : null, STDOUT_FILENO);
	if (!show_talk)
		(void)dup2(null, STDERR_FILENO);
}

void eg_worker_begin(bool show_talk)
{
	/* Its own group: what it starts ends with it. */
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	redirect_talk(show_talk);
}

_Noreturn static void work_and_exit(const struct eg_worker *worker, void *result, size_t size,
				    int out)
{
	eg_worker_begin(worker->show_talk);
	worker->work(worker->context, result);
	_exit(eg_fd_write_until(out, result, size, worker->deadline_ms) < 0);
}

static int give_up(pid_t pid, int rc, struct eg_err *err)
{
	int status;

	(void)eg_kill_and_reap(pid, &status);
	return eg_err_set(err, -rc, "%s", rc == -ETIMEDOUT ? "no answer in time" : strerror(-rc));
}

static int say_ended(int status, struct eg_err *err)
{
	if (WIFSIGNALED(status))
		return eg_err_set(err, ECHILD, "its process ended: %s",
				  strsignal(WTERMSIG(status)));
	return eg_err_set(err, ECHILD, "its process ended: exit code %d", WEXITSTATUS(status));
}

static int collect(const struct eg_worker *worker, pid_t pid, int in, void *result, size_t size,
		   struct eg_err *err)
{
	size_t length = 0;
	int status = 0;
	ssize_t rc = eg_fd_read_until(in, result, size, worker->deadline_ms, &length);

	if (rc < 0)
		return give_up(pid, (int)rc, err);
	if (!eg_reap(pid, worker->deadline_ms, &status))
		return give_up(pid, -ETIMEDOUT, err);
	return status || length != size ? say_ended(status, err) : 0;
}

int eg_worker_run(const struct eg_worker *worker, void *ret, size_t size, struct eg_err *err)
{
	EG_CLEANUP(eg_free) void *result = calloc(1, size + 1);
	int ends[2];
	pid_t pid;
	int rc;

	if (!result)
		return eg_err_errno(err, ENOMEM, "a process of its own");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return eg_err_errno(err, errno, "a process of its own: pipe");
	pid = fork();
	if (!pid)
		work_and_exit(worker, result, size, ends[1]);
	rc = pid < 0 ? eg_err_errno(err, errno, "a process of its own: fork") : 0;
	eg_close_fd(&ends[1]);
	if (!rc)
		rc = collect(worker, pid, ends[0], result, size, err);
	eg_close_fd(&ends[0]);
	if (!rc)
		memcpy(ret, result, size);
	return rc;
}
