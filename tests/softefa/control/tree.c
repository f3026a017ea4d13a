/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define OPEN_FOLDERS 16

static void fail(struct se_tree *tree, const char *path, int error)
{
	if (tree->error)
		return;
	tree->error = -error;
	(void)snprintf(tree->failed, sizeof(tree->failed), "%s", path);
}

/* The full path in @ret; false when the tree has failed before or it is too long. */
static bool full_path(struct se_tree *tree, const char *path, char *ret)
{
	if (tree->error)
		return false;
	if (snprintf(ret, PATH_MAX, "%s/%s", tree->root, path) < PATH_MAX)
		return true;
	fail(tree, path, ENAMETOOLONG);
	return false;
}

void se_tree_path(struct se_tree *tree, char *ret, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	if (vsnprintf(ret, PATH_MAX, format, list) >= PATH_MAX)
		fail(tree, format, ENAMETOOLONG);
	va_end(list);
}

/* Make the folders that @full is in. */
static void make_parents(struct se_tree *tree, char *full)
{
	for (char *slash = strchr(full + strlen(tree->root), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			fail(tree, full, errno);
		*slash = '/';
	}
}

void se_tree_bytes(struct se_tree *tree, const char *path, const void *bytes, size_t size,
		   mode_t mode)
{
	char full[PATH_MAX];
	int fd;

	if (!full_path(tree, path, full))
		return;
	make_parents(tree, full);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || fchmod(fd, mode) < 0)
		fail(tree, full, errno);
	if (fd >= 0)
		(void)close(fd);
}

void se_tree_file(struct se_tree *tree, const char *path, const char *text)
{
	se_tree_bytes(tree, path, text, strlen(text), 0444);
}

void se_tree_number(struct se_tree *tree, const char *path, uint64_t number, mode_t mode)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%" PRIu64 "\n", number);

	se_tree_bytes(tree, path, text, (size_t)length, mode);
}

void se_tree_folder(struct se_tree *tree, const char *path)
{
	char full[PATH_MAX];

	if (!full_path(tree, path, full))
		return;
	make_parents(tree, full);
	if (mkdir(full, 0755) < 0 && errno != EEXIST)
		fail(tree, full, errno);
}

void se_tree_link(struct se_tree *tree, const char *path, const char *target)
{
	char full[PATH_MAX];
	char relative[PATH_MAX] = "";

	if (!full_path(tree, path, full))
		return;
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
		if (strlen(relative) + strlen("../") < sizeof(relative))
			(void)strcat(relative, "../");
	if (strlen(relative) + strlen(target) >= sizeof(relative)) {
		fail(tree, path, ENAMETOOLONG);
		return;
	}
	(void)strcat(relative, target);
	make_parents(tree, full);
	if (symlink(relative, full) < 0 && errno != EEXIST)
		fail(tree, full, errno);
}

void se_tree_device(struct se_tree *tree, const char *path, unsigned int major, unsigned int minor,
		    mode_t mode)
{
	char full[PATH_MAX];

	if (!full_path(tree, path, full))
		return;
	make_parents(tree, full);
	if (mknod(full, S_IFCHR | mode, makedev(major, minor)) < 0 && errno != EEXIST)
		fail(tree, full, errno);
	/* the umask has narrowed it */
	else if (chmod(full, mode) < 0)
		fail(tree, full, errno);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path) < 0 && errno != ENOENT ? errno : 0;
}

void se_tree_remove(struct se_tree *tree, const char *path)
{
	char full[PATH_MAX];
	struct stat st;
	int rc;

	if (!full_path(tree, path, full))
		return;
	if (lstat(full, &st) < 0 && errno == ENOENT)
		return;
	rc = nftw(full, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	if (rc != 0)
		fail(tree, full, rc < 0 ? errno : rc);
}
