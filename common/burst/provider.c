/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/provider.h"

#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/endpoint.h"
#include "common/burst/run.h"

#define EMULATED_WINDOW 2 /* 60 packets of messages: more find no room at the receiver */
/* Of libfabric 2.1 and up: no emulated reads, not everywhere. */
#define DIRECT_FABRIC "efa-direct"

static const struct eg_provider providers[] = {
	{ .name = "srd", .efa = true },
	{ .name = "efa",
	  .library = "efa",
	  .other_fabric = DIRECT_FABRIC,
	  .efa = true,
	  .message_bytes = EG_EMULATED_BYTES,
	  .message_window = EMULATED_WINDOW },
	{ .name = "efa-direct",
	  .library = "efa",
	  .fabric = DIRECT_FABRIC,
	  .efa = true,
	  .message_bytes = EG_EMULATED_BYTES,
	  .message_window = EMULATED_WINDOW },
	{ .name = "tcp",
	  .library = "tcp",
	  .message_bytes = EG_READ_BYTES,
	  .message_window = EG_WINDOW_BYTES / EG_READ_BYTES },
	{ .name = "shm",
	  .library = "shm",
	  .message_bytes = EG_READ_BYTES,
	  .message_window = EG_WINDOW_BYTES / EG_READ_BYTES },
};

const struct eg_provider *eg_provider_find(const char *name)
{
	for (size_t i = 0; i < EG_COUNT(providers); i++) {
		if (!strcmp(providers[i].name, name))
			return &providers[i];
	}
	return NULL;
}

const struct eg_provider *eg_provider_efa(void)
{
	return eg_provider_find("efa");
}

const struct eg_provider *eg_provider_for(bool device_reads)
{
	return eg_provider_find(device_reads ? "srd" : "efa");
}
