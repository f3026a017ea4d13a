/* SPDX-License-Identifier: BSD-3-Clause */
#include "event_pipe.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "raw_calls.h"

static void path_of(const char *dir, uint32_t id, uint32_t number, char *ret)
{
	(void)snprintf(ret, PATH_MAX + 64, "%s/contexts/%u.%u", dir, id, number);
}

int se_event_pipe_make(const char *dir, uint32_t id, uint32_t number)
{
	char path[PATH_MAX + 64];
	int flags;
	int fd;

	path_of(dir, id, number, path);
	(void)unlink(path);
	if (mkfifo(path, 0600) < 0)
		return -errno;
	/* also for writing, so that it never ends, and then as the kernel's own: it blocks */
	fd = se_raw_open(AT_FDCWD, path, O_RDWR | O_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	flags = fcntl(fd, F_GETFL);
	(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return fd;
}

void se_event_pipe_write(const char *dir, uint32_t id, uint32_t number, const void *event,
			 size_t bytes)
{
	char path[PATH_MAX + 64];
	int fd;

	path_of(dir, id, number, path);
	fd = se_raw_open(AT_FDCWD, path, O_WRONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (write(fd, event, bytes) < 0)
		errno = 0;
	se_raw_close(fd);
}

void se_event_pipe_remove(const char *dir, uint32_t id)
{
	char path[PATH_MAX + 64];

	for (uint32_t number = 0; number < SE_EVENT_PIPES; number++) {
		path_of(dir, id, number, path);
		(void)unlink(path);
	}
}
