/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/pci.h"

#include <errno.h>
#include <hwloc.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"

static void destroy_topology(hwloc_topology_t *topology)
{
	if (*topology)
		hwloc_topology_destroy(*topology);
}

/* hwloc answers -1 and does not always set errno. */
static int hwloc_failure(struct eg_err *err, const char *what)
{
	return eg_err_errno(err, errno ? errno : EIO, "hwloc: %s", what);
}

/*
 * Nothing but PCI functions and NUMA nodes: without OS devices no back end for
 * GPUs is started, without caches and cores few files are read.
 */
static int set_filters(hwloc_topology_t topology)
{
	unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED;

#if HWLOC_API_VERSION >= 0x00020800
	flags |= HWLOC_TOPOLOGY_FLAG_NO_DISTANCES | HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS |
		 HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS;
#endif
	if (hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE) < 0 ||
	    hwloc_topology_set_type_filter(topology, HWLOC_OBJ_PCI_DEVICE,
					   HWLOC_TYPE_FILTER_KEEP_ALL) < 0)
		return -1;
	return hwloc_topology_set_flags(topology, flags);
}

static int load(hwloc_topology_t *ret, const char *sysfs, struct eg_err *err)
{
	int own_tree = !strcmp(sysfs, "/sys");

	errno = 0;
	if (hwloc_topology_init(ret) < 0) {
		*ret = NULL;
		return hwloc_failure(err, "cannot start");
	}
	if (set_filters(*ret) < 0)
		return hwloc_failure(err, "filters refused");
	if (hwloc_topology_load(*ret) < 0)
		return hwloc_failure(err, "cannot read the topology");
	if (own_tree && !hwloc_topology_is_thissystem(*ret))
		return eg_err_set(err, EINVAL,
				  "hwloc: HWLOC_FSROOT, HWLOC_XMLFILE or HWLOC_SYNTHETIC "
				  "describe another machine than '/sys'");
	if (!own_tree && hwloc_topology_is_thissystem(*ret))
		return eg_err_set(err, EINVAL,
				  "hwloc: reads this machine, not '%s' (HWLOC_FSROOT is not set)",
				  sysfs);
	return 0;
}

static int numa_node_of(hwloc_topology_t topology, hwloc_obj_t device)
{
	hwloc_obj_t place = hwloc_get_non_io_ancestor_obj(topology, device);

	if (!place || !place->nodeset || hwloc_bitmap_weight(place->nodeset) != 1)
		return -1;
	return hwloc_bitmap_first(place->nodeset);
}

static struct eg_pci_addr addr_of(const struct hwloc_pcidev_attr_s *pci)
{
	return (struct eg_pci_addr){ .domain = (uint16_t)pci->domain,
				     .bus = pci->bus,
				     .device = pci->dev,
				     .function = pci->func };
}

ssize_t eg_pci_list(const char *sysfs, struct eg_pci_device *ret, size_t max, struct eg_err *err)
{
	EG_CLEANUP(destroy_topology) hwloc_topology_t topology = NULL;
	hwloc_obj_t object = NULL;
	size_t count = 0;
	int rc = load(&topology, sysfs, err);

	if (rc < 0)
		return rc;
	while ((object = hwloc_get_next_pcidev(topology, object))) {
		const struct hwloc_pcidev_attr_s *pci = &object->attr->pcidev;

		if (!eg_pci_is_efa(pci->vendor_id, pci->device_id))
			continue;
		if (count < max)
			ret[count] = (struct eg_pci_device){ addr_of(pci), pci->device_id,
							     numa_node_of(topology, object) };
		count++;
	}
	return (ssize_t)count;
}
