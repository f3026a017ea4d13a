/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * step_key - the session's key of a step, where the site has one instead of
 * munge (auth=key in plugstack.conf). Only root can read the site's key, so a
 * short run of the helper program as root derives the step's from it.
 * Knows nothing of Slurm.
 */
#ifndef EG_SPANK_STEP_KEY_H
#define EG_SPANK_STEP_KEY_H

#include <stdint.h>

struct eg_helper_result;

#define EG_STEP_KEY_TEXT 65 /* 32 bytes in hex and the final 0 */
#define EG_STEP_KEY_MS 1000 /* reading one file; more is a file system that hangs */

struct eg_step_key_use {
	const char *program; /* the helper's absolute path */
	uint32_t job, step, uid;
};

/*
 * The key into @key. Returns 0, or -ENOKEY with @ret->text saying why there is
 * none and @ret otherwise as of a helper that was not started. Blocks
 * EG_STEP_KEY_MS, EG_HELPER_SLACK_MS and EG_HELPER_REAP_MS at most.
 */
int eg_step_key_get(const struct eg_step_key_use *use, char key[EG_STEP_KEY_TEXT],
		    struct eg_helper_result *ret);

#endif
