/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/mark.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/mark_file.h"

/* Root's alone, or it is not used. */
static int open_dir(const char *dir)
{
	const char *end = strrchr(dir, '/');
	char above[PATH_MAX];
	struct stat status;
	int fd;

	(void)snprintf(above, sizeof(above), "%.*s", (int)(end - dir), dir);
	(void)mkdir(above, 0755);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && status.st_uid == geteuid() && !(status.st_mode & 022))
		return fd;
	(void)close(fd);
	return -EPERM;
}

static int count_marks(const char *dir)
{
	DIR *folder = opendir(dir);
	int count = 0;

	while (folder && count <= EG_MARKS_MAX + 2 && readdir(folder))
		count++;
	if (folder)
		(void)closedir(folder);
	return count - 2; /* "." and ".." */
}

int eg_mark_write(const char *dir, const struct eg_mark *mark)
{
	EG_CLEANUP(eg_close_fd) int folder = open_dir(dir);
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char name[32], line[80];
	int length;

	if (folder < 0)
		return folder;
	if (count_marks(dir) >= EG_MARKS_MAX)
		return -EDQUOT;
	(void)snprintf(name, sizeof(name), "%u.%u", mark->job, mark->step);
	length = snprintf(line, sizeof(line), EG_MARK_PREFIX "%" PRId64 " %u %.7s\n", mark->time,
			  mark->uid, mark->id[0] ? mark->id : "-");
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	return write(fd, line, (size_t)length) == length ? 0 : -EIO;
}

bool eg_mark_has_reader(const char *run)
{
	static const char *const names[] = { "jobs", "pass" };
	char path[PATH_MAX];
	bool found = false;

	for (size_t i = 0; i < EG_COUNT(names) && !found; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", run, names[i]);
		/* access() asks as the real user. */
		found = access(path, F_OK) == 0;
	}
	return found;
}
