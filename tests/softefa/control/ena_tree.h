/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ena_tree - the network cards of a machine (ENA) on its bus: of the same vendor
 * and class as EFA devices, so a program that counts these must tell them apart.
 */
#ifndef SE_ENA_TREE_H
#define SE_ENA_TREE_H

#include "../shared/instance_types.h"
#include "tree.h"

/* Add the function at @place with its driver; there is no network interface to it. */
void se_ena_tree_add(struct se_tree *tree, struct se_pci_place place);

#endif
