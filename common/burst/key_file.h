/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * key_file - the key that all nodes of a site without munge have in a file,
 * and what follows from it for one session.
 *
 * Nobody but the file's owner ever has the key itself. A session works with a
 * key that is bound to its user, job and step: whoever learns that one has
 * learned nothing about any other session.
 */
#ifndef EG_BURST_KEY_FILE_H
#define EG_BURST_KEY_FILE_H

#include <stdint.h>

#include "common/burst/mac.h"

struct eg_err;

#define EG_KEY_FILE_MIN 32 /* bytes: as many as the code has */
#define EG_KEY_FILE_MAX 1024

/* Whose key is derived. */
struct eg_key_use {
	uint32_t uid, job, step;
};

/*
 * Read @path, a regular file (no link) of root's or the caller's own that
 * nobody else may read or write, and derive @ret. Returns 0, -EACCES, -EINVAL
 * or the errno of opening it, with a text that names the file. Blocks only as
 * long as the file system does.
 */
int eg_key_file_derive(const char *path, const struct eg_key_use *use, uint8_t ret[EG_MAC_BYTES],
		       struct eg_err *err);

#endif
