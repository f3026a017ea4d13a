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
#include "common/burst/fabric_link.h"
#include "common/burst/provider.h"
#include "common/burst/run.h"
#include "common/burst/srd_link.h"
#include "common/burst/traffic.h"
#include "common/node/fabric.h"
#include "common/node/instance.h"
#include "common/node/verbs.h"

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

/* *@ret stays NULL when the provider offers nothing. */
static int get_infos(const struct eg_burst_devices *devices, struct fi_info **ret,
		     struct eg_err *err)
{
	struct fi_info *hints = eg_fabric_hints(&devices->lib, devices->provider->library);

	if (hints) {
		hints->caps = FI_MSG | FI_RMA | FI_READ | FI_REMOTE_READ;
		hints->mode = FI_CONTEXT | FI_CONTEXT2;
		/* Only to who would post buffers for data beside writes; none are made here. */
		if (devices->provider->fabric)
			hints->mode |= FI_RX_CQ_DATA;
		hints->domain_attr->mode = 0;
		hints->domain_attr->threading = FI_THREAD_DOMAIN;
	}
	return eg_fabric_infos(&devices->lib, hints, ret, err);
}

/* Of the fabric that the provider is to be used with. */
static bool is_wanted(const struct eg_provider *provider, const struct fi_info *info)
{
	const char *name = info->fabric_attr->name;

	if (provider->fabric)
		return !strcmp(name, provider->fabric);
	return !provider->other_fabric || strcmp(name, provider->other_fabric) != 0;
}

static bool is_of(const struct fi_info *info, const struct eg_ib_device *ib)
{
	struct eg_fabric_device device;

	eg_fabric_describe(info, &device);
	if (device.pci_known && ib->pci_known)
		return !eg_pci_addr_compare(device.pci, ib->pci);
	return device.name[0] && !strcmp(device.name, ib->name);
}

static int numa_node_of(const char *sysfs, const char *name)
{
	char path[PATH_MAX], text[16];

	(void)snprintf(path, sizeof(path), "%s/class/infiniband/%s/device/numa_node", sysfs, name);
	if (eg_file_read_text(AT_FDCWD, path, text, sizeof(text), NULL) < 0)
		return -1;
	return atoi(text);
}

/* Without @info: by a queue pair of our own. */
static int open_link(struct eg_burst_devices *devices, struct fi_info *info, size_t place,
		     struct eg_link **ret, struct eg_err *err)
{
	return info ? eg_fabric_link_open(&devices->lib, info, ret, err)
		    : eg_srd_link_open(devices->offer.devices[place].name, ret, err);
}

static int open_endpoint(struct eg_burst_devices *devices, struct fi_info *info, size_t place,
			 struct eg_err *err)
{
	struct eg_link *link;
	uint64_t seed;
	int rc;

	devices->numa_nodes[place] =
		numa_node_of(devices->sysfs, devices->offer.devices[place].name);
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return eg_err_errno(err, errno, "getrandom");
	rc = open_link(devices, info, place, &link, err);
	return rc ? rc
		  : eg_endpoint_open(link, devices->read_bytes, seed, devices->numa_nodes[place],
				     &devices->endpoints[place], err);
}

/* Open it and say how it is reached, or why not. */
static void offer_device(struct eg_burst_devices *devices, struct fi_info *info, size_t place)
{
	struct eg_offer_device *device = &devices->offer.devices[place];
	struct eg_err err = { 0 };

	if (open_endpoint(devices, info, place, &err) < 0)
		(void)snprintf(device->error, sizeof(device->error), "%.120s", err.text);
	else
		eg_endpoint_target(devices->endpoints[place], &device->target);
}

static void open_device(struct eg_burst_devices *devices, size_t place,
			const struct eg_verbs_device *verbs, struct fi_info *infos)
{
	struct eg_offer_device *device = &devices->offer.devices[place];
	const struct eg_provider *provider = devices->provider;
	struct fi_info *info = infos;

	if (!verbs->opens) {
		(void)snprintf(device->error, sizeof(device->error), "cannot be opened: %s",
			       strerror(verbs->open_errno));
		return;
	}
	while (info && !(is_wanted(provider, info) && is_of(info, &verbs->ib)))
		info = info->next;
	if (!info && provider->library)
		(void)snprintf(device->error, sizeof(device->error),
			       "libfabric does not offer it%s%s", provider->fabric ? " over " : "",
			       provider->fabric ? provider->fabric : "");
	else
		offer_device(devices, info, place);
}

/* One reason for all devices; they stay in the offer with their names. */
static void refuse(struct eg_offer *offer, const char *why)
{
	(void)snprintf(offer->error, sizeof(offer->error), "%.190s", why);
	for (size_t i = 0; i < offer->device_count; i++)
		(void)snprintf(offer->devices[i].error, sizeof(offer->devices[i].error), "%.120s",
			       why);
}

static int ask(const struct eg_traffic *traffic, struct eg_burst_devices *devices,
	       struct fi_info **ret)
{
	struct eg_err err = { 0 };

	*ret = NULL;
	if (eg_fabric_lib_open(traffic->libfabric, &devices->lib, &err) >= 0 &&
	    get_infos(devices, ret, &err) >= 0)
		return 0;
	refuse(&devices->offer, err.text);
	return -1;
}

static void open_all(const struct eg_traffic *traffic, const struct eg_verbs_device *verbs,
		     struct eg_burst_devices *devices)
{
	struct eg_offer *offer = &devices->offer;
	bool all_read = eg_burst_devices_read(verbs, offer->device_count);
	bool device_reads = all_read || !devices->provider->library;
	struct fi_info *infos = NULL;

	traffic->prepare(devices->provider, all_read, offer->device_count);
	if (devices->provider->library && ask(traffic, devices, &infos))
		return;
	for (size_t i = 0; i < offer->device_count; i++) {
		open_device(devices, i, &verbs[i], infos);
		offer->devices[i].target.device_reads = device_reads;
	}
	if (infos)
		devices->lib.freeinfo(infos);
}

/* Without EFA: one thing, the first that the provider offers, by its own name. */
static void open_other(const struct eg_traffic *traffic, struct eg_burst_devices *devices)
{
	struct eg_offer_device *device = &devices->offer.devices[0];
	struct fi_info *infos;

	traffic->prepare(devices->provider, false, 1);
	if (ask(traffic, devices, &infos))
		return;
	if (!infos) {
		(void)snprintf(devices->offer.error, sizeof(devices->offer.error),
			       "libfabric does not offer %s", devices->provider->name);
		return;
	}
	devices->offer.device_count = 1;
	(void)snprintf(device->name, sizeof(device->name), "%.60s", infos->domain_attr->name);
	offer_device(devices, infos, 0);
	devices->lib.freeinfo(infos);
}

static void list_devices(const struct eg_traffic *traffic, struct eg_verbs_device *verbs,
			 struct eg_burst_devices *ret)
{
	struct eg_err err = { 0 };
	ssize_t seen = eg_verbs_list(traffic->sysfs, verbs, EG_DEVICES_MAX, &err);

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
}

void eg_burst_devices_open(const struct eg_traffic *traffic, struct eg_burst_devices *ret)
{
	struct eg_instance_said said = { .type = traffic->instance_type };
	struct eg_instance_facts instance = { 0 };
	struct eg_verbs_device verbs[EG_DEVICES_MAX];

	memset(ret, 0, sizeof(*ret));
	ret->sysfs = traffic->sysfs;
	(void)eg_instance_read(traffic->sysfs, &said, &instance, NULL);
	memcpy(ret->offer.instance_type, instance.type, sizeof(ret->offer.instance_type));
	ret->provider = traffic->provider;
	ret->read_bytes = traffic->read_bytes ? traffic->read_bytes : EG_READ_BYTES;
	if (ret->provider && !ret->provider->efa) {
		open_other(traffic, ret);
		return;
	}
	list_devices(traffic, verbs, ret);
	if (!ret->provider)
		ret->provider =
			eg_provider_for(eg_burst_devices_read(verbs, ret->offer.device_count));
	if (ret->offer.device_count)
		open_all(traffic, verbs, ret);
}

void eg_burst_devices_leave(struct eg_burst_devices *devices)
{
	if (devices->provider->efa)
		return;
	eg_endpoint_close(devices->endpoints[0]);
	devices->endpoints[0] = NULL;
}
