/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * complete - entries for completion rings, of this process and of others.
 */
#ifndef SE_COMPLETE_H
#define SE_COMPLETE_H

#include <stdbool.h>
#include <stdint.h>

#include "../shared/device_format.h"
#include "../shared/fabric.h"

struct se_open_device;

/*
 * Append @entry to completion queue @number of @block; its phase is filled in.
 * False when that queue is gone or no longer that of context @context_id.
 */
bool se_complete(struct se_block *block, uint32_t number, uint32_t context_id,
		 struct se_completion *entry);

/* The same for a queue of @open_device. */
void se_complete_own(const struct se_open_device *open_device, uint32_t number,
		     struct se_completion *entry);

#endif
