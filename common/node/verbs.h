/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs - what libibverbs makes of each EFA device: does it open, what can it
 * do, which address has it. Each device is asked by itself, so that a sick one
 * hides no other.
 */
#ifndef EG_NODE_VERBS_H
#define EG_NODE_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/node/ib_class.h"

struct eg_err;
struct ibv_context;

struct eg_verbs_device {
	struct eg_ib_device ib;
	bool opens; /* opened and answered */
	int open_errno; /* why not; ELIBACC: libibverbs has no provider for it */
	uint32_t capabilities; /* enum eg_capability */
	uint8_t gid[16];
	uint32_t rate_gbps;
};

/*
 * Fill @ret with up to @max devices and open each once. libibverbs reads the
 * tree SYSFS_PATH names or /sys: @sysfs must be the same.
 * Returns the number seen, which may exceed @max, or -errno when the layer
 * could not be asked. Blocks as long as the driver does in open and ioctl.
 */
ssize_t eg_verbs_list(const char *sysfs, struct eg_verbs_device *ret, size_t max,
		      struct eg_err *err);

/*
 * Open a device that eg_verbs_list() found to open. Returns 0 with *@ret, to be
 * closed with ibv_close_device(), or a positive errno; ELIBACC as in open_errno.
 * Blocks as long as the driver does.
 */
int eg_verbs_open(const char *name, struct ibv_context **ret);

/* Does the kernel copy pinned pages at fork(), as far as libibverbs (and so libfabric) knows? */
bool eg_verbs_copy_on_fork(void);

#endif
