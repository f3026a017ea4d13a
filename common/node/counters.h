/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * counters - what a device has counted: hw_counters of the device and of its
 * port. Which files exist depends on driver and card, so each is optional.
 */
#ifndef EG_NODE_COUNTERS_H
#define EG_NODE_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/node/facts.h"

/*
 * Read the counters of verbs device @name into @ret, at most @max, those of
 * the device first, each group by name. Files that are no whole number are
 * left out, also "lifespan", which is the kernel's cache time.
 * Returns the number read, 0 when the device has none. The kernel asks the
 * device for the values: as long as that takes.
 */
size_t eg_counters_read(const char *sysfs, const char *name, struct eg_counter *ret, size_t max);

/*
 * One counter of the port, or of the device, by its file's name; false when there is none. The
 * kernel may repeat a value for some 10 ms.
 */
bool eg_counter_read(const char *sysfs, const char *name, const char *counter, uint64_t *ret);

/* "rx_drops" and the like: what a device counts when something goes wrong. */
extern const char *const eg_error_counters[EG_ERROR_COUNTERS];

/* Those of verbs device @name; UINT64_MAX stands for one that driver or card do not have. */
void eg_error_counters_read(const char *sysfs, const char *name, uint64_t ret[EG_ERROR_COUNTERS]);

/*
 * What has moved from one snapshot of a device to a later one, by the name of
 * the counter: into @ret, at most @max, with the difference as value. A counter
 * that is in one of them only is left out: drivers differ. *@ret_restarted is
 * set when one went back, which the driver's reload does; then that one counts
 * from 0. Returns the number; pure.
 */
size_t eg_counters_difference(const struct eg_device_facts *before,
			      const struct eg_device_facts *after, struct eg_counter *ret,
			      size_t max, bool *ret_restarted);

#endif
