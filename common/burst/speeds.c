/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/speeds.h"

#include <errno.h>
#include <stdlib.h>

#include "common/burst/offer.h"

#define ALONE_MIN_NS 1000000 /* below, a single interruption is what is measured */
#define TOGETHER_MIN_NS 4000000
#define GROW_FIRST 256

static float gbps(uint64_t bytes, uint64_t ns)
{
	return (float)((double)bytes * 8 / (double)ns);
}

int eg_speeds_add(struct eg_speeds *speeds, uint32_t reader, uint32_t target,
		  const struct eg_rail_result *rail)
{
	if (rail->state != EG_RAIL_OK || rail->alone_ns < ALONE_MIN_NS ||
	    rail->together_ns < TOGETHER_MIN_NS)
		return 0;
	if (speeds->count == speeds->size) {
		size_t size = speeds->size ? speeds->size * 2 : GROW_FIRST;
		struct eg_speed *list = reallocarray(speeds->list, size, sizeof(*list));

		if (!list)
			return -ENOMEM;
		speeds->list = list;
		speeds->size = size;
	}
	speeds->list[speeds->count++] = (struct eg_speed){
		.reader = reader,
		.target = target,
		.reader_device = rail->device,
		.target_device = rail->peer,
		.alone_gbps = gbps(rail->alone_bytes, rail->alone_ns),
		.together_gbps = gbps(rail->together_bytes, rail->together_ns),
	};
	return 0;
}

void eg_speeds_done(struct eg_speeds *speeds)
{
	free(speeds->list);
	*speeds = (struct eg_speeds){ 0 };
}
