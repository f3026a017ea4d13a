/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device_tree - what a node's /sys and /dev show of one device, in the layers
 * that can fail one by one: the PCI function, and what the driver adds to it.
 */
#ifndef SE_DEVICE_TREE_H
#define SE_DEVICE_TREE_H

#include <stdbool.h>

#include "../shared/fabric_map.h"
#include "tree.h"

/* "0000:10:1b.0" */
void se_device_address(const struct se_device *device, char *ret, size_t size);

/* The function on the bus. */
void se_device_tree_add_pci(struct se_tree *tree, const struct se_device *device);
void se_device_tree_remove_pci(struct se_tree *tree, const struct se_device *device);

/* Driver link, verbs device and its node in /dev; needs the function. */
void se_device_tree_add_verbs(struct se_tree *tree, struct se_device *device, uint32_t driver);
void se_device_tree_remove_verbs(struct se_tree *tree, const struct se_device *device);

/* The file in /dev alone: there or not, and whether it is only for root. */
void se_device_tree_file(struct se_tree *tree, const struct se_device *device, bool is_there,
			 bool is_forbidden);

/* The address in ports/1/gids/0, zero when @is_zero. */
void se_device_tree_gid(struct se_tree *tree, const struct se_device *device, bool is_zero);

#endif
