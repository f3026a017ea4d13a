/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pci - EFA functions on the PCI bus, by hwloc: present whatever their driver
 * does, and each with the NUMA node it sits at, its switch and the GPU nearest to it.
 */
#ifndef EG_NODE_PCI_H
#define EG_NODE_PCI_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/pci_addr.h"
#include "common/node/facts.h"

struct eg_err;

struct eg_pci_device {
	struct eg_pci_addr addr;
	uint16_t device_id;
	int numa_node; /* -1: at none in particular */
	struct eg_locality locality;
};

/* Is this an EFA device? All generations so far, and by the scheme of their numbers later ones. */
static inline int eg_pci_is_efa(unsigned int vendor_id, unsigned int device_id)
{
	return vendor_id == 0x1d0f && (device_id & 0xfff0) == 0xefa0;
}

/*
 * Fill @ret with up to @max devices. @sysfs is the tree the other layers are
 * read from: hwloc takes its own (/sys, or what HWLOC_FSROOT or HWLOC_XMLFILE
 * say), and devices of two machines must not be joined.
 * Returns the number seen, which may exceed @max, or -errno. Takes milliseconds.
 */
ssize_t eg_pci_list(const char *sysfs, struct eg_pci_device *ret, size_t max, struct eg_err *err);

#endif
