/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * visit - a short look into the fabric of this node, also by a process that has
 * no session in it.
 */
#ifndef SE_VISIT_H
#define SE_VISIT_H

#include <stdbool.h>

#include "../shared/fabric_map.h"

struct se_location;

typedef void (*se_visit_fn)(struct se_fabric_map *map, const struct se_location *location,
			    void *argument);

/*
 * Map the fabric, call @visitor, unmap it. False when this is no node or its
 * fabric cannot be opened. Keeps errno.
 */
bool se_visit_fabric(se_visit_fn visitor, void *argument);

#endif
