/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory - registered memory: checking references to it, and moving bytes
 * between that of this process and that of another.
 */
#ifndef SE_MEMORY_H
#define SE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "../shared/device_format.h"
#include "../shared/fabric.h"

/* A piece of registered memory, after its key was found good. */
struct se_piece {
	uint64_t addr; /* in its process */
	uint64_t length;
	uint32_t process; /* row */
};

/*
 * Look up @ref in @block for a queue pair of @owner, which must be the same.
 * @access: bits of ib_uverbs_access_flags that the registration must allow.
 * False when the key is unknown, the range is not covered, or access is missing.
 */
bool se_memory_find(const struct se_block *block, const struct se_owner *owner,
		    const struct se_memory_ref *ref, uint32_t access, struct se_piece *ret);

/*
 * Write @local, @count pieces of this process and together as long as @to, to
 * @to; the pieces are used up. Returns an se_status.
 */
int se_memory_write(const struct se_piece *to, struct iovec *local, unsigned int count);

/* Read @from into @local, of the same length, of this process. Returns an se_status. */
int se_memory_read(const struct se_piece *from, const struct se_piece *local);

/* What a damaged byte differs by. */
#define SE_DAMAGE 0x40

/* Damage the last byte of @piece. */
void se_memory_corrupt(const struct se_piece *piece);

#endif
