/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/task_access.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/fd.h"
#include "spank/node_pages.h"

/* The verbs device of @uverbs ("uverbs0") into @name; false when it is no EFA. */
static bool find_efa(const char *sysfs, const char *uverbs, char *name, size_t size)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/class/infiniband_verbs/%s/ibdev", sysfs, uverbs);
	if (eg_file_read_text(AT_FDCWD, path, name, size, NULL) < 0)
		return false;
	name[strcspn(name, "\n")] = '\0';
	return !strchr(name, '/') && eg_node_is_efa(sysfs, name);
}

static bool is_denied(const char *dev, const char *uverbs)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/infiniband/%s", dev, uverbs);
	return access(path, R_OK | W_OK) < 0 && errno == EPERM;
}

void eg_task_access_read(const char *sysfs, const char *dev, struct eg_task_access *ret)
{
	char path[PATH_MAX], name[EG_TASK_DEVICE_MAX];
	struct dirent *entry;
	DIR *folder;

	*ret = (struct eg_task_access){ 0 };
	(void)snprintf(path, sizeof(path), "%s/class/infiniband_verbs", sysfs);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "uverbs", 6) != 0 || !is_denied(dev, entry->d_name) ||
		    !find_efa(sysfs, entry->d_name, name, sizeof(name)))
			continue;
		if (!ret->denied++ || strverscmp(name, ret->first) < 0)
			(void)strcpy(ret->first, name);
	}
	if (folder)
		(void)closedir(folder);
}
