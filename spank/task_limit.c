/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/task_limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

void eg_task_limit_text(const char *said, uint64_t soft, uint64_t hard, char *ret, size_t size)
{
	char *end = NULL;
	uint64_t value = soft;

	/* 'U' of srun --propagate. */
	said += said[0] == 'U';
	if (said[0] >= '0' && said[0] <= '9') {
		value = strtoull(said, &end, 10);
		if (*end || value > hard)
			value = soft;
	}
	if (value == RLIM_INFINITY)
		(void)snprintf(ret, size, "unlimited");
	else
		(void)snprintf(ret, size, "%" PRIu64, value);
}
