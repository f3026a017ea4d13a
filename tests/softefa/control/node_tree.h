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

/* Have @pages free, spread over the memory nodes. */
void se_node_tree_free_huge_pages(struct se_tree *tree, uint64_t pages);

/* Build the tree with all devices and huge pages of @node. */
void se_node_tree_build(struct se_fabric_map *map, uint32_t node, struct se_tree *tree);

#endif
