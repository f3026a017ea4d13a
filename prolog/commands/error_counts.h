/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * error_counts - the counters of errors of this node's devices, before traffic
 * and after it. Read in a process of its own: the driver asks the device.
 */
#ifndef EG_COMMANDS_ERROR_COUNTS_H
#define EG_COMMANDS_ERROR_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/node/facts.h"

struct eg_error_counts {
	bool known; /* all were asked in time */
	uint64_t values[EG_DEVICES_MAX][EG_ERROR_COUNTERS]; /* UINT64_MAX: there is no such one */
};

/* Those of the devices in @facts into @ret. Blocks until @deadline_ms and 0.2 s more at most. */
void eg_error_counts_take(const char *sysfs, const struct eg_node_facts *facts, int64_t deadline_ms,
			  struct eg_error_counts *ret);

/*
 * What has moved between the two, into the bursts of @facts, of which both are. Nothing when one
 * is not known; a counter that went back has started anew and says nothing.
 */
void eg_error_counts_add(const struct eg_error_counts *before, const struct eg_error_counts *after,
			 struct eg_node_facts *facts);

#endif
