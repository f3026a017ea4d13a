/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sample - the counters of all EFA devices at one moment, and what happened
 * between two moments.
 */
#ifndef EG_TOP_SAMPLE_H
#define EG_TOP_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/node/facts.h"

struct eg_err;

struct eg_top_device {
	char name[EG_DEVICE_NAME_MAX];
	char pci[EG_PCI_ADDR_TEXT]; /* "" unknown */
	struct eg_counter counters[EG_COUNTERS_MAX];
	size_t count;
};

struct eg_top_sample {
	int64_t ns; /* of CLOCK_MONOTONIC, before the first counter was read */
	struct eg_top_device devices[EG_DEVICES_MAX]; /* by PCI address */
	size_t count;
};

/* What a device did in a second; negative: not counted by this driver or card, or unknown. */
struct eg_top_rates {
	double in_bytes, out_bytes;
	double in_packets, out_packets;
	double rdma; /* reads and writes it asked for */
	double retransmits; /* packets sent again */
	double errors; /* of the counters of kind error, in the whole time, not a second */
};

/*
 * Take a sample. The kernel asks each device for its counters: as long as that
 * takes. Large: keep it on the heap. Returns the number of devices (0 also where
 * there is no RDMA at all) or -errno.
 */
int eg_top_sample_take(const char *sysfs, struct eg_top_sample *ret, struct eg_err *err);

/*
 * What device @index of @after did since @before. A device that was not there
 * before, or a counter that went back (the driver was loaded anew), gives
 * unknown. Pure.
 */
void eg_top_rates_of(const struct eg_top_sample *before, const struct eg_top_sample *after,
		     size_t index, struct eg_top_rates *ret);

/* Add @more to @sum; what is unknown in both stays unknown. */
void eg_top_rates_add(struct eg_top_rates *sum, const struct eg_top_rates *more);

/* All unknown. */
extern const struct eg_top_rates eg_top_rates_unknown;

#endif
