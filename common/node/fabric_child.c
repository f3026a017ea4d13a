/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/fabric_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/node/fabric.h"
#include "common/node/fabric_lib.h"
#include "common/node/facts.h"

#define LOADING_SLACK_NS 4000000UL

/* One program on both ends: the struct itself goes through the pipe, which holds it whole. */
struct answer {
	ssize_t rc; /* of eg_fabric_list() */
	struct eg_err err;
	char version[32];
	struct eg_fabric_device devices[EG_DEVICES_MAX];
};
_Static_assert(sizeof(struct answer) < 32768, "an answer fits a pipe");

_Noreturn static void ask(const char *library, int out)
{
	static struct answer answer;
	struct eg_fabric_lib lib;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/*
	 * Two libraries that come with Debian's libfabric 1.17 (PSM's) measure the clock as they
	 * are loaded: 0.1 s each in sleeps of 0.125 ms. Longer ones do, and cost no CPU time.
	 */
	(void)prctl(PR_SET_TIMERSLACK, LOADING_SLACK_NS);
	answer.rc = eg_fabric_lib_open(library, &lib, &answer.err);
	(void)prctl(PR_SET_TIMERSLACK, 0UL); /* as it was */
	if (!answer.rc) {
		eg_fabric_version(&lib, answer.version, sizeof(answer.version));
		answer.rc = eg_fabric_list(&lib, answer.devices, EG_DEVICES_MAX, &answer.err);
	}
	_exit(write(out, &answer, sizeof(answer)) != (ssize_t)sizeof(answer));
}

int eg_fabric_child_start(const char *library, struct eg_fabric_child *ret, struct eg_err *err)
{
	int ends[2];

	*ret = (struct eg_fabric_child){ .fd = -1 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return eg_err_errno(err, errno, "libfabric");
	ret->pid = fork();
	if (!ret->pid)
		ask(library, ends[1]);
	(void)close(ends[1]);
	if (ret->pid < 0) {
		ret->pid = 0;
		(void)close(ends[0]);
		return eg_err_errno(err, errno, "libfabric");
	}
	ret->fd = ends[0];
	return 0;
}

/* Why there is no answer. */
static ssize_t say_ended(int status, struct eg_err *err)
{
	if (WIFSIGNALED(status))
		return eg_err_set(err, EIO, "libfabric ended its process: %s",
				  strsignal(WTERMSIG(status)));
	return eg_err_set(err, EIO, "libfabric ended its process with exit code %d",
			  WEXITSTATUS(status));
}

ssize_t eg_fabric_child_answer(struct eg_fabric_child *child, struct eg_fabric_device *ret,
			       size_t max, char *version, size_t version_size, struct eg_err *err)
{
	EG_CLEANUP(eg_close_fd) int fd = child->fd;
	struct answer answer = { .rc = 0 };
	size_t length = 0;
	ssize_t got;
	int status = 0;

	while (length < sizeof(answer)) {
		got = read(fd, (char *)&answer + length, sizeof(answer) - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	*child = (struct eg_fabric_child){ .fd = -1 };
	if (length < sizeof(answer))
		return say_ended(status, err);
	(void)snprintf(version, version_size, "%s", answer.version);
	if (answer.rc < 0)
		return eg_err_set(err, answer.err.code, "%s", answer.err.text);
	for (size_t i = 0; i < max && i < (size_t)answer.rc && i < EG_DEVICES_MAX; i++)
		ret[i] = answer.devices[i];
	return answer.rc;
}
