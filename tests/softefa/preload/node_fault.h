/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * node_fault - the faults of a whole node, for code that has no device at hand:
 * they are set on each of its devices.
 */
#ifndef SE_NODE_FAULT_H
#define SE_NODE_FAULT_H

#include <stdbool.h>

#include "../shared/fabric_fault.h"

/* Whether this process's node has fault @word now; opens the fabric for the look. Keeps errno. */
bool se_node_fault_acts(enum se_fault_word word);

#endif
