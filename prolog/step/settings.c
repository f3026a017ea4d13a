/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/settings.h"

void eg_step_settings_load(const char *path, struct eg_step_settings *ret)
{
	*ret = (struct eg_step_settings){ 0 };
	if (eg_config_load(path, &ret->config, &ret->error) < 0)
		eg_config_init(&ret->config);
	else
		/* A file that may be missing leaves its text behind. */
		ret->error.code = 0;
}
