/* SPDX-License-Identifier: BSD-3-Clause */
#include "host_numa.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODES_MAX 64
#define SECOND_HALF_BUS 0x80u
#define COPY_MAX (256 * 1024)

static const char *const copied[] = {
	"/sys/devices/system/cpu/online",
	"/sys/devices/system/cpu/possible",
	"/sys/devices/system/cpu/present",
	"/sys/devices/system/cpu/cpu[0-9]*/online",
	"/sys/devices/system/cpu/cpu[0-9]*/topology/*",
	"/sys/devices/system/cpu/cpu[0-9]*/cache/index*/*",
	"/sys/devices/system/node/online",
	"/sys/devices/system/node/possible",
	"/sys/devices/system/node/has_cpu",
	"/sys/devices/system/node/has_memory",
	"/sys/devices/system/node/node[0-9]*/cpumap",
	"/sys/devices/system/node/node[0-9]*/cpulist",
	"/sys/devices/system/node/node[0-9]*/distance",
	"/sys/devices/system/node/node[0-9]*/meminfo",
	"/proc/meminfo",
	"/proc/cpuinfo",
};

static size_t read_file(const char *path, char *ret, size_t size)
{
	size_t length = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	while (length < size && (got = read(fd, ret + length, size - length)) > 0)
		length += (size_t)got;
	(void)close(fd);
	return length;
}

int se_host_numa_count(void)
{
	char path[64];
	int count = 0;

	while (count < NODES_MAX) {
		(void)snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", count);
		if (access(path, F_OK) < 0)
			break;
		count++;
	}
	return count ? count : 1;
}

static void read_text(int node, const char *name, char *ret)
{
	char path[96];
	size_t length;

	(void)snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/%s", node, name);
	length = read_file(path, ret, SE_CPUMAP_MAX - 1);
	ret[length] = '\0';
}

void se_host_numa_read(uint32_t pci_bus, struct se_host_numa *ret)
{
	int count = se_host_numa_count();

	ret->node = pci_bus < SECOND_HALF_BUS ? 0 : count / 2;
	read_text(ret->node, "cpumap", ret->cpumap);
	read_text(ret->node, "cpulist", ret->cpulist);
}

static void copy_one(struct se_tree *tree, const char *path)
{
	static char bytes[COPY_MAX];
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	se_tree_bytes(tree, path + 1, bytes, read_file(path, bytes, sizeof(bytes)), 0444);
}

void se_host_numa_copy(struct se_tree *tree)
{
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		glob_t found;

		if (glob(copied[i], 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++)
			copy_one(tree, found.gl_pathv[k]);
		globfree(&found);
	}
}
