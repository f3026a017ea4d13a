/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/settings.h"

#include <string.h>

void eg_step_settings_load(const char *path, struct eg_step_settings *ret)
{
	*ret = (struct eg_step_settings){
		.port_first = EG_STEP_PORT_FIRST,
		.port_count = EG_STEP_PORT_COUNT,
		.meet_ms = EG_STEP_MEET_MS,
	};
	if (eg_config_load(path, &ret->config, &ret->error) < 0)
		memset(&ret->config, 0, sizeof(ret->config));
	else
		/* A file that may be missing leaves its text behind. */
		ret->error.code = 0;
}
