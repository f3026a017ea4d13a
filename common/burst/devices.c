/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <rdma/fabric.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/burst/endpoint.h"
#include "common/burst/traffic.h"
#include "common/node/instance.h"
#include "common/node/verbs.h"

#define DIRECT_FABRIC "efa-direct" /* of newer libfabrics: no emulated reads, not everywhere */

bool eg_burst_devices_read(const struct eg_verbs_device *devices, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (devices[i].opens && !(devices[i].capabilities & EG_CAP_RDMA_READ))
			return false;
		any |= devices[i].opens;
	}
	return any;
}

static int compare_devices(const void *a, const void *b)
{
	const struct eg_verbs_device *left = a, *right = b;
	int rc = eg_pci_addr_compare(left->ib.pci, right->ib.pci);

	return rc ? rc : strcmp(left->ib.name, right->ib.name);
}

static struct fi_info *make_hints(const struct eg_fabric_lib *lib)
{
	struct fi_info *hints = lib->dupinfo(NULL);

	if (!hints)
		return NULL;
	hints->caps = FI_MSG | FI_RMA | FI_READ | FI_REMOTE_READ;
	hints->ep_attr->type = FI_EP_RDM;
	hints->mode = FI_CONTEXT | FI_CONTEXT2;
	hints->domain_attr->threading = FI_THREAD_DOMAIN;
	hints->domain_attr->mr_mode =
		FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;
	hints->fabric_attr->prov_name = strdup("efa");
	if (hints->fabric_attr->prov_name)
		return hints;
	lib->freeinfo(hints);
	return NULL;
}

/* *@ret stays NULL when the provider offers nothing. */
static int get_infos(const struct eg_fabric_lib *lib, struct fi_info **ret, struct eg_err *err)
{
	struct fi_info *hints = make_hints(lib);
	int rc;

	if (!hints)
		return eg_err_errno(err, ENOMEM, "libfabric: hints");
	rc = lib->getinfo(FI_VERSION(FI_MAJOR_VERSION, FI_MINOR_VERSION), NULL, NULL, 0, hints,
			  ret);
	lib->freeinfo(hints);
	if (rc && rc != -ENODATA)
		return eg_err_set(err, EIO, "libfabric: fi_getinfo: %s", lib->strerror(-rc));
	return 0;
}

static bool is_of(const struct fi_info *info, const struct eg_ib_device *ib)
{
	const struct fid_nic *nic = info->nic;
	struct eg_pci_addr pci;

	if (!nic || !strcmp(info->fabric_attr->name, DIRECT_FABRIC))
		return false;
	if (!ib->pci_known || !nic->bus_attr || nic->bus_attr->bus_type != FI_BUS_PCI)
		return nic->device_attr && nic->device_attr->name &&
		       !strcmp(nic->device_attr->name, ib->name);
	pci.domain = nic->bus_attr->attr.pci.domain_id;
	pci.bus = nic->bus_attr->attr.pci.bus_id;
	pci.device = nic->bus_attr->attr.pci.device_id;
	pci.function = nic->bus_attr->attr.pci.function_id;
	return !eg_pci_addr_compare(pci, ib->pci);
}

static int numa_node_of(const char *sysfs, const char *name)
{
	char path[PATH_MAX], text[16];

	(void)snprintf(path, sizeof(path), "%s/class/infiniband/%s/device/numa_node", sysfs, name);
	if (eg_file_read_text(AT_FDCWD, path, text, sizeof(text), NULL) < 0)
		return -1;
	return atoi(text);
}

static int open_endpoint(struct eg_burst_devices *devices, struct fi_info *info, const char *name,
			 struct eg_endpoint **ret, struct eg_err *err)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return eg_err_errno(err, errno, "getrandom");
	return eg_endpoint_open(&devices->lib, info, seed, numa_node_of(devices->sysfs, name), ret,
				err);
}

static void open_device(struct eg_burst_devices *devices, size_t place,
			const struct eg_verbs_device *verbs, struct fi_info *infos)
{
	struct eg_offer_device *device = &devices->offer.devices[place];
	struct fi_info *info = infos;
	struct eg_err err = { 0 };

	if (!verbs->opens) {
		(void)snprintf(device->error, sizeof(device->error), "cannot be opened: %s",
			       strerror(verbs->open_errno));
		return;
	}
	while (info && !is_of(info, &verbs->ib))
		info = info->next;
	if (!info)
		(void)snprintf(device->error, sizeof(device->error), "libfabric does not offer it");
	else if (open_endpoint(devices, info, device->name, &devices->endpoints[place], &err) < 0)
		(void)snprintf(device->error, sizeof(device->error), "%.120s", err.text);
	else
		eg_endpoint_target(devices->endpoints[place], &device->target);
}

/* One reason for all devices; they stay in the offer with their names. */
static void refuse(struct eg_offer *offer, const char *why)
{
	(void)snprintf(offer->error, sizeof(offer->error), "%.190s", why);
	for (size_t i = 0; i < offer->device_count; i++)
		(void)snprintf(offer->devices[i].error, sizeof(offer->devices[i].error), "%.120s",
			       why);
}

static void open_all(const struct eg_traffic *traffic, const struct eg_verbs_device *verbs,
		     struct eg_burst_devices *devices)
{
	struct eg_offer *offer = &devices->offer;
	struct fi_info *infos = NULL;
	struct eg_err err = { 0 };
	bool device_reads = eg_burst_devices_read(verbs, offer->device_count);

	if (eg_fabric_lib_open(traffic->libfabric, &devices->lib, &err) < 0 ||
	    get_infos(&devices->lib, &infos, &err) < 0) {
		refuse(offer, err.text);
		return;
	}
	for (size_t i = 0; i < offer->device_count; i++) {
		open_device(devices, i, &verbs[i], infos);
		offer->devices[i].target.device_reads = device_reads;
	}
	if (infos)
		devices->lib.freeinfo(infos);
}

void eg_burst_devices_open(const struct eg_traffic *traffic, struct eg_burst_devices *ret)
{
	struct eg_instance_said said = { .type = traffic->instance_type };
	struct eg_verbs_device verbs[EG_DEVICES_MAX];
	struct eg_instance_facts instance = { 0 };
	struct eg_err err = { 0 };
	ssize_t seen;

	memset(ret, 0, sizeof(*ret));
	ret->sysfs = traffic->sysfs;
	eg_instance_read(traffic->sysfs, &said, &instance);
	memcpy(ret->offer.instance_type, instance.type, sizeof(ret->offer.instance_type));
	seen = eg_verbs_list(traffic->sysfs, verbs, EG_DEVICES_MAX, &err);
	if (seen <= 0) {
		refuse(&ret->offer, seen < 0 ? err.text : "no EFA device");
		return;
	}
	ret->offer.device_count = (uint16_t)(seen < EG_DEVICES_MAX ? seen : EG_DEVICES_MAX);
	qsort(verbs, ret->offer.device_count, sizeof(*verbs), compare_devices);
	for (size_t i = 0; i < ret->offer.device_count; i++) {
		ret->offer.devices[i].pci = verbs[i].ib.pci;
		memcpy(ret->offer.devices[i].name, verbs[i].ib.name, EG_DEVICE_NAME_MAX);
	}
	open_all(traffic, verbs, ret);
}
