/* SPDX-License-Identifier: BSD-3-Clause */
#include "meminfo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../shared/raw_calls.h"
#include "locate.h"

#define MEMINFO "/proc/meminfo"
#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define TEXT_BYTES 8192
#define KIB_IN_PAGE 2048u

static const struct {
	const char *key;
	const char *file;
	const char *format;
	uint64_t factor;
} lines[] = {
	{ "HugePages_Total:", POOL "nr_hugepages", "HugePages_Total: %7" PRIu64 "\n", 1 },
	{ "HugePages_Free:", POOL "free_hugepages", "HugePages_Free:  %7" PRIu64 "\n", 1 },
	{ "HugePages_Rsvd:", POOL "resv_hugepages", "HugePages_Rsvd:  %7" PRIu64 "\n", 1 },
	{ "HugePages_Surp:", POOL "surplus_hugepages", "HugePages_Surp:  %7" PRIu64 "\n", 1 },
	{ "Hugetlb:", POOL "nr_hugepages", "Hugetlb:        %8" PRIu64 " kB\n", KIB_IN_PAGE },
};

/* Bytes of @path in @ret, which ends with a zero, or 0. */
static size_t read_file(const char *path, char *ret, size_t size)
{
	int fd = se_raw_open(AT_FDCWD, path, O_RDONLY, 0);
	size_t used = 0;
	ssize_t got = 0;

	if (fd < 0)
		return 0;
	while (used < size - 1 && (got = read(fd, ret + used, size - 1 - used)) > 0)
		used += (size_t)got;
	se_raw_close(fd);
	ret[used] = '\0';
	return used;
}

static uint64_t number_in(const char *path)
{
	char text[32];

	return read_file(path, text, sizeof(text)) > 0 ? strtoull(text, NULL, 10) : 0;
}

/* The line that replaces @line, or @line itself. */
static const char *line_for(const char *line, char *buffer, size_t size)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (strncmp(line, lines[i].key, strlen(lines[i].key)) != 0)
			continue;
			/* the table's own formats, with one number each */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(buffer, size, lines[i].format,
			       number_in(lines[i].file) * lines[i].factor);
#pragma GCC diagnostic pop
		return buffer;
	}
	return line;
}

static bool write_all(int fd, char *text)
{
	char buffer[64];
	char *next;

	for (char *line = text; *line; line = next) {
		const char *out;
		char kept;

		next = strchr(line, '\n');
		next = next ? next + 1 : line + strlen(line);
		out = line_for(line, buffer, sizeof(buffer));
		kept = *next;
		*next = '\0';
		if (write(fd, out, strlen(out)) < 0)
			return false;
		*next = kept;
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

static int make(int flags)
{
	char text[TEXT_BYTES];
	int fd;

	if (read_file(MEMINFO, text, sizeof(text)) == 0)
		return -1;
	fd = memfd_create("meminfo", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
	if (fd >= 0 && !write_all(fd, text)) {
		se_raw_close(fd);
		fd = -1;
	}
	return fd;
}

int se_meminfo_open(const char *path, int flags)
{
	struct se_location location;
	int saved = errno;
	int fd = -1;

	/* a node under SYSFS_PATH alone has no /sys to read from */
	if (strcmp(path, MEMINFO) != 0 || (flags & O_ACCMODE) != O_RDONLY ||
	    secure_getenv("SYSFS_PATH"))
		return -1;
	if (se_locate(&location) == 0)
		fd = make(flags);
	errno = saved;
	return fd;
}
