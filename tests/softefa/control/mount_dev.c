/* SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mount_parts.h"

static int copy_link(const char *from, const char *to)
{
	char target[PATH_MAX];
	ssize_t length = readlink(from, target, sizeof(target) - 1);

	if (length < 0)
		return -errno;
	target[length] = '\0';
	return symlink(target, to) < 0 ? -errno : 0;
}

/* The same device under a new name; the device cgroup rules it as before. */
static int copy_device(const struct stat *st, const char *to)
{
	if (mknod(to, st->st_mode, st->st_rdev) < 0 || chmod(to, st->st_mode & 07777) < 0 ||
	    chown(to, st->st_uid, st->st_gid) < 0)
		return -errno;
	return 0;
}

static int bind_entry(const struct stat *st, const char *from, const char *to)
{
	int fd;

	if (S_ISDIR(st->st_mode)) {
		if (mkdir(to, 0755) < 0)
			return -errno;
	} else {
		fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return -errno;
		(void)close(fd);
	}
	return mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

static int copy_entry(const char *name, const char *new_dev)
{
	char from[PATH_MAX];
	char to[PATH_MAX];
	struct stat st;

	(void)snprintf(from, sizeof(from), "/dev/%s", name);
	if (snprintf(to, sizeof(to), "%s/%s", new_dev, name) >= (int)sizeof(to))
		return -ENAMETOOLONG;
	if (lstat(from, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return copy_device(&st, to);
	return bind_entry(&st, from, to);
}

static int copy_all(const char *new_dev)
{
	DIR *dir = opendir("/dev");
	struct dirent *entry;
	int rc = 0;

	if (!dir)
		return -errno;
	while (rc == 0 && (entry = readdir(dir))) {
		/* these two the node has for itself */
		if (strcmp(entry->d_name, "shm") == 0 || strcmp(entry->d_name, "infiniband") == 0)
			continue;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = copy_entry(entry->d_name, new_dev);
	}
	(void)closedir(dir);
	return rc;
}

static int add_own(const char *root, const char *new_dev)
{
	char from[PATH_MAX];
	char to[PATH_MAX];

	if (snprintf(to, sizeof(to), "%s/shm", new_dev) >= (int)sizeof(to))
		return -ENAMETOOLONG;
	if (mkdir(to, 0755) < 0 ||
	    mount("softefa", to, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0)
		return -errno;
	if (snprintf(from, sizeof(from), "%s/dev/infiniband", root) >= (int)sizeof(from) ||
	    snprintf(to, sizeof(to), "%s/infiniband", new_dev) >= (int)sizeof(to))
		return -ENAMETOOLONG;
	if (mkdir(to, 0755) < 0 || mount(from, to, NULL, MS_BIND, NULL) < 0)
		return -errno;
	return 0;
}

int se_mount_dev(const char *root)
{
	char new_dev[PATH_MAX];
	int rc;

	if (snprintf(new_dev, sizeof(new_dev), "%s/mount", root) >= (int)sizeof(new_dev))
		return -ENAMETOOLONG;
	if (mkdir(new_dev, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (mount("softefa", new_dev, "tmpfs", MS_NOSUID, "mode=755") < 0)
		return -errno;
	rc = copy_all(new_dev);
	if (rc == 0)
		rc = add_own(root, new_dev);
	if (rc < 0)
		return rc;
	return mount(new_dev, "/dev", NULL, MS_MOVE, NULL) < 0 ? -errno : 0;
}
