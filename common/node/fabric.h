/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric - the devices libfabric's efa provider offers to applications.
 */
#ifndef EG_NODE_FABRIC_H
#define EG_NODE_FABRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/base/pci_addr.h"
#include "common/node/facts.h"

struct eg_err;
struct eg_fabric_lib;
struct fi_info;

struct eg_fabric_device {
	struct eg_pci_addr pci;
	bool pci_known;
	char name[EG_DEVICE_NAME_MAX]; /* verbs name, "" unknown */
};

/*
 * Fill @ret with up to @max devices that have an RDM endpoint of efa, each
 * once. Returns the number seen, which may exceed @max; 0 when the provider
 * offers nothing; or -errno when libfabric could not be asked, with its text.
 * The provider opens all devices: blocks as long as their driver does.
 */
ssize_t eg_fabric_list(const struct eg_fabric_lib *lib, struct eg_fabric_device *ret, size_t max,
		       struct eg_err *err);

/*
 * Hints for reliable datagrams of @provider, in any mode a caller can be in;
 * for eg_fabric_infos(), which frees them. NULL without memory.
 */
struct fi_info *eg_fabric_hints(const struct eg_fabric_lib *lib, const char *provider);

/*
 * What the provider offers to who has these hints: *@ret, to be freed with
 * lib->freeinfo(), NULL nothing. @hints may be NULL: -ENOMEM. Blocks as eg_fabric_list().
 */
int eg_fabric_infos(const struct eg_fabric_lib *lib, struct fi_info *hints, struct fi_info **ret,
		    struct eg_err *err);

/* Which device @info is of: nothing known where the provider does not say. */
void eg_fabric_describe(const struct fi_info *info, struct eg_fabric_device *ret);

/* "1.17" into @text. */
void eg_fabric_version(const struct eg_fabric_lib *lib, char *text, size_t size);

#endif
