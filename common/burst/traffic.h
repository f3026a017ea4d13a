/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * traffic - the process that moves bytes: opens every EFA device of this node,
 * says how they are reached (OFFER), and for every ROUND reads from the
 * partners named and says how it went (RESULT).
 *
 * In a process of its own, because libfabric may abort, and a driver may hang.
 * Between rounds it goes on polling, so that partners who still read from this
 * node are answered.
 */
#ifndef EG_BURST_TRAFFIC_H
#define EG_BURST_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eg_provider;

struct eg_traffic {
	const struct eg_provider *provider; /* NULL: what suits the devices, eg_provider_for() */
	uint32_t read_bytes; /* of a measured read, EG_EMULATED_BYTES at least; 0: EG_READ_BYTES */
	const char *libfabric; /* path, NULL: "libfabric.so.1" */
	const char *sysfs; /* "/sys": where the counters are */
	const char *instance_type; /* as the site says, NULL: DMI tells */
	int64_t deadline_ms; /* point on the monotonic clock: then it ends whatever comes */
	/*
	 * Called before anything is opened: sets the environment that the
	 * provider's library reads. @device_reads: eg_burst_devices_read().
	 */
	void (*prepare)(const struct eg_provider *provider, bool device_reads, size_t devices);
};

/*
 * Serve over @fd, a stream socket, until it is closed or the deadline has come.
 * What cannot be opened is said in the OFFER, what cannot be run in the
 * RESULT. Returns 0 when the other end closed, -ETIMEDOUT, or -errno.
 */
int eg_traffic_serve(const struct eg_traffic *traffic, int fd);

#endif
