/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "host_numa.h"
#include "mount_parts.h"

#define NODES_MAX 64

/* What programs need of the real one; the tree has an empty folder for each. */
static const char *const real_parts[] = {
	"fs",
	"devices/system",
	"devices/virtual",
	"class/net",
	"kernel/mm/transparent_hugepage",
	"kernel/debug",
	"kernel/security",
};

static int bind_part(const char *tree, const char *part)
{
	char from[PATH_MAX];
	char to[PATH_MAX];

	(void)snprintf(from, sizeof(from), "/sys/%s", part);
	if (access(from, F_OK) < 0)
		return 0;
	if (snprintf(to, sizeof(to), "%s/%s", tree, part) >= (int)sizeof(to))
		return -ENAMETOOLONG;
	return mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

static int open_huge_pages(const char *tree, int node)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/devices/system/node/node%d/hugepages", tree, node) >=
	    (int)sizeof(path))
		return -1;
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The folder of @fd, which devices/system has covered, over the machine's own. */
static int bind_huge_pages(const char *tree, int node, int fd)
{
	char from[64];
	char to[PATH_MAX];

	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	if (snprintf(to, sizeof(to), "%s/devices/system/node/node%d/hugepages", tree, node) >=
	    (int)sizeof(to))
		return -ENAMETOOLONG;
	if (access(to, F_OK) < 0)
		return 0;
	return mount(from, to, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

static int bind_all(const char *tree)
{
	int nodes = se_host_numa_count();
	int fds[NODES_MAX];
	int rc = 0;

	for (int i = 0; i < nodes; i++)
		fds[i] = open_huge_pages(tree, i);
	for (size_t i = 0; i < sizeof(real_parts) / sizeof(real_parts[0]) && rc == 0; i++)
		rc = bind_part(tree, real_parts[i]);
	for (int i = 0; i < nodes; i++) {
		if (fds[i] < 0)
			continue;
		if (rc == 0)
			rc = bind_huge_pages(tree, i, fds[i]);
		(void)close(fds[i]);
	}
	return rc;
}

int se_mount_sys(const char *root)
{
	char tree[PATH_MAX];
	int rc;

	if (snprintf(tree, sizeof(tree), "%s/sys", root) >= (int)sizeof(tree))
		return -ENAMETOOLONG;
	/* put together in place, while the real /sys can still be reached */
	if (mount(tree, tree, NULL, MS_BIND, NULL) < 0)
		return -errno;
	rc = bind_all(tree);
	if (rc < 0)
		return rc;
	return mount(tree, "/sys", NULL, MS_MOVE, NULL) < 0 ? -errno : 0;
}
