/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ring_pages - room for rings in the file of an open device.
 */
#ifndef SE_RING_PAGES_H
#define SE_RING_PAGES_H

#include <stdint.h>

struct se_open_device;

/* Offset of @bytes of zeroed memory, or -ENOMEM. The device's lock is held. */
int64_t se_ring_alloc(struct se_open_device *open_device, uint64_t bytes);

/* Give back what se_ring_alloc() returned for the same @bytes. The lock is held. */
void se_ring_free(struct se_open_device *open_device, uint32_t offset, uint64_t bytes);

#endif
