/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trusted - reports that only root can have written: what leads to a drain
 * must not come from a user.
 *
 * A file or folder is trusted when it and each folder above it up to / is
 * owned by root, not writable by group or others (a sticky /tmp is not
 * enough), and no symbolic link.
 */
#ifndef EG_GATE_TRUSTED_H
#define EG_GATE_TRUSTED_H

#include <stddef.h>

struct eg_err;

/*
 * Open the file or folder @path for reading, each part of the path checked.
 * Returns a descriptor or -errno with the part that is not trusted.
 */
int eg_trusted_open(const char *path, struct eg_err *err);

/* The same for the entry @name of a trusted folder; @path is the whole name, for messages. */
int eg_trusted_open_at(int folder, const char *name, const char *path, struct eg_err *err);

/*
 * Read the regular file @fd, or a pipe when @path is "-": its text, to be freed by the caller, with
 * a final 0 and its length; NULL with @err when it is none, larger than a survey or not readable.
 */
char *eg_trusted_read(int fd, const char *path, size_t *ret_length, struct eg_err *err);

#endif
