/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * odd_libfabric - a libfabric that leaves a device out: that of Debian, without
 * the domains of the device ODD_HIDE, or of all devices with ODD_HIDE=all. With
 * ODD_HIDE=abort it ends its process, as the efa provider does at times.
 */
#include <dlfcn.h>
#include <rdma/fabric.h>
#include <rdma/fi_errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cluster/odd.h"

int fi_getinfo(uint32_t version, const char *node, const char *service, uint64_t flags,
	       const struct fi_info *hints, struct fi_info **info);
void fi_freeinfo(struct fi_info *info);
struct fi_info *fi_dupinfo(const struct fi_info *info);
int fi_fabric(struct fi_fabric_attr *attr, struct fid_fabric **fabric, void *context);
const char *fi_strerror(int errnum);
uint32_t fi_version(void);

static void *find(const char *name)
{
	static void *library;

	if (!library)
		library = dlopen("libfabric.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		abort();
	/* The layout of FABRIC_1.3, where a function has several. */
	return dlvsym(library, name, "FABRIC_1.3") ?: dlsym(library, name);
}

static int is_hidden(const struct fi_info *info, const char *hide)
{
	return !strcmp(hide, "all") ||
	       (info->nic && info->nic->device_attr && !strcmp(info->nic->device_attr->name, hide));
}

int fi_getinfo(uint32_t version, const char *node, const char *service, uint64_t flags,
	       const struct fi_info *hints, struct fi_info **info)
{
	int (*real)(uint32_t, const char *, const char *, uint64_t, const struct fi_info *,
		    struct fi_info **) = NULL;
	void *symbol = find("fi_getinfo");
	const char *hide = odd("ODD_HIDE");
	struct fi_info **at = info;
	int rc;

	if (hide && !strcmp(hide, "abort"))
		abort();
	memcpy(&real, &symbol, sizeof(real));
	rc = real(version, node, service, flags, hints, info);
	while (!rc && hide && *at) {
		struct fi_info *next = *at;

		if (is_hidden(next, hide)) {
			*at = next->next;
			next->next = NULL;
			fi_freeinfo(next);
		} else {
			at = &next->next;
		}
	}
	return !rc && !*info ? -FI_ENODATA : rc;
}

void fi_freeinfo(struct fi_info *info)
{
	void (*real)(struct fi_info *) = NULL;
	void *symbol = find("fi_freeinfo");

	memcpy(&real, &symbol, sizeof(real));
	real(info);
}

struct fi_info *fi_dupinfo(const struct fi_info *info)
{
	struct fi_info *(*real)(const struct fi_info *) = NULL;
	void *symbol = find("fi_dupinfo");

	memcpy(&real, &symbol, sizeof(real));
	return real(info);
}

int fi_fabric(struct fi_fabric_attr *attr, struct fid_fabric **fabric, void *context)
{
	int (*real)(struct fi_fabric_attr *, struct fid_fabric **, void *) = NULL;
	void *symbol = find("fi_fabric");

	memcpy(&real, &symbol, sizeof(real));
	return real(attr, fabric, context);
}

const char *fi_strerror(int errnum)
{
	const char *(*real)(int) = NULL;
	void *symbol = find("fi_strerror");

	memcpy(&real, &symbol, sizeof(real));
	return real(errnum);
}

uint32_t fi_version(void)
{
	uint32_t (*real)(void) = NULL;
	void *symbol = find("fi_version");

	memcpy(&real, &symbol, sizeof(real));
	return real();
}
