/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * instance_table - the EC2 instance types that can have EFA, and how much of it.
 *
 * The numbers are the most a type can have: a launch template may attach fewer.
 * Public figures of AWS; facts only.
 */
#ifndef EG_NODE_INSTANCE_TABLE_H
#define EG_NODE_INSTANCE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eg_pci_addr;

struct eg_instance_type {
	const char *name; /* "p4de.24xlarge" */
	uint32_t devices, gbps; /* all devices together */
	bool rdma_read, rdma_write; /* in hardware */
	const struct eg_pci_addr *addresses; /* of the devices, in bus order, or NULL: not known */
};

/* The row of type @name, or NULL. Static data. */
const struct eg_instance_type *eg_instance_type_find(const char *name);

/*
 * Does EFA of this type only reach nodes of the same type (p4d, p4de, dl1)?
 * Then its place among those types, counted from 1, else 0.
 */
uint8_t eg_instance_type_apart(const char *name);

/* All rows, by name, for listing and for tests. */
const struct eg_instance_type *eg_instance_type_all(size_t *ret_count);

#endif
