/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/job_fabric.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/fd.h"
#include "common/node/fabric.h"
#include "common/node/fabric_lib.h"
#include "prolog/commands/provider_env.h"
#include "prolog/step/last_word.h"
#include "prolog/step/options.h"

bool eg_job_fabric_find(const char *list, char ret[PATH_MAX])
{
	for (const char *at = list, *end; at && *at; at = *end ? end + 1 : end) {
		int length;

		end = strchrnul(at, ':');
		/* An empty one is the folder the program is started in, which nobody knows here. */
		if (*at != '/')
			continue;
		length = snprintf(ret, PATH_MAX, "%.*s/libfabric.so.1", (int)(end - at), at);
		if (length < PATH_MAX && !access(ret, R_OK))
			return true;
	}
	ret[0] = '\0';
	return false;
}

static int32_t count_devices(const struct eg_fabric_lib *lib)
{
	EG_CLEANUP(eg_free)
	struct eg_fabric_device *devices = calloc(EG_DEVICES_MAX, sizeof(*devices));

	return devices ? (int32_t)eg_fabric_list(lib, devices, EG_DEVICES_MAX, NULL) : -1;
}

static _Noreturn void ask(const struct eg_step_options *options, const char *site, int out,
			  int64_t deadline_ms)
{
	static struct eg_job_fabric_answer answer = { .devices = -1 };
	struct eg_fabric_lib lib;

	eg_last_word_child(deadline_ms);
	eg_provider_env_set();
	if (options->provider_path)
		(void)setenv("FI_PROVIDER_PATH", options->provider_path, 1);
	answer.own =
		options->library_path && eg_job_fabric_find(options->library_path, answer.path);
	if ((answer.own || options->verbose) &&
	    !eg_fabric_lib_open(answer.own ? answer.path : site, &lib, NULL)) {
		answer.version = lib.version();
		if (answer.own)
			answer.devices = count_devices(&lib);
	}
	_exit(write(out, &answer, sizeof(answer)) != sizeof(answer));
}

void eg_job_fabric_start(const struct eg_step_options *options, const char *site,
			 int64_t deadline_ms, struct eg_job_fabric *ret)
{
	int ends[2];

	*ret = (struct eg_job_fabric){ .fd = -1 };
	if ((!options->verbose && !options->library_path) || pipe2(ends, O_CLOEXEC) < 0)
		return;
	ret->pid = fork();
	if (!ret->pid)
		ask(options, site, ends[1], deadline_ms);
	(void)close(ends[1]);
	ret->fd = ends[0];
}

void eg_job_fabric_finish(struct eg_job_fabric *fabric, int64_t deadline_ms,
			  struct eg_job_fabric_answer *ret)
{
	size_t length = 0;

	if (fabric->pid > 0) {
		(void)eg_fd_read_until(fabric->fd, ret, sizeof(*ret), deadline_ms, &length);
		(void)kill(fabric->pid, SIGKILL);
		/* One that hangs in a file server goes with this process. */
		(void)waitpid(fabric->pid, NULL, WNOHANG);
	}
	eg_close_fd(&fabric->fd);
	if (length != sizeof(*ret))
		*ret = (struct eg_job_fabric_answer){ .devices = -1 };
}
