/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * other_tree - RDMA devices of another driver, as P6 machines have them for
 * NVLink: listed like any device, with nothing behind their file.
 */
#ifndef SE_OTHER_TREE_H
#define SE_OTHER_TREE_H

#include "../shared/instance_types.h"
#include "tree.h"

/* Add @device with the file uverbs@number. */
void se_other_tree_add(struct se_tree *tree, const struct se_other_device *device,
		       unsigned int number);

#endif
