/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/pci.h"

#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"

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
 * Nothing but PCI functions, bridges and what NUMA nodes hang on: without OS
 * devices no back end for GPUs is started, without caches and cores few files
 * are read. Without packages and groups all NUMA nodes would hang on the machine
 * and each device be at all of them.
 */
static int set_filters(hwloc_topology_t topology)
{
	static const struct {
		hwloc_obj_type_t type;
		enum hwloc_type_filter_e filter;
	} kept[] = {
		{ HWLOC_OBJ_PACKAGE, HWLOC_TYPE_FILTER_KEEP_ALL },
		{ HWLOC_OBJ_GROUP, HWLOC_TYPE_FILTER_KEEP_STRUCTURE },
		{ HWLOC_OBJ_BRIDGE, HWLOC_TYPE_FILTER_KEEP_ALL },
		{ HWLOC_OBJ_PCI_DEVICE, HWLOC_TYPE_FILTER_KEEP_ALL },
	};
	unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED;

#if HWLOC_API_VERSION >= 0x00020800
	flags |= HWLOC_TOPOLOGY_FLAG_NO_DISTANCES | HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS |
		 HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS;
#endif
	if (hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE) < 0)
		return -1;
	for (size_t i = 0; i < EG_COUNT(kept); i++) {
		if (hwloc_topology_set_type_filter(topology, kept[i].type, kept[i].filter) < 0)
			return -1;
	}
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
	/*
	 * libpciaccess looks up a name for each device in a file of a megabyte; sysfs has all
	 * else. Refused where that plugin is not there, which is as good.
	 */
	(void)hwloc_topology_set_components(*ret, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "pci");
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

/* hwloc takes a bus it cannot read for one without devices. */
static int check_bus(const char *sysfs, struct eg_err *err)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/bus/pci/devices", sysfs) >= (int)sizeof(path))
		return eg_err_errno(err, ENAMETOOLONG, "'%s'", sysfs);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? eg_err_errno(err, errno, "'%s'", path) : 0;
}

static struct eg_pci_addr addr_of(const struct hwloc_pcidev_attr_s *pci)
{
	return (struct eg_pci_addr){ .domain = (uint16_t)pci->domain,
				     .bus = pci->bus,
				     .device = pci->dev,
				     .function = pci->func };
}

/* The node the kernel tells, -1 for none. */
static int kernel_node_of(const char *sysfs, struct eg_pci_addr addr)
{
	char path[PATH_MAX], text[EG_PCI_ADDR_TEXT];
	uint64_t node;

	if (snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/numa_node", sysfs,
		     eg_pci_addr_text(addr, text)) >= (int)sizeof(path) ||
	    eg_file_read_u64(AT_FDCWD, path, &node, NULL) < 0 || node > INT16_MAX)
		return -1;
	return (int)node;
}

/* hwloc's node; of several, which it can hang on one object, the kernel's. */
static int numa_node_of(hwloc_topology_t topology, const char *sysfs, hwloc_obj_t device)
{
	hwloc_obj_t place = hwloc_get_non_io_ancestor_obj(topology, device);
	int node;

	if (!place || !place->nodeset)
		return -1;
	if (hwloc_bitmap_weight(place->nodeset) == 1)
		return hwloc_bitmap_first(place->nodeset);
	node = kernel_node_of(sysfs, addr_of(&device->attr->pcidev));
	return node >= 0 && hwloc_bitmap_isset(place->nodeset, (unsigned int)node) ? node : -1;
}

/* GPUs by class (display controllers but the console of Nitro), and other accelerators. */
static bool is_gpu(const struct hwloc_pcidev_attr_s *pci)
{
	return (pci->class_id >> 8 == 0x03 && pci->vendor_id != 0x1d0f) ||
	       pci->class_id >> 8 == 0x12;
}

/* How many bridges @a and @b share, the root counted; -1 for devices of different roots. */
static int shared_bridges(hwloc_obj_t a, hwloc_obj_t b)
{
	int above = 0;

	for (hwloc_obj_t up = a->parent; up && up->type == HWLOC_OBJ_BRIDGE; up = up->parent) {
		for (hwloc_obj_t other = b->parent; other; other = other->parent) {
			if (other != up)
				continue;
			for (; up && up->type == HWLOC_OBJ_BRIDGE; up = up->parent)
				above++;
			return above;
		}
	}
	return -1;
}

static int distance(hwloc_obj_t a, hwloc_obj_t b)
{
	return abs((a->attr->pcidev.bus << 5 | a->attr->pcidev.dev) -
		   (b->attr->pcidev.bus << 5 | b->attr->pcidev.dev));
}

static void find_gpu(hwloc_topology_t topology, hwloc_obj_t device, struct eg_locality *ret)
{
	hwloc_obj_t object = NULL, nearest = NULL;
	int most = 0;

	while ((object = hwloc_get_next_pcidev(topology, object))) {
		int shared = is_gpu(&object->attr->pcidev) ? shared_bridges(device, object) : -1;

		if (shared < 1 || shared < most ||
		    (nearest && shared == most &&
		     distance(device, object) >= distance(device, nearest)))
			continue;
		most = shared;
		nearest = object;
	}
	if (!nearest)
		return;
	ret->gpu = addr_of(&nearest->attr->pcidev);
	ret->gpu_known = true;
}

/* The bridge of PCI that is the last on the way up. */
static void find_switch(hwloc_obj_t device, struct eg_locality *ret)
{
	for (hwloc_obj_t up = device->parent; up && up->type == HWLOC_OBJ_BRIDGE; up = up->parent) {
		if (up->attr->bridge.upstream_type != HWLOC_OBJ_BRIDGE_PCI)
			continue;
		ret->pci_switch = addr_of(&up->attr->bridge.upstream.pci);
		ret->pci_switch_known = true;
	}
}

static void describe(hwloc_topology_t topology, const char *sysfs, hwloc_obj_t object,
		     struct eg_pci_device *ret)
{
	*ret = (struct eg_pci_device){ .addr = addr_of(&object->attr->pcidev),
				       .device_id = object->attr->pcidev.device_id,
				       .numa_node = numa_node_of(topology, sysfs, object) };
	find_switch(object, &ret->locality);
	find_gpu(topology, object, &ret->locality);
}

ssize_t eg_pci_list(const char *sysfs, struct eg_pci_device *ret, size_t max, struct eg_err *err)
{
	EG_CLEANUP(destroy_topology) hwloc_topology_t topology = NULL;
	hwloc_obj_t object = NULL;
	size_t count = 0;
	int rc = load(&topology, sysfs, err);

	if (!rc)
		rc = check_bus(sysfs, err);
	if (rc < 0)
		return rc;
	while ((object = hwloc_get_next_pcidev(topology, object))) {
		const struct hwloc_pcidev_attr_s *pci = &object->attr->pcidev;

		if (!eg_pci_is_efa(pci->vendor_id, pci->device_id))
			continue;
		if (count < max)
			describe(topology, sysfs, object, &ret[count]);
		count++;
	}
	return (ssize_t)count;
}
