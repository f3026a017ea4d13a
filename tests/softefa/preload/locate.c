/* SPDX-License-Identifier: BSD-3-Clause */
#include "locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/raw_calls.h"

#define UVERBS_PREFIX "/dev/infiniband/uverbs"
#define UVERBS_MAX 64
#define CLASS_PREFIX "/infiniband/"

static int read_line(const char *root, const char *name, char *ret, size_t size)
{
	char path[PATH_MAX];
	ssize_t length;
	int fd;
	int error;

	if (snprintf(path, sizeof(path), "%s/softefa/%s", root, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = se_raw_open(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0)
		return -errno;
	length = read(fd, ret, size - 1);
	error = errno;
	se_raw_close(fd);
	if (length < 0)
		return -error;
	ret[length] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

int se_locate(struct se_location *ret)
{
	const char *root = secure_getenv("SYSFS_PATH");
	int rc;

	if (!root || !*root)
		root = "/sys";
	rc = read_line(root, "fabric", ret->fabric, sizeof(ret->fabric));
	if (rc < 0)
		return rc;
	return read_line(root, "node", ret->node, sizeof(ret->node));
}

int se_locate_uverbs(const char *path)
{
	const char *digits = path + sizeof(UVERBS_PREFIX) - 1;
	char *end;
	unsigned long number;

	if (strncmp(path, UVERBS_PREFIX, sizeof(UVERBS_PREFIX) - 1) != 0)
		return -1;
	if (*digits < '0' || *digits > '9')
		return -1;
	number = strtoul(digits, &end, 10);
	return *end || number >= UVERBS_MAX ? -1 : (int)number;
}

bool se_locate_counter(const char *path, char *ret_name, size_t size)
{
	const char *name;
	size_t length;

	if (!strstr(path, "/hw_counters/"))
		return false;
	name = strstr(path, CLASS_PREFIX);
	if (!name)
		return false;
	name += sizeof(CLASS_PREFIX) - 1;
	length = strcspn(name, "/");
	if (length == 0 || length >= size)
		return false;
	memcpy(ret_name, name, length);
	ret_name[length] = '\0';
	return true;
}
