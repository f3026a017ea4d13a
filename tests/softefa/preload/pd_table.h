/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pd_table - the protection domains of an open device, and how many objects
 * are in each. The device's lock is held around every call.
 */
#ifndef SE_PD_TABLE_H
#define SE_PD_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "limits.h"

struct se_pd_table {
	bool is_used[SE_PDS + 1]; /* handles begin at 1 */
	uint32_t users[SE_PDS + 1];
};

/* A new handle, or -ENOMEM. */
int se_pd_alloc(struct se_pd_table *table);

/* Returns 0, -ENOENT, or -EBUSY while it has users. */
int se_pd_free(struct se_pd_table *table, uint64_t handle);

/* Put one more object into @handle; false when there is no such domain. */
bool se_pd_get(struct se_pd_table *table, uint64_t handle);

void se_pd_put(struct se_pd_table *table, uint64_t handle);

#endif
