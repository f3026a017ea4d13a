/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ib_class - the EFA devices the kernel has registered as RDMA devices, from
 * sysfs. libibverbs leaves out a device whose node in /dev is missing; here it
 * is still seen, so that the report can say what is wrong with it.
 */
#ifndef EG_NODE_IB_CLASS_H
#define EG_NODE_IB_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/pci_addr.h"
#include "common/node/facts.h"

struct eg_err;

struct eg_ib_device {
	char name[EG_DEVICE_NAME_MAX];
	char uverbs[32]; /* "uverbs0", "" when the kernel offers none */
	struct eg_pci_addr pci;
	bool pci_known;
	uint16_t device_id; /* 0 unknown */
};

/*
 * Fill @ret with up to @max devices. EFA is what the driver efa serves or what
 * has an EFA's PCI numbers; names say nothing. Devices of other makers are left out.
 * Returns the number seen, which may exceed @max (0 also when the kernel has no
 * RDMA at all), or -errno when the folder exists and cannot be read.
 */
ssize_t eg_ib_class_list(const char *sysfs, struct eg_ib_device *ret, size_t max,
			 struct eg_err *err);

/* "100 Gb/sec (4X EDR)" of port 1 of device @name in whole Gb/s, 0 unknown. */
uint32_t eg_ib_class_rate(const char *sysfs, const char *name);

#endif
