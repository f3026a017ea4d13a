/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * instance_types - the machines a node can be built as: how many EFA devices,
 * where they sit on the PCI bus, and what the host says besides.
 */
#ifndef SE_INSTANCE_TYPES_H
#define SE_INSTANCE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All devices are in PCI domain 0, function 0. */
struct se_pci_place {
	uint8_t bus;
	uint8_t slot;
};

struct se_instance_type {
	const char *name;
	const struct se_pci_place *places;
	uint32_t devices;
	uint32_t part_id;
	uint32_t rate_gbps;
	bool rdma_read;
	uint64_t huge_pages; /* of 2 MiB, when nothing else is asked for */
};

/* NULL when there is no such type. */
const struct se_instance_type *se_instance_type_find(const char *name);

/* The @index-th type, NULL past the last. */
const struct se_instance_type *se_instance_type_at(size_t index);

#endif
