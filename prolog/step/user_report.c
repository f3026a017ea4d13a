/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/user_report.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/base/reap.h"
#include "common/verdict/report.h"
#include "prolog/step/last_word.h"
#include "prolog/step/options.h"

#define MODE 0644

/* What stands for %@letter; NULL for none. */
static const char *expand(const struct eg_step_options *options, char letter, char number[16])
{
	switch (letter) {
	case 'N':
		return options->node;
	case 'j':
		(void)snprintf(number, 16, "%u", options->job);
		return number;
	case 's':
		(void)snprintf(number, 16, "%u", options->step);
		return number;
	case '%':
		return "%";
	default:
		return NULL;
	}
}

int eg_user_report_path(const struct eg_step_options *options, char *ret, size_t size,
			struct eg_err *err)
{
	bool by_node = options->count == 1;
	size_t length = 0;

	for (const char *at = options->report; *at; at++) {
		char number[16], one[2] = { *at, '\0' };
		const char *part = *at == '%' ? expand(options, *++at, number) : one;

		if (!part)
			return eg_err_set(err, EINVAL,
					  "EFAGATE_REPORT: only %%N, %%j, %%s and %%%% are known");
		by_node |= part == options->node;
		length += (size_t)snprintf(ret + length, size - length, "%s", part);
		if (length >= size)
			return eg_err_set(err, ENAMETOOLONG, "EFAGATE_REPORT: a path too long");
	}
	if (!by_node &&
	    snprintf(ret + length, size - length, ".%s", options->node) >= (int)(size - length))
		return eg_err_set(err, ENAMETOOLONG, "EFAGATE_REPORT: a path too long");
	return 0;
}

static int wait_for(pid_t pid, int64_t deadline_ms)
{
	int status = 0;

	if (!eg_reap(pid, deadline_ms, &status)) {
		(void)kill(pid, SIGKILL);
		return -ETIMEDOUT;
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

int eg_user_report_write(const struct eg_step_options *options, const struct eg_report *report,
			 int64_t deadline_ms, struct eg_err *err)
{
	EG_CLEANUP(eg_free) char *json = eg_report_to_json(report);
	char path[PATH_MAX];
	int rc = json ? eg_user_report_path(options, path, sizeof(path), err)
		      : eg_err_errno(err, ENOMEM, "EFAGATE_REPORT");
	pid_t pid;

	if (rc)
		return rc;
	pid = fork();
	if (pid < 0)
		return eg_err_errno(err, errno, "EFAGATE_REPORT");
	if (!pid) {
		eg_last_word_child(deadline_ms);
		/* errno fits an exit code. */
		_exit(-eg_file_replace(path, json, strlen(json), MODE, NULL) & 0xff);
	}
	rc = wait_for(pid, deadline_ms);
	return rc ? eg_err_errno(err, -rc, "EFAGATE_REPORT: '%.200s'", path) : 0;
}
