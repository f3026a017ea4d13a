/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/gather_config.h"

#include <stddef.h>

#include "common/node/gather.h"
#include "prolog/config.h"

static const char *said(const char *text)
{
	return text[0] ? text : NULL;
}

void eg_gather_configure(const struct eg_config *config, struct eg_gather_options *ret)
{
	ret->libfabric = said(config->libfabric);
	ret->expected_devices = config->expected_devices;
	ret->instances = said(config->instances);
	ret->state_dir = said(config->state_dir);
	ret->instance_type = said(config->instance_type);
	ret->instance_type_source = "config";
	ret->forks_per_rank = config->forks_per_rank;
	ret->huge_pages_kept = config->huge_pages_kept;
	ret->late_ms = config->late_ms;
}

void eg_gather_say_type(const char *type, struct eg_gather_options *ret)
{
	ret->instance_type = type;
	ret->instance_type_source = "option";
	/* The configuration's number is of the configuration's type. */
	ret->expected_devices = 0;
	/* And what was learned is of the instance, not of the type said here. */
	ret->state_dir = NULL;
}
