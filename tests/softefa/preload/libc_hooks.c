/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libc_hooks - the names of libc that are interposed.
 *
 * Opening /dev/infiniband/uverbsK first goes to the kernel, which knows whether
 * the node exists and whether its mode bits and the device cgroup allow it. For
 * want of a driver it then says ENXIO, and only that is answered here.
 */
#include <errno.h>
#include <rdma/rdma_user_ioctl_cmds.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../shared/raw_calls.h"
#include "counter_refresh.h"
#include "locate.h"
#include "meminfo.h"
#include "node_fault.h"
#include "open_device.h"
#include "real.h"
#include "verbs_call.h"

/* Without the libc headers' own inline and fortified variants of these names. */
int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);
int openat(int dir, const char *path, int flags, ...);
int openat64(int dir, const char *path, int flags, ...);
FILE *fopen64(const char *path, const char *mode);
int fstat64(int fd, struct stat64 *st);
int ioctl(int fd, unsigned long request, ...);

typedef int (*open_fn)(const char *, int, ...);
typedef int (*openat_fn)(int, const char *, int, ...);
typedef FILE *(*fopen_fn)(const char *, const char *);
typedef int (*close_fn)(int);
typedef int (*fstat_fn)(int, void *);
typedef int (*ioctl_fn)(int, unsigned long, ...);

#define REAL(type, name)                            \
	({                                          \
		static void *_Atomic cache_;        \
		(type) se_real_libc(name, &cache_); \
	})

static bool takes_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

/* What the real call answered for @path, or the emulated device in its place. */
static int emulate(const char *path, int fd)
{
	int number;

	if (fd >= 0 || errno != ENXIO)
		return fd;
	number = se_locate_uverbs(path);
	return number < 0 ? fd : se_open_device((uint32_t)number);
}

/* What opening @path does besides, and the descriptor that stands for it, or -1. */
static int before_open(const char *path, int flags)
{
	se_counter_refresh(path);
	return se_meminfo_open(path, flags);
}

/* The mode is only there when the flags say so. */
#define READ_MODE(flags, mode)                        \
	do {                                          \
		va_list list_;                        \
		if (takes_mode(flags)) {              \
			va_start(list_, flags);       \
			mode = va_arg(list_, mode_t); \
			va_end(list_);                \
		}                                     \
	} while (0)

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	int fd = before_open(path, flags);

	READ_MODE(flags, mode);
	return fd >= 0 ? fd : emulate(path, REAL(open_fn, "open")(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	int fd = before_open(path, flags);

	READ_MODE(flags, mode);
	return fd >= 0 ? fd : emulate(path, REAL(open_fn, "open64")(path, flags, mode));
}

int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	int fd = before_open(path, flags);

	READ_MODE(flags, mode);
	return fd >= 0 ? fd : emulate(path, REAL(openat_fn, "openat")(dir, path, flags, mode));
}

int openat64(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	int fd = before_open(path, flags);

	READ_MODE(flags, mode);
	return fd >= 0 ? fd : emulate(path, REAL(openat_fn, "openat64")(dir, path, flags, mode));
}

static int flags_of(const char *mode)
{
	int flags = strchr(mode, 'e') ? O_CLOEXEC : 0;

	return flags | (mode[0] == 'r' && !strchr(mode, '+') ? O_RDONLY : O_RDWR);
}

FILE *fopen(const char *path, const char *mode)
{
	int fd = before_open(path, flags_of(mode));

	return fd >= 0 ? fdopen(fd, mode) : REAL(fopen_fn, "fopen")(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	int fd = before_open(path, flags_of(mode));

	return fd >= 0 ? fdopen(fd, mode) : REAL(fopen_fn, "fopen64")(path, mode);
}

/* Only huge pages are of interest, and a program that has mmap() patched may do so. */
void *mmap(void *start, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	if ((flags & MAP_HUGETLB) && se_node_fault_acts(SE_FAULT_NO_HUGE_PAGES)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mmap, start, bytes, protection, flags, fd, offset);
}

void *mmap64(void *start, size_t bytes, int protection, int flags, int fd, off64_t offset)
{
	return mmap(start, bytes, protection, flags, fd, offset);
}

int close(int fd)
{
	se_open_device_close(fd);
	return REAL(close_fn, "close")(fd);
}

int fstat(int fd, struct stat *st)
{
	int rc = REAL(fstat_fn, "fstat")(fd, st);
	const struct se_open_device *open_device = se_open_device_of(fd);

	if (rc == 0 && open_device)
		se_open_device_stat(open_device, st);
	return rc;
}

int fstat64(int fd, struct stat64 *st)
{
	int rc = REAL(fstat_fn, "fstat64")(fd, st);
	const struct se_open_device *open_device = se_open_device_of(fd);

	/* the two structures are one on 64-bit machines */
	if (rc == 0 && open_device)
		se_open_device_stat(open_device, (struct stat *)(void *)st);
	return rc;
}

int ioctl(int fd, unsigned long request, ...)
{
	struct se_open_device *open_device = se_open_device_of(fd);
	va_list list;
	void *argument;
	int rc;

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	if (!open_device)
		return REAL(ioctl_fn, "ioctl")(fd, request, argument);
	rc = request == RDMA_VERBS_IOCTL ? se_verbs_call(open_device, argument) : -ENOTTY;
	if (rc == 0)
		return 0;
	errno = -rc;
	return -1;
}
