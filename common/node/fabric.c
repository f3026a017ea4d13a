/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/fabric.h"

#include <errno.h>
#include <rdma/fabric.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/node/fabric_lib.h"

/* From here on libfabric's error numbers are its own and no errno. */
#define FI_OWN_ERRORS 256

static int getinfo_failure(const struct eg_fabric_lib *lib, int rc, struct eg_err *err)
{
	int code = -rc < FI_OWN_ERRORS ? -rc : EIO;

	return eg_err_set(err, code, "libfabric: fi_getinfo: %s", lib->strerror(-rc));
}

struct fi_info *eg_fabric_hints(const struct eg_fabric_lib *lib, const char *provider)
{
	struct fi_info *hints = lib->dupinfo(NULL);

	if (!hints)
		return NULL;
	hints->ep_attr->type = FI_EP_RDM;
	hints->mode = ~0ULL;
	hints->domain_attr->mode = ~0ULL;
	hints->domain_attr->mr_mode =
		FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;
	hints->fabric_attr->prov_name = strdup(provider);
	if (hints->fabric_attr->prov_name)
		return hints;
	lib->freeinfo(hints);
	return NULL;
}

int eg_fabric_infos(const struct eg_fabric_lib *lib, struct fi_info *hints, struct fi_info **ret,
		    struct eg_err *err)
{
	int rc;

	*ret = NULL;
	if (!hints)
		return eg_err_errno(err, ENOMEM, "libfabric: hints");
	rc = lib->getinfo(FI_VERSION(FI_MAJOR_VERSION, FI_MINOR_VERSION), NULL, NULL, 0, hints,
			  ret);
	lib->freeinfo(hints);
	return rc && rc != -ENODATA ? getinfo_failure(lib, rc, err) : 0;
}

void eg_fabric_describe(const struct fi_info *info, struct eg_fabric_device *ret)
{
	const struct fid_nic *nic = info->nic;

	*ret = (struct eg_fabric_device){ .pci_known = false };
	if (!nic)
		return;
	if (nic->device_attr && nic->device_attr->name)
		(void)snprintf(ret->name, sizeof(ret->name), "%s", nic->device_attr->name);
	if (nic->bus_attr && nic->bus_attr->bus_type == FI_BUS_PCI) {
		ret->pci.domain = nic->bus_attr->attr.pci.domain_id;
		ret->pci.bus = nic->bus_attr->attr.pci.bus_id;
		ret->pci.device = nic->bus_attr->attr.pci.device_id;
		ret->pci.function = nic->bus_attr->attr.pci.function_id;
		ret->pci_known = true;
	}
}

static bool is_same(const struct eg_fabric_device *a, const struct eg_fabric_device *b)
{
	if (a->pci_known && b->pci_known)
		return !eg_pci_addr_compare(a->pci, b->pci);
	return !strcmp(a->name, b->name);
}

/* A device comes once for each of the provider's fabrics. */
static bool is_new(const struct eg_fabric_device *devices, size_t count,
		   const struct eg_fabric_device *device)
{
	for (size_t i = 0; i < count; i++) {
		if (is_same(&devices[i], device))
			return false;
	}
	return device->pci_known || device->name[0];
}

ssize_t eg_fabric_list(const struct eg_fabric_lib *lib, struct eg_fabric_device *ret, size_t max,
		       struct eg_err *err)
{
	struct fi_info *infos;
	size_t count = 0;
	int rc = eg_fabric_infos(lib, eg_fabric_hints(lib, "efa"), &infos, err);

	if (rc)
		return rc;
	for (const struct fi_info *info = infos; info; info = info->next) {
		struct eg_fabric_device device;

		eg_fabric_describe(info, &device);
		if (!is_new(ret, count < max ? count : max, &device))
			continue;
		if (count < max)
			ret[count] = device;
		count++;
	}
	if (infos)
		lib->freeinfo(infos);
	return (ssize_t)count;
}

void eg_fabric_version(const struct eg_fabric_lib *lib, char *text, size_t size)
{
	uint32_t version = lib->version();

	(void)snprintf(text, size, "%u.%u", FI_MAJOR(version), FI_MINOR(version));
}
