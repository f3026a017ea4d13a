/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/huge_pages.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/node/facts.h"

#define SIZE_KEY "Hugepagesize:"

/* "Hugepagesize:       2048 kB" */
static int parse_size(const char *line, uint64_t *ret_kib)
{
	const char *digits = line + strlen(SIZE_KEY) + strspn(line + strlen(SIZE_KEY), " \t");
	char *end = NULL;
	unsigned long long value;

	if (!isdigit((unsigned char)*digits))
		return -EINVAL;
	errno = 0;
	value = strtoull(digits, &end, 10);
	if (errno || !value || strncmp(end, " kB", 3) != 0)
		return -EINVAL;
	*ret_kib = value;
	return 0;
}

static int read_size(const char *meminfo, uint64_t *ret_kib, struct eg_err *err)
{
	EG_CLEANUP(eg_close_file) FILE *file = fopen(meminfo, "re");
	char line[256];

	if (!file)
		return eg_err_errno(err, errno, "'%s'", meminfo);
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, SIZE_KEY, strlen(SIZE_KEY)) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (parse_size(line, ret_kib) < 0)
			return eg_err_set(err, EINVAL, "'%s': '%s' is no size in kB", meminfo,
					  line);
		return 0;
	}
	return eg_err_set(err, ENOENT, "'%s' has no line '%s'", meminfo, SIZE_KEY);
}

int eg_huge_pages_read(const char *sysfs, const char *meminfo, struct eg_huge_page_pool *ret,
		       struct eg_err *err)
{
	struct eg_huge_page_pool pool = { .measured = true };
	const struct {
		const char *file;
		uint64_t *value;
	} parts[] = {
		{ "nr_hugepages", &pool.total },
		{ "free_hugepages", &pool.free },
		{ "resv_hugepages", &pool.reserved },
		{ "surplus_hugepages", &pool.surplus },
		{ "nr_overcommit_hugepages", &pool.overcommit },
	};
	int rc = read_size(meminfo, &pool.size_kib, err);

	for (size_t i = 0; !rc && i < EG_COUNT(parts); i++) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path),
			       "%s/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/%s", sysfs,
			       pool.size_kib, parts[i].file);
		rc = eg_file_read_u64(AT_FDCWD, path, parts[i].value, err);
	}
	if (!rc)
		*ret = pool;
	return rc;
}

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

/* "hugepages-2048kB": its size, 0 for another name. */
static uint64_t size_of_name(const char *name)
{
	uint64_t size = 0;
	int end = 0;

	if (sscanf(name, "hugepages-%8" SCNu64 "kB%n", &size, &end) != 1 || !end || name[end])
		return 0;
	return size;
}

/* The pools in @folder, all but that of @except_kib. */
static size_t read_parts(const char *path, int numa_node, uint64_t except_kib,
			 struct eg_huge_page_part *ret, size_t max)
{
	EG_CLEANUP(close_folder) DIR *folder = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	while (folder && count < max && (entry = readdir(folder))) {
		struct eg_huge_page_part part = { .numa_node = numa_node };
		char file[sizeof(entry->d_name) + 32];

		part.size_kib = size_of_name(entry->d_name);
		if (!part.size_kib || part.size_kib == except_kib)
			continue;
		(void)snprintf(file, sizeof(file), "%s/nr_hugepages", entry->d_name);
		if (eg_file_read_u64(dirfd(folder), file, &part.total, NULL) < 0)
			continue;
		(void)snprintf(file, sizeof(file), "%s/free_hugepages", entry->d_name);
		if (eg_file_read_u64(dirfd(folder), file, &part.free, NULL) < 0)
			continue;
		ret[count++] = part;
	}
	return count;
}

static int compare_parts(const void *a, const void *b)
{
	const struct eg_huge_page_part *left = a, *right = b;

	if (left->numa_node != right->numa_node)
		return left->numa_node - right->numa_node;
	return (left->size_kib > right->size_kib) - (left->size_kib < right->size_kib);
}

uint32_t eg_numa_count(const char *sysfs)
{
	char path[PATH_MAX];
	EG_CLEANUP(close_folder) DIR *folder = NULL;
	const struct dirent *entry;
	uint32_t count = 0;

	(void)snprintf(path, sizeof(path), "%s/devices/system/node", sysfs);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		count += !strncmp(entry->d_name, "node", 4) &&
			 isdigit((unsigned char)entry->d_name[4]);
	return count;
}

size_t eg_huge_page_parts_read(const char *sysfs, uint64_t default_size_kib,
			       struct eg_huge_page_part *ret, size_t max)
{
	uint32_t nodes = eg_numa_count(sysfs);
	char path[PATH_MAX];
	size_t count;

	(void)snprintf(path, sizeof(path), "%s/kernel/mm/hugepages", sysfs);
	count = read_parts(path, -1, default_size_kib, ret, max);
	for (uint32_t i = 0; i < nodes; i++) {
		(void)snprintf(path, sizeof(path), "%s/devices/system/node/node%u/hugepages", sysfs,
			       i);
		count += read_parts(path, (int)i, 0, ret + count, max - count);
	}
	qsort(ret, count, sizeof(*ret), compare_parts);
	return count;
}
