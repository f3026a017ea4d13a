/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/node_pages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/base/fd.h"

#define AMAZON 0x1d0fu
#define EFA_FAMILY 0xefa0u /* 0xefa0 to 0xefaf */
#define POOL "kernel/mm/hugepages/hugepages-2048kB"

static uint64_t read_number(const char *sysfs, const char *folder, const char *name)
{
	char path[PATH_MAX];
	uint64_t value = 0;

	if (snprintf(path, sizeof(path), "%s/%s/%s", sysfs, folder, name) < (int)sizeof(path))
		(void)eg_file_read_u64(AT_FDCWD, path, &value, NULL);
	return value;
}

bool eg_node_is_efa(const char *sysfs, const char *name)
{
	char folder[NAME_MAX + 40];

	(void)snprintf(folder, sizeof(folder), "class/infiniband/%s/device", name);
	return read_number(sysfs, folder, "vendor") == AMAZON &&
	       (read_number(sysfs, folder, "device") & ~0xfu) == EFA_FAMILY;
}

static int count_devices(const char *sysfs, uint32_t *ret)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *folder;

	*ret = 0;
	(void)snprintf(path, sizeof(path), "%s/class/infiniband", sysfs);
	folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(folder)))
		*ret += entry->d_name[0] != '.' && eg_node_is_efa(sysfs, entry->d_name);
	(void)closedir(folder);
	return 0;
}

int eg_node_pages_read(const char *sysfs, struct eg_node_pages *ret)
{
	struct eg_node_pages pages = { .size_kib = 2048 };
	uint64_t free, reserved, overcommit, surplus;
	char path[PATH_MAX];
	int rc = count_devices(sysfs, &pages.devices);

	if (rc)
		return rc;
	(void)snprintf(path, sizeof(path), "%s/" POOL "/free_hugepages", sysfs);
	if (eg_file_read_u64(AT_FDCWD, path, &free, NULL) < 0)
		pages.size_kib = free = 0;
	reserved = read_number(sysfs, POOL, "resv_hugepages");
	overcommit = read_number(sysfs, POOL, "nr_overcommit_hugepages");
	surplus = read_number(sysfs, POOL, "surplus_hugepages");
	pages.available = (free > reserved ? free - reserved : 0) +
			  (overcommit > surplus ? overcommit - surplus : 0);
	*ret = pages;
	return 0;
}
