/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/huge_pages.h"

#include <ctype.h>
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
