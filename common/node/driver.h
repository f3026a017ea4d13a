/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * driver - the driver a PCI function is bound to: the layer between a card
 * that is there and a verbs device that is not.
 */
#ifndef EG_NODE_DRIVER_H
#define EG_NODE_DRIVER_H

#include <stddef.h>

#include "common/base/pci_addr.h"

struct eg_err;

#define EG_DRIVER_EFA "efa"

/*
 * Put the name of the driver bound to @addr into @name ("" when none is).
 * Returns 1 bound, 0 not bound, -ENODEV when @sysfs has no such function, or
 * another -errno.
 */
int eg_driver_read(const char *sysfs, struct eg_pci_addr addr, char *name, size_t size,
		   struct eg_err *err);

/* The same for the folder @device of a device in sysfs, however it is reached. */
int eg_driver_read_link(const char *device, char *name, size_t size, struct eg_err *err);

#endif
