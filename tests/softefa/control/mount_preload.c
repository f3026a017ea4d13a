/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mount_parts.h"

#define PRELOAD "/etc/ld.so.preload"

#define MOUNTINFO_DEVICE 2 /* fields of a line, from 0 */
#define MOUNTINFO_ROOT 3
#define MOUNTINFO_POINT 4

struct mount_line {
	char device[32];
	char root[PATH_MAX];
};

/* Keep what @line says when it is about @point; a later line covers an earlier one. */
static void keep_line(char *line, const char *point, struct mount_line *ret)
{
	char *fields[MOUNTINFO_POINT + 1];
	char *rest = line;

	for (int i = 0; i <= MOUNTINFO_POINT; i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i])
			return;
	}
	if (strcmp(fields[MOUNTINFO_POINT], point) != 0)
		return;
	(void)snprintf(ret->device, sizeof(ret->device), "%s", fields[MOUNTINFO_DEVICE]);
	(void)snprintf(ret->root, sizeof(ret->root), "%s", fields[MOUNTINFO_ROOT]);
}

static int read_mounts(struct mount_line *ret_root, struct mount_line *ret_etc)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return -errno;
	while (getline(&line, &size, file) > 0) {
		char *copy = strdup(line);

		if (copy)
			keep_line(copy, "/", ret_root);
		free(copy);
		keep_line(line, "/etc", ret_etc);
	}
	free(line);
	(void)fclose(file);
	return 0;
}

/*
 * Whether something other than the root file system's own folder is mounted on
 * /etc. A bind mount of that folder on itself is still the machine's.
 */
static int etc_is_private(void)
{
	struct mount_line root = { .root = "/" };
	struct mount_line etc = { 0 };
	char plain[PATH_MAX + 8];
	int rc = read_mounts(&root, &etc);

	if (rc < 0 || !*etc.device)
		return rc;
	(void)snprintf(plain, sizeof(plain), "%s/etc", strcmp(root.root, "/") ? root.root : "");
	return strcmp(etc.device, root.device) != 0 || strcmp(etc.root, plain) != 0;
}

static int mount_overlay(const char *memory)
{
	char upper[PATH_MAX];
	char work[PATH_MAX];
	char options[2 * PATH_MAX + 64];

	/* these two end a path in the options */
	if (strpbrk(memory, ",:"))
		return -EINVAL;
	if (snprintf(upper, sizeof(upper), "%s/upper", memory) >= (int)sizeof(upper) ||
	    snprintf(work, sizeof(work), "%s/work", memory) >= (int)sizeof(work))
		return -ENAMETOOLONG;
	if (mkdir(upper, 0755) < 0 || mkdir(work, 0755) < 0)
		return -errno;
	(void)snprintf(options, sizeof(options), "lowerdir=/etc,upperdir=%s,workdir=%s", upper,
		       work);
	return mount("softefa", "/etc", "overlay", 0, options) < 0 ? -errno : 0;
}

/*
 * The changes are kept in memory, each namespace's by itself: two overlays
 * must not share a folder, and a node may be entered several times at once.
 */
static int cover_etc(const char *root)
{
	char memory[PATH_MAX];
	int rc;

	if (snprintf(memory, sizeof(memory), "%s/mount", root) >= (int)sizeof(memory))
		return -ENAMETOOLONG;
	if (mkdir(memory, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (mount("softefa", memory, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0)
		return -errno;
	rc = mount_overlay(memory);
	/* the overlay keeps what it needs of it */
	if (umount2(memory, MNT_DETACH) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

static bool is_named(FILE *file, const char *library)
{
	char line[PATH_MAX + 2];

	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, library) == 0)
			return true;
	}
	return false;
}

static int name_library(const char *library)
{
	FILE *file = fopen(PRELOAD, "a+e");
	int rc = 0;

	if (!file)
		return -errno;
	if (!is_named(file, library) && fprintf(file, "%s\n", library) < 0)
		rc = -EIO;
	if (fchmod(fileno(file), 0644) < 0)
		rc = -errno;
	if (fclose(file) != 0)
		rc = -errno;
	return rc;
}

int se_mount_preload(const char *root, const char *library)
{
	int is_private = etc_is_private();
	int rc = 0;

	if (is_private < 0)
		return is_private;
	if (!is_private)
		rc = cover_etc(root);
	return rc < 0 ? rc : name_library(library);
}
