/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * speeds - how fast devices read from each other, as their nodes say. Pure.
 */
#ifndef EG_BURST_SPEEDS_H
#define EG_BURST_SPEEDS_H

#include <stddef.h>
#include <stdint.h>

struct eg_rail_result;

struct eg_speed {
	uint32_t reader, target; /* nodes */
	uint8_t reader_device, target_device; /* places in their offers */
	float alone_gbps, together_gbps; /* this device alone; all of the reader at once */
};

struct eg_speeds {
	struct eg_speed *list;
	size_t count, size;
};

/*
 * Add what @rail shows, read by @reader from @target. Nothing when it was not
 * measured both ways, or for too short a time. 0 or -ENOMEM.
 */
int eg_speeds_add(struct eg_speeds *speeds, uint32_t reader, uint32_t target,
		  const struct eg_rail_result *rail);

/* Takes zeroed ones. */
void eg_speeds_done(struct eg_speeds *speeds);

#endif
