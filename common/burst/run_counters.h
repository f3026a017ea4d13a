/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_counters - were the reads the devices' own? Their counters tell: a read
 * that the provider emulates with messages does not move them.
 */
#ifndef EG_BURST_RUN_COUNTERS_H
#define EG_BURST_RUN_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/node/facts.h"

struct eg_burst_devices;
struct eg_run;

struct eg_run_counters {
	bool known[EG_DEVICES_MAX]; /* the device has such a counter */
	uint64_t bytes[EG_DEVICES_MAX];
};

/* The bytes read so far by each open device. As long as sysfs takes. */
void eg_run_counters_take(const struct eg_burst_devices *devices, struct eg_run_counters *ret);

/*
 * Set device_reads of the rails that are good: both ends can, and the counter
 * has moved by all that was read since @before. Counters that are short are
 * read again for some 10 ms, as the kernel repeats old values.
 */
void eg_run_counters_judge(struct eg_run *run, const struct eg_run_counters *before);

#endif
