/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * raw_calls - open and close that the preload library does not see itself.
 *
 * Code of the library that called open() would enter its own interposed one.
 */
#ifndef SE_RAW_CALLS_H
#define SE_RAW_CALLS_H

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As openat(2) with O_CLOEXEC: a descriptor, or -1 and errno. */
static inline int se_raw_open(int dir, const char *path, int flags, mode_t mode)
{
	return (int)syscall(SYS_openat, dir, path, flags | O_CLOEXEC, mode);
}

static inline void se_raw_close(int fd)
{
	(void)syscall(SYS_close, fd);
}

#endif
