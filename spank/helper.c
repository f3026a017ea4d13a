/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "spank/child.h"

#define REAP_STEP_MS 2
#define TEXT_MS 1000 /* for the text behind a record; a verdict does not wait for it longer */
#define END_GRACE_MS 200 /* for a helper that has spoken to close its devices and exit */

/* What came through the pipe. */
struct heard {
	size_t length; /* of the record, at most a whole one */
	bool more; /* something came behind it */
	bool late; /* the deadline came first */
};

static void say(struct eg_helper_result *ret, const char *fmt, ...) EG_PRINTF(2, 3);

static void say(struct eg_helper_result *ret, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(ret->text, sizeof(ret->text), fmt, args);
	va_end(args);
}

/*
 * fork() with all signals blocked, so that no handler of slurmstepd runs in
 * the child before it has put them back.
 */
static pid_t start(const struct eg_helper *helper, int in, int out)
{
	sigset_t all, before;
	int error;
	pid_t pid;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		eg_child_become(helper, in, out);
	error = errno;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}

void eg_helper_result_done(struct eg_helper_result *result)
{
	free(result->table);
	result->table = NULL;
}

/*
 * The text behind a good record, which counts without it: what does not come
 * whole or is not to be shown is dropped.
 */
static void hear_table(int fd, int64_t deadline_ms, struct eg_helper_result *ret,
		       struct heard *heard)
{
	const size_t size = ret->verdict.text_size;
	size_t length = 0;

	if (!eg_step_verdict_valid(&ret->verdict, heard->length) || !size)
		return;
	deadline_ms = eg_deadline_min(deadline_ms, eg_deadline_in(TEXT_MS));
	ret->table = calloc(1, size + 1);
	if (ret->table)
		heard->late =
			eg_fd_read_until(fd, ret->table, size, deadline_ms, &length) == -ETIMEDOUT;
	if (length < size || !eg_step_text_valid(ret->table, size))
		eg_helper_result_done(ret);
}

/* One record, its text and the end of the pipe behind them. */
static void hear(int fd, int64_t deadline_ms, struct eg_helper_result *ret, struct heard *heard)
{
	struct eg_step_verdict *verdict = &ret->verdict;
	int64_t grace;
	size_t behind = 0;
	char byte;

	heard->late = eg_fd_read_until(fd, verdict, sizeof(*verdict), deadline_ms,
				       &heard->length) == -ETIMEDOUT;
	if (heard->length < sizeof(*verdict))
		return;
	hear_table(fd, deadline_ms, ret, heard);
	grace = eg_deadline_min(deadline_ms, eg_deadline_in(END_GRACE_MS));
	(void)eg_fd_read_until(fd, &byte, sizeof(byte), grace, &behind);
	heard->more = behind > 0;
}

static void kill_group(pid_t pid)
{
	/* Its group may not exist yet when it was frozen early. */
	if (kill(-pid, SIGKILL) < 0)
		(void)kill(pid, SIGKILL);
}

/*
 * Reap @pid, and first end what it left behind in its group: while the leader
 * is a zombie its group id cannot be reused. Polls, because a task in state D
 * outlives SIGKILL. False when it still runs at @deadline_ms.
 */
static bool reap(pid_t pid, int64_t deadline_ms, int *ret_status)
{
	for (;;) {
		siginfo_t info = { 0 };

		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 &&
		    errno != EINTR)
			return true; /* reaped by slurmstepd: gone all the same */
		if (info.si_pid == pid) {
			(void)kill(-pid, SIGKILL);
			return waitpid(pid, ret_status, 0) == pid;
		}
		if (!eg_deadline_left(deadline_ms))
			return false;
		eg_sleep_ms(REAP_STEP_MS, deadline_ms);
	}
}

/* End @pid: with time to exit by itself until @deadline_ms, by force then. */
static void finish(pid_t pid, int64_t deadline_ms, struct eg_helper_result *ret)
{
	int status = 0;

	if (reap(pid, deadline_ms, &status)) {
		ret->end = WIFSIGNALED(status) ? EG_HELPER_SIGNALED : EG_HELPER_EXITED;
		ret->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
		return;
	}
	kill_group(pid);
	ret->end = reap(pid, eg_deadline_in(EG_HELPER_REAP_MS), &status) ? EG_HELPER_KILLED
									 : EG_HELPER_ABANDONED;
	ret->status = SIGKILL;
}

static const char *const stage_names[] = {
	[EG_CHILD_FILES] = "descriptors",
	[EG_CHILD_GROUP_ID] = "group id",
	[EG_CHILD_USER_ID] = "user id",
	[EG_CHILD_PROGRAM] = NULL, /* the error says it all */
};

static void say_not_started(struct eg_helper_result *ret, const char *path, const char *stage,
			    int error)
{
	char why[80];

	ret->end = EG_HELPER_NOT_STARTED;
	say(ret, "cannot be started: '%.200s': %s%s%s", path, stage ? stage : "", stage ? ": " : "",
	    strerror_r(error, why, sizeof(why)));
}

/* Did the child end before it became the helper? */
static bool read_fault(const struct eg_helper *helper, const struct heard *heard,
		       struct eg_helper_result *ret)
{
	struct eg_child_fault fault;

	if (heard->length != sizeof(fault) || ret->end != EG_HELPER_EXITED ||
	    ret->status != EG_CHILD_FAILED)
		return false;
	memcpy(&fault, &ret->verdict, sizeof(fault));
	if (fault.magic != EG_CHILD_FAULT_MAGIC || fault.stage > EG_CHILD_PROGRAM)
		return false;
	say_not_started(ret, helper->argv[0], stage_names[fault.stage], fault.error);
	return true;
}

/* The text of an end that is worth a word. */
static void describe(const struct eg_helper *helper, const struct heard *heard,
		     struct eg_helper_result *ret)
{
	const double seconds = helper->timeout_ms / 1000.0;

	if (ret->end == EG_HELPER_SIGNALED)
		say(ret, "ended by signal %d", ret->status);
	else if (heard->late && ret->end == EG_HELPER_ABANDONED)
		say(ret, "cannot be ended and was given up at its deadline of %.1f s", seconds);
	else if (heard->late)
		say(ret, "was killed at its deadline of %.1f s", seconds);
	else if (ret->valid && ret->end == EG_HELPER_KILLED)
		say(ret, "did not exit and was killed");
	else if (ret->end == EG_HELPER_ABANDONED)
		say(ret, "%scannot be ended and was given up",
		    ret->valid ? "" : "sent no valid record, ");
	else if (!ret->valid && !heard->length && ret->end == EG_HELPER_EXITED)
		say(ret, "ended with exit code %d and sent no record", ret->status);
	else if (!ret->valid)
		say(ret, "sent no valid record");
}

/* A pipe with helper->input in it; -1 without one. */
static int fill_input(const struct eg_helper *helper, int *ret_in)
{
	size_t length = helper->input ? strlen(helper->input) : 0;
	int fds[2];
	bool whole;

	*ret_in = -1;
	if (!helper->input)
		return 0;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	/* Smaller than PIPE_BUF into an empty pipe: at once and whole. */
	whole = write(fds[1], helper->input, length) == (ssize_t)length;
	(void)close(fds[1]);
	if (!whole) {
		(void)close(fds[0]);
		return -EIO;
	}
	*ret_in = fds[0];
	return 0;
}

static pid_t start_with_input(const struct eg_helper *helper, int out)
{
	int in, error, rc = fill_input(helper, &in);
	pid_t pid = rc ? -1 : start(helper, in, out);

	error = rc ? -rc : errno;
	if (in >= 0)
		(void)close(in);
	errno = error;
	return pid;
}

void eg_helper_run(const struct eg_helper *helper, struct eg_helper_result *ret)
{
	const int64_t deadline_ms = eg_deadline_in(helper->timeout_ms + EG_HELPER_SLACK_MS);
	struct heard heard = { 0 };
	int64_t grace_ms;
	int fds[2];
	pid_t pid;

	*ret = (struct eg_helper_result){ 0 };
	if (pipe2(fds, O_CLOEXEC) < 0) {
		say_not_started(ret, helper->argv[0], "pipe", errno);
		return;
	}
	pid = start_with_input(helper, fds[1]);
	if (pid < 0)
		say_not_started(ret, helper->argv[0], "fork", errno);
	(void)close(fds[1]);
	if (pid > 0) {
		hear(fds[0], deadline_ms, ret, &heard);
		ret->valid = !heard.more && eg_step_verdict_valid(&ret->verdict, heard.length);
		/* One that floods would use its grace to flood on. */
		grace_ms = heard.more ? 0 : END_GRACE_MS;
		finish(pid, eg_deadline_min(deadline_ms, eg_deadline_in(grace_ms)), ret);
		if (!read_fault(helper, &heard, ret))
			describe(helper, &heard, ret);
	}
	(void)close(fds[0]);
}
