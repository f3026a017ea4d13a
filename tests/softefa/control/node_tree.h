/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * node_tree - the /sys and /dev of a whole node, as they look without faults.
 */
#ifndef SE_NODE_TREE_H
#define SE_NODE_TREE_H

#include <stdint.h>

#include "../shared/fabric_map.h"
#include "tree.h"

/* Where the tree of node @node is; no files are touched. */
void se_node_tree_locate(const struct se_fabric_map *map, uint32_t node, struct se_tree *ret);

/* Build the tree with all devices of @node and @huge_pages of 2 MiB. */
void se_node_tree_build(struct se_fabric_map *map, uint32_t node, uint64_t huge_pages,
			struct se_tree *tree);

#endif
