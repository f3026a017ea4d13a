/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/learned.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/node/facts.h"

#define MAGIC "efagate-learned/1"
#define LINE_BYTES 160

static int parse(const char *path, const char *line, const char *key, uint32_t *ret,
		 struct eg_err *err)
{
	char magic[32], of[64];
	uint32_t devices;
	int end = 0;

	if (sscanf(line, "%31s %63s %2" SCNu32 " %n", magic, of, &devices, &end) != 3 ||
	    line[end] || strcmp(magic, MAGIC) != 0 || devices < 1 || devices > EG_DEVICES_MAX)
		return eg_err_set(err, EINVAL, "'%s': not a learned number of devices", path);
	if (strcmp(of, key) != 0)
		return 0;
	*ret = devices;
	return 1;
}

int eg_learned_read(const char *path, const char *key, uint32_t *ret, struct eg_err *err)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char line[LINE_BYTES];
	struct stat info;
	ssize_t length;

	if (!key || !key[0])
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ENOENT || errno == EACCES))
		return 0;
	if (fd < 0 || fstat(fd, &info) < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	if (!S_ISREG(info.st_mode) || info.st_uid != 0 || info.st_mode & (S_IWGRP | S_IWOTH))
		return eg_err_set(err, EINVAL, "'%s': others than root can write to it", path);
	length = read(fd, line, sizeof(line) - 1);
	if (length < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	line[length] = '\0';
	return parse(path, line, key, ret, err);
}

int eg_learned_write(const char *path, const char *key, uint32_t devices, struct eg_err *err)
{
	char line[LINE_BYTES];

	(void)snprintf(line, sizeof(line), MAGIC " %.63s %" PRIu32 "\n", key, devices);
	return eg_file_replace(path, line, strlen(line), 0644, err);
}
