/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counts - what the EFA devices of a node have counted, for --efa-stats.
 */
#ifndef EG_SPANK_COUNTS_H
#define EG_SPANK_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#define EG_COUNTED_DEVICES_MAX 64
#define EG_COUNTED_NAME_MAX 64

/* Sums of counters; which files a card has depends on card and driver, a missing one counts 0. */
enum eg_count {
	EG_COUNTED_TX_BYTES,
	EG_COUNTED_RX_BYTES,
	EG_COUNTED_PACKETS, /* both directions */
	EG_COUNTED_RDMA, /* reads and writes asked for */
	EG_COUNTED_RETRANSMITS, /* packets */
	EG_COUNTED_TIMEOUTS, /* a retransmit timer expired, or a connection was impaired */
	EG_COUNTED_ERRORS, /* drops, failed reads and writes, remotes that did not answer */
	EG_COUNTED_COUNT
};

struct eg_counted_device {
	char name[EG_COUNTED_NAME_MAX];
	uint64_t counts[EG_COUNTED_COUNT];
};

struct eg_counts {
	size_t count;
	struct eg_counted_device devices[EG_COUNTED_DEVICES_MAX]; /* in the order of their names */
};

/* Read them below @sysfs ("/sys"); devices that are no EFA are left out. 0 or -errno. */
int eg_counts_read(const char *sysfs, struct eg_counts *ret);

/* Make @now the difference to @before; a device that was not there then begins with 0. */
void eg_counts_subtract(struct eg_counts *now, const struct eg_counts *before);

#endif
