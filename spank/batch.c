/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"

/* For everybody to look into, and root's alone to change. */
static int make_dir(const char *dir)
{
	struct stat status;

	if ((mkdir(dir, 0755) < 0 && errno != EEXIST) || lstat(dir, &status) < 0)
		return -errno;
	if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || status.st_mode & 022)
		return -EPERM;
	return 0;
}

static void path_of(const char *dir, uint32_t job, char path[PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/%u", dir, job);
}

/* Held for reading and writing, so that it lives without a writer; nothing blocks. */
static int open_pipe(const char *path, uid_t uid, gid_t gid)
{
	int fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) && fchown(fd, uid, gid) == 0)
		return fd;
	(void)close(fd);
	return -EPERM;
}

int eg_batch_begin(const char *dir, uint32_t job, uid_t uid, gid_t gid)
{
	char path[PATH_MAX];
	int rc = make_dir(dir);

	if (rc)
		return rc;
	path_of(dir, job, path);
	(void)unlink(path);
	if (mkfifo(path, 0600) < 0)
		return -errno;
	return open_pipe(path, uid, gid);
}

void eg_batch_note_step(const char *dir, uint32_t job)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	struct stat status;
	char path[PATH_MAX];

	path_of(dir, job, path);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	/* A full pipe has been written to before. */
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) && write(fd, "1", 1) < 0)
		return;
}

bool eg_batch_end(const char *dir, uint32_t job, int fd)
{
	char path[PATH_MAX], byte;
	bool unused;

	if (fd < 0)
		return false;
	unused = read(fd, &byte, 1) < 0 && errno == EAGAIN;
	(void)close(fd);
	path_of(dir, job, path);
	(void)unlink(path);
	return unused;
}
