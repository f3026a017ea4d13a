/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * locate - which node this process is on, and which device a path means.
 *
 * The tree that stands for /sys says it: softefa/fabric holds the fabric's
 * folder, softefa/node the node's name. SYSFS_PATH moves the tree, as it does
 * for the RDMA libraries, except for programs with raised privileges.
 */
#ifndef SE_LOCATE_H
#define SE_LOCATE_H

#include <limits.h>
#include <stdbool.h>

#include "../shared/fabric.h"

struct se_location {
	char fabric[PATH_MAX];
	char node[SE_NAME_MAX];
};

/* Returns 0 or -errno; -ENOENT on a machine that is no node. */
int se_locate(struct se_location *ret);

/* The K of /dev/infiniband/uverbsK, -1 for any other path. */
int se_locate_uverbs(const char *path);

/* The device name in .../infiniband/NAME/.../hw_counters/..., false for any other path. */
bool se_locate_counter(const char *path, char *ret_name, size_t size);

#endif
