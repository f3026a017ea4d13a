/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * context_file - a row in the fabric's table of contexts and the ring file
 * that goes with it.
 */
#ifndef SE_CONTEXT_FILE_H
#define SE_CONTEXT_FILE_H

#include <stdint.h>

struct se_context_file {
	uint32_t row;
	uint32_t id;
	int fd;
	uint8_t *rings;
};

/*
 * Make a context of this process on device @device. Returns 0, -ENOSPC (the
 * fabric has no row left) or another -errno.
 */
int se_context_file_make(uint32_t device, struct se_context_file *ret);

/* Give row and file back; @rings and the descriptor are left to the caller. */
void se_context_file_release(uint32_t row);

#endif
