/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * settings - what the site's configuration says to a step's session.
 *
 * A broken file does not keep this node from the session: the defaults meet
 * the others, and the node says what is wrong with the file.
 */
#ifndef EG_STEP_SETTINGS_H
#define EG_STEP_SETTINGS_H

#include <stdint.h>

#include "common/base/err.h"
#include "prolog/config.h"

struct eg_step_settings {
	struct eg_config config;
	struct eg_err error; /* code 0: the file was good, or there is none */
	const char *munge_socket; /* NULL: the library's default */
};

/* Read @path (NULL: the default file, which may be missing). */
void eg_step_settings_load(const char *path, struct eg_step_settings *ret);

#endif
