/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/job_env.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/provider_choice.h"
#include "common/node/facts.h"

void eg_job_env_read(struct eg_job_facts *ret)
{
	if (!getenv("SLURM_JOB_ID"))
		return;
	ret->in_job = true;
	for (size_t i = 0; eg_provider_variables[i]; i++) {
		const char *value = getenv(eg_provider_variables[i]);

		if (!value || !eg_provider_is_kept_away(eg_provider_variables[i], value))
			continue;
		(void)snprintf(ret->provider, sizeof(ret->provider), "%s=%.64s",
			       eg_provider_variables[i], value);
		return;
	}
}
