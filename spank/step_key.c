/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/step_key.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "spank/helper.h"

#define NUMBER_MAX 12

static bool is_key(const struct eg_step_verdict *verdict)
{
	return verdict->go && strlen(verdict->line) == EG_STEP_KEY_TEXT - 1;
}

/* The reason alone; whose it is not is gone. */
static void say_why(const struct eg_helper_result *got, struct eg_helper_result *ret)
{
	*ret = (struct eg_helper_result){ .end = EG_HELPER_NOT_STARTED };
	(void)snprintf(ret->text, sizeof(ret->text), "got no session key: %.290s",
		       got->valid ? got->verdict.line : got->text);
}

int eg_step_key_get(const struct eg_step_key_use *use, char key[EG_STEP_KEY_TEXT],
		    struct eg_helper_result *ret)
{
	char job[NUMBER_MAX], step[NUMBER_MAX], uid[NUMBER_MAX];
	const char *const argv[] = { use->program, "step-key", "--job", job, "--step",
				     step,	   "--uid",    uid,	NULL };
	const struct eg_helper helper = { .argv = argv, .timeout_ms = EG_STEP_KEY_MS };
	struct eg_helper_result got;
	int rc = 0;

	(void)snprintf(job, sizeof(job), "%u", use->job);
	(void)snprintf(step, sizeof(step), "%u", use->step);
	(void)snprintf(uid, sizeof(uid), "%u", use->uid);
	eg_helper_run(&helper, &got);
	if (got.valid && is_key(&got.verdict)) {
		memcpy(key, got.verdict.line, EG_STEP_KEY_TEXT);
	} else {
		say_why(&got, ret);
		rc = -ENOKEY;
	}
	eg_helper_result_done(&got);
	explicit_bzero(&got, sizeof(got));
	return rc;
}
