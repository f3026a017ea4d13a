/* SPDX-License-Identifier: BSD-3-Clause */
#include "pd_table.h"

#include <errno.h>

static bool is_known(const struct se_pd_table *table, uint64_t handle)
{
	return handle >= 1 && handle <= SE_PDS && table->is_used[handle];
}

int se_pd_alloc(struct se_pd_table *table)
{
	for (int handle = 1; handle <= (int)SE_PDS; handle++) {
		if (table->is_used[handle])
			continue;
		table->is_used[handle] = true;
		return handle;
	}
	return -ENOMEM;
}

int se_pd_free(struct se_pd_table *table, uint64_t handle)
{
	if (!is_known(table, handle))
		return -ENOENT;
	if (table->users[handle] > 0)
		return -EBUSY;
	table->is_used[handle] = false;
	return 0;
}

bool se_pd_get(struct se_pd_table *table, uint64_t handle)
{
	if (!is_known(table, handle))
		return false;
	table->users[handle]++;
	return true;
}

void se_pd_put(struct se_pd_table *table, uint64_t handle)
{
	if (is_known(table, handle) && table->users[handle] > 0)
		table->users[handle]--;
}
