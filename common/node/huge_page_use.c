/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/huge_page_use.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/err.h"
#include "common/base/fd.h"

#define FILE_MAX 16384 /* /proc/meminfo and /proc/self/status have some 1,500 bytes */
#define HOLD_MAX (1u << 20) /* 2 TB of 2 MiB pages: nothing holds more */

/* "NAME:  NUMBER" of @text; 0 when it is not there. */
static uint64_t field(const char *text, const char *name)
{
	char key[32];
	const char *line;
	uint64_t value = 0;

	(void)snprintf(key, sizeof(key), "\n%s:", name);
	line = strstr(text, key);
	if (line)
		(void)sscanf(line + strlen(key), "%" SCNu64, &value);
	return value;
}

int eg_huge_page_use_read(struct eg_huge_page_use *ret, struct eg_err *err)
{
	char text[FILE_MAX];
	ssize_t rc = eg_file_read_text(AT_FDCWD, "/proc/meminfo", text, sizeof(text), err);

	if (rc < 0)
		return (int)rc;
	ret->size_kib = field(text, "Hugepagesize");
	ret->free = field(text, "HugePages_Free");
	ret->reserved = field(text, "HugePages_Rsvd");
	if (!ret->size_kib)
		return eg_err_set(err, ENODATA, "the kernel has no huge pages");
	rc = eg_file_read_text(AT_FDCWD, "/proc/self/status", text, sizeof(text), err);
	if (rc < 0)
		return (int)rc;
	ret->own_kib = field(text, "HugetlbPages");
	return 0;
}

static void *map(uint64_t size, int flags)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | flags, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

uint64_t eg_huge_pages_hold(const struct eg_huge_page_use *use)
{
	/* No more than are free: the kernel would make what it may overcommit. */
	uint64_t max = use->free > use->reserved ? use->free - use->reserved : 0;
	uint64_t held = 0, step = HOLD_MAX;

	for (; step; step /= 2) {
		while (held + step <= max && map(step * use->size_kib * 1024, 0))
			held += step;
	}
	return held;
}

void *eg_huge_pages_new(uint64_t size)
{
	return map(size, MAP_POPULATE);
}
