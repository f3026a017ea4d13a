/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fd - bounded reading and writing of files and descriptors.
 */
#ifndef EG_BASE_FD_H
#define EG_BASE_FD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct eg_err;

/*
 * Read the file @path of directory @dirfd (AT_FDCWD for a plain path) into
 * @text (@size bytes with the final 0), trailing white space removed.
 * Returns the length, -EFBIG when it does not fit, or the errno of open/read.
 * Meant for sysfs and small configuration files, which never block.
 */
ssize_t eg_file_read_text(int dirfd, const char *path, char *text, size_t size, struct eg_err *err);

/* Read a whole number (decimal or 0x) from a file; -EINVAL names the content. */
int eg_file_read_u64(int dirfd, const char *path, uint64_t *ret, struct eg_err *err);

/*
 * Read up to @size bytes until end of file or @deadline_ms. @fd is put into
 * non-blocking mode. Returns the number of bytes (fewer than @size only at
 * end of file), -ETIMEDOUT, or -errno. What came before the deadline is in
 * @data, its length in *@ret_length (may be NULL), in every case.
 */
ssize_t eg_fd_read_until(int fd, void *data, size_t size, int64_t deadline_ms, size_t *ret_length);

/* Write all of @data by @deadline_ms: 0, -ETIMEDOUT or -errno. Never raises SIGPIPE on a socket. */
int eg_fd_write_until(int fd, const void *data, size_t size, int64_t deadline_ms);

/* Set or clear O_NONBLOCK: 0 or -errno. */
int eg_fd_set_nonblock(int fd, int on);

/*
 * Replace @path by @data in one step (temporary file in the same folder,
 * fsync, rename), mode @mode. Returns 0 or -errno with the path in @err.
 */
int eg_file_replace(const char *path, const void *data, size_t size, mode_t mode,
		    struct eg_err *err);

#endif
