/* SPDX-License-Identifier: BSD-3-Clause */
#include "node_mount.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#include "mount_parts.h"

/* The number of the first mount of process @process, unique among all namespaces. */
static int first_mount(const char *process)
{
	char path[64];
	FILE *file;
	int number = -ENODATA;

	(void)snprintf(path, sizeof(path), "/proc/%s/mountinfo", process);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	if (fscanf(file, "%d", &number) != 1)
		number = -ENODATA;
	(void)fclose(file);
	return number;
}

/* The link /proc/1/ns/mnt would say it too, but root may not read it everywhere. */
int se_node_mount_is_private(void)
{
	int own = first_mount("self");
	int first = first_mount("1");

	if (own < 0 || first < 0)
		return own < 0 ? own : first;
	return own != first;
}

/* Programs read all of it to look for a symbol, tens of milliseconds each time. */
static int mask_kallsyms(void)
{
	if (access("/proc/kallsyms", F_OK) < 0)
		return 0;
	return mount("/dev/null", "/proc/kallsyms", NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

static int make_private(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

int se_node_mount(struct se_node_mount *mount_request)
{
	int rc;

	if (access("/sys/softefa/node", F_OK) == 0) {
		mount_request->doing = "a node is mounted here already";
		return -EBUSY;
	}
	mount_request->doing = "mounts private";
	rc = make_private();
	if (rc < 0)
		return rc;
	mount_request->doing = "/sys";
	rc = se_mount_sys(mount_request->root);
	if (rc < 0)
		return rc;
	mount_request->doing = "/dev";
	rc = se_mount_dev(mount_request->root);
	if (rc < 0)
		return rc;
	mount_request->doing = "/proc/kallsyms";
	rc = mask_kallsyms();
	if (rc < 0)
		return rc;
	mount_request->doing = "/etc/ld.so.preload";
	return se_mount_preload(mount_request->root, mount_request->library);
}
