/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * odd_card - a preload library for the software EFA: one device, ODD_CARD, tells
 * that it has no RDMA read; with ODD_FORK the kernel is one without copy-on-fork.
 */
#include <dlfcn.h>
#include <infiniband/efadv.h>
#include <infiniband/verbs.h>
#include <string.h>

#include "tests/cluster/odd.h"

typedef int (*query_function)(struct ibv_context *, struct efadv_device_attr *, uint32_t);
typedef enum ibv_fork_status (*fork_function)(void);

int efadv_query_device(struct ibv_context *context, struct efadv_device_attr *attr, uint32_t size)
{
	void *symbol = dlsym(RTLD_NEXT, "efadv_query_device");
	const char *name = odd("ODD_CARD");
	query_function real;
	int rc;

	memcpy(&real, &symbol, sizeof(real));
	rc = real(context, attr, size);
	if (!rc && name && !strcmp(context->device->name, name))
		attr->device_caps &= ~(uint32_t)EFADV_DEVICE_ATTR_CAPS_RDMA_READ;
	return rc;
}

enum ibv_fork_status ibv_is_fork_initialized(void)
{
	void *symbol = dlsym(RTLD_NEXT, "ibv_is_fork_initialized");
	fork_function real;

	memcpy(&real, &symbol, sizeof(real));
	return getenv("ODD_FORK") ? IBV_FORK_DISABLED : real();
}
