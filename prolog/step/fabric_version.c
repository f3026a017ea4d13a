/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/fabric_version.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "common/node/fabric_lib.h"
#include "prolog/step/last_word.h"

static _Noreturn void ask(const char *path, int out, int64_t deadline_ms)
{
	struct eg_fabric_lib lib;
	uint32_t version = 0;

	eg_last_word_child(deadline_ms);
	if (!eg_fabric_lib_open(path, &lib, NULL))
		version = lib.version();
	_exit(write(out, &version, sizeof(version)) != sizeof(version));
}

void eg_step_fabric_version(const char *path, int64_t deadline_ms, char *ret, size_t size)
{
	uint32_t version = 0;
	size_t length = 0;
	int ends[2];
	pid_t pid;

	ret[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (!pid)
		ask(path, ends[1], deadline_ms);
	(void)close(ends[1]);
	if (pid > 0) {
		(void)eg_fd_read_until(ends[0], &version, sizeof(version), deadline_ms, &length);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	(void)close(ends[0]);
	/* FI_MAJOR and FI_MINOR */
	if (length == sizeof(version) && version)
		(void)snprintf(ret, size, "%u.%u", version >> 16, version & 0xffff);
}
