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

#define EG_STEP_PORT_FIRST 21000 /* below the kernel's ephemeral range (32768) */
#define EG_STEP_PORT_COUNT 512
#define EG_STEP_MEET_MS 2000

struct eg_step_settings {
	struct eg_config config;
	struct eg_err error; /* code 0: the file was good, or there is none */
	uint16_t port_first, port_count;
	uint32_t meet_ms;
	const char *munge_socket; /* NULL: the library's default */
};

/* Read @path (NULL: the default file, which may be missing). */
void eg_step_settings_load(const char *path, struct eg_step_settings *ret);

#endif
