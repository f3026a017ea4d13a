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
	uint32_t devices; /* the most it can have */
	uint32_t part_id;
	uint32_t rate_gbps; /* of each */
	bool rdma_read;
	bool rdma_write;
	uint64_t huge_pages; /* of 2 MiB, when nothing else is asked for */
};

/* An RDMA device of another driver that the machine has beside its EFA devices. */
struct se_other_device {
	const char *name;
	struct se_pci_place place;
};

/* NULL when there is no such type. */
const struct se_instance_type *se_instance_type_find(const char *name);

/* The @index-th type, NULL past the last. */
const struct se_instance_type *se_instance_type_at(size_t index);

/* Where device @number is: as seen on real machines, else at regular addresses. */
struct se_pci_place se_instance_place(const struct se_instance_type *type, uint32_t number);

/*
 * Where the @number-th network card (ENA) of @type is, in @ret. False past the
 * last. All of a p5, as seen on one; of others the one that every instance has.
 */
bool se_instance_ena(const char *type, uint32_t number, struct se_pci_place *ret);

/* The @number-th device of another driver in machines of @type, NULL past the last. */
const struct se_other_device *se_instance_other(const char *type, uint32_t number);

#endif
