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

int eg_batch_begin(const char *dir, uint32_t job, uid_t uid, gid_t gid)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char path[PATH_MAX];
	int rc = make_dir(dir);

	if (rc)
		return rc;
	path_of(dir, job, path);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	return fchown(fd, uid, gid) < 0 ? -errno : 0;
}

void eg_batch_note_step(const char *dir, uint32_t job)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char path[PATH_MAX];

	path_of(dir, job, path);
	fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	/* Lost where the node has no room left: then a line too much is printed. */
	if (fd >= 0 && write(fd, "1", 1) < 0)
		return;
}

bool eg_batch_end(const char *dir, uint32_t job)
{
	char path[PATH_MAX];
	struct stat status;
	bool unused;

	path_of(dir, job, path);
	unused = lstat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
	(void)unlink(path);
	return unused;
}
