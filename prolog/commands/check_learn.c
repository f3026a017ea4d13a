/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/check_learn.h"

#include <stdio.h>
#include <sys/stat.h>

#include "common/base/err.h"
#include "common/node/facts.h"
#include "common/node/learned.h"
#include "common/verdict/report.h"
#include "prolog/commands/commands.h"
#include "prolog/config.h"
#include "prolog/gate/state.h"

static int refuse(const char *why, int code)
{
	fprintf(stderr, "efagate check: nothing learned: %s\n", why);
	return code;
}

/* Beyond the number itself nothing may be wrong: a sick device is not what to expect. */
static bool is_whole(const struct eg_report *report)
{
	enum eg_outcome outcome = eg_findings_outcome(&report->findings);

	return outcome == EG_PASS || outcome == EG_WARN;
}

/*
 * Users look at their nodes too, and a step does as its user. They may go through the folder to
 * the one file that all may read; what else is in it they can neither list nor open.
 */
static void let_through(const char *state_dir)
{
	struct stat info;

	if (!lstat(state_dir, &info) && (info.st_mode & ALLPERMS) == 0700)
		(void)chmod(state_dir, 0711);
}

int eg_check_learn(const char *state_dir, const struct eg_report *report)
{
	const struct eg_instance_facts *instance = &report->facts.instance;
	const char *key = instance->id[0] ? instance->id : report->facts.boot_id;
	uint32_t devices = (uint32_t)report->facts.device_count;
	char path[EG_CONFIG_PATH_MAX + 16];
	struct eg_err err = { 0 };

	if (!is_whole(report))
		return refuse("the node is not whole",
			      eg_outcome_exit_code(eg_findings_outcome(&report->findings)));
	if (!devices)
		return refuse("no EFA devices", EG_EXIT_UNKNOWN);
	if (!key[0])
		return refuse("neither instance nor boot is known", EG_EXIT_UNKNOWN);
	(void)snprintf(path, sizeof(path), "%s/" EG_LEARNED_FILE, state_dir);
	if (eg_state_open(state_dir, &err) || eg_learned_write(path, key, devices, &err) < 0)
		return refuse(err.text, EG_EXIT_UNKNOWN);
	let_through(state_dir);
	fprintf(stderr, "efagate check: learned: %u EFA of %s, in '%s'\n", devices, key, path);
	return 0;
}
