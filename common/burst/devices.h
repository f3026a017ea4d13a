/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * devices - all EFA devices of this node, opened for traffic, in bus order.
 */
#ifndef EG_BURST_DEVICES_H
#define EG_BURST_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/burst/offer.h"
#include "common/node/fabric_lib.h"

struct eg_endpoint;
struct eg_provider;
struct eg_traffic;
struct eg_verbs_device;

struct eg_burst_devices {
	const char *sysfs;
	const struct eg_provider *provider;
	struct eg_fabric_lib lib;
	size_t read_bytes; /* of a measured read by the device, and of each slice */
	struct eg_offer offer;
	struct eg_endpoint *endpoints[EG_DEVICES_MAX]; /* NULL: not open, the offer says why */
	int numa_nodes[EG_DEVICES_MAX]; /* where they stand, -1 unknown */
	uint64_t generation; /* of reads, never used twice */
};

/*
 * May libfabric be told to use the devices' own RDMA reads
 * (FI_EFA_USE_DEVICE_RDMA=1)? Asked of a device that has none it aborts, so
 * all that open must have it, and one at least must open.
 */
bool eg_burst_devices_read(const struct eg_verbs_device *devices, size_t count);

/*
 * Open what can be opened; @ret->offer says how it is reached, and what not.
 * The endpoints end with the process: closing some with reads under way is
 * what providers do not survive. Blocks as long as the driver does; some 30 ms
 * a device and 0.4 s.
 */
void eg_burst_devices_open(const struct eg_traffic *traffic, struct eg_burst_devices *ret);

/*
 * At the end: what a provider other than EFA would leave behind, as shm its
 * files, goes. Blocks as long as the library does.
 */
void eg_burst_devices_leave(struct eg_burst_devices *devices);

#endif
