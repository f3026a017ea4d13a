/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/gather_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/base/reap.h"
#include "common/node/gather.h"
#include "common/verdict/report.h"
#include "prolog/commands/provider_env.h"
#include "prolog/commands/report_file.h"
#include "prolog/commands/worker.h"

_Noreturn static void gather_and_exit(const struct eg_gather_child *child, struct eg_report *report,
				      int out)
{
	EG_CLEANUP(eg_free) char *json = NULL;
	struct eg_gather_options options = *child->options;

	/* The other half is for looking at what has come. */
	if (options.late_ms > child->timeout_ms / 2)
		options.late_ms = (uint32_t)(child->timeout_ms / 2);
	eg_worker_begin(child->show_talk);
	eg_provider_env_set();
	eg_gather(&options, &report->facts);
	json = eg_report_to_json(report);
	if (!json || eg_fd_write_until(out, json, strlen(json), child->deadline_ms) < 0)
		_exit(1);
	_exit(0);
}

static void say_late(const struct eg_gather_child *child, struct eg_report *report)
{
	struct eg_finding_spec spec = {
		.id = "EG902",
		.outcome = EG_UNKNOWN,
		.blame = EG_BLAME_NONE,
	};

	eg_findings_add(&report->findings, &spec, "devices not looked at within %.3g s",
			(double)child->timeout_ms / 1000);
}

static void say_failed(const char *why, struct eg_report *report)
{
	struct eg_finding_spec spec = {
		.id = "EG901",
		.outcome = EG_UNKNOWN,
		.blame = EG_BLAME_NONE,
	};

	eg_findings_add(&report->findings, &spec, "devices not looked at: %s", why);
}

/* Why no whole result came although the child has ended. */
static void say_ended(int status, struct eg_report *report)
{
	char why[96];

	if (WIFSIGNALED(status))
		(void)snprintf(why, sizeof(why), "a library or driver ended the process: %s",
			       strsignal(WTERMSIG(status)));
	else
		(void)snprintf(why, sizeof(why), "the process ended with exit code %d",
			       WEXITSTATUS(status));
	say_failed(why, report);
}

static bool take(const char *json, size_t length, struct eg_report *report)
{
	EG_CLEANUP(eg_free) struct eg_report *got = calloc(1, sizeof(*got));
	struct eg_err err = { 0 };

	if (!got) {
		say_failed("out of memory", report);
		return false;
	}
	if (eg_report_file_parse(json, length, got, &err) < 0) {
		say_failed(err.text, report);
		return false;
	}
	eg_node_facts_copy(&report->facts, &got->facts);
	return true;
}

static bool collect(const struct eg_gather_child *child, pid_t pid, int in,
		    struct eg_report *report)
{
	EG_CLEANUP(eg_free) char *json = malloc(EG_REPORT_BYTES_MAX);
	size_t length = 0;
	int status = 0;
	ssize_t rc = -ENOMEM;

	if (json)
		rc = eg_fd_read_until(in, json, EG_REPORT_BYTES_MAX, child->deadline_ms, &length);
	if (rc < 0 || !eg_reap(pid, child->deadline_ms, &status)) {
		(void)eg_kill_and_reap(pid, &status);
		if (rc == -ENOMEM)
			say_failed("out of memory", report);
		else
			say_late(child, report);
		return false;
	}
	if (status) {
		say_ended(status, report);
		return false;
	}
	return take(json, length, report);
}

bool eg_gather_child_run(const struct eg_gather_child *child, struct eg_report *report)
{
	int ends[2] = { -1, -1 };
	bool gathered;
	pid_t pid = -1;

	(void)gethostname(report->facts.node, sizeof(report->facts.node) - 1);
	if (child->options->node)
		(void)snprintf(report->facts.node, sizeof(report->facts.node), "%s",
			       child->options->node);
	if (!pipe2(ends, O_CLOEXEC))
		pid = fork();
	if (pid < 0) {
		say_failed(strerror(errno), report);
		eg_close_fd(&ends[0]);
		eg_close_fd(&ends[1]);
		return false;
	}
	if (!pid)
		gather_and_exit(child, report, ends[1]);
	eg_close_fd(&ends[1]);
	gathered = collect(child, pid, ends[0], report);
	eg_close_fd(&ends[0]);
	return gathered;
}
