/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/trusted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/verdict/report_survey.h"

#define READ_WAIT_MS 5000 /* a regular file answers at once, or its server is away */

/* 0, or -EPERM with what is wrong. @path names @fd in the message. */
static int check(int fd, const char *path, struct eg_err *err)
{
	struct stat info;

	if (fstat(fd, &info) < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	if (S_ISLNK(info.st_mode))
		return eg_err_set(err, EPERM, "'%s': is a symbolic link", path);
	if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode))
		return eg_err_set(err, EPERM, "'%s': not a regular file", path);
	if (info.st_uid != 0)
		return eg_err_set(err, EPERM, "'%s': not owned by root", path);
	if (info.st_mode & (S_IWGRP | S_IWOTH))
		return eg_err_set(err, EPERM, "'%s': others than root can write to it", path);
	return 0;
}

int eg_trusted_open_at(int folder, const char *name, const char *path, struct eg_err *err)
{
	/* O_PATH first: to open a fifo or a device for reading has effects. */
	EG_CLEANUP(eg_close_fd) int seen = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int fd, rc;

	if (seen < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	rc = check(seen, path, err);
	if (rc)
		return rc;
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	/* Another one may have come in between. */
	rc = check(fd, path, err);
	if (rc) {
		(void)close(fd);
		return rc;
	}
	return fd;
}

/* Make @path absolute in @ret (PATH_MAX bytes). */
static int make_absolute(const char *path, char *ret, struct eg_err *err)
{
	size_t length = 0;

	if (path[0] != '/') {
		if (!getcwd(ret, PATH_MAX - 1))
			return eg_err_errno(err, errno, "current folder");
		length = strlen(ret);
		ret[length++] = '/';
	}
	if (!path[0] || length + strlen(path) >= PATH_MAX)
		return eg_err_errno(err, path[0] ? ENAMETOOLONG : ENOENT, "'%s'", path);
	strcpy(ret + length, path);
	return 0;
}

int eg_trusted_open(const char *path, struct eg_err *err)
{
	EG_CLEANUP(eg_close_fd) int at = -1;
	char whole[PATH_MAX];
	char *rest = whole;
	int rc = make_absolute(path, whole, err);

	if (!rc)
		rc = at = eg_trusted_open_at(AT_FDCWD, "/", "/", err);
	while (rc >= 0 && *(rest += strspn(rest, "/"))) {
		size_t length = strcspn(rest, "/");
		char name[NAME_MAX + 1], kept = rest[length];

		if (length > NAME_MAX)
			return eg_err_errno(err, ENAMETOOLONG, "'%s'", path);
		memcpy(name, rest, length);
		name[length] = '\0';
		rest[length] = '\0'; /* the message names the path up to here */
		rc = eg_trusted_open_at(at, name, whole, err);
		rest[length] = kept;
		rest += length;
		eg_close_fd(&at);
		at = rc;
	}
	at = -1;
	return rc;
}

char *eg_trusted_read(int fd, const char *path, size_t *ret_length, struct eg_err *err)
{
	/* Only touched pages cost memory. */
	EG_CLEANUP(eg_free) char *text = malloc(EG_SURVEY_BYTES_MAX + 2);
	struct stat info;
	ssize_t length;

	/* A pipe is stdin; whatever else is named has been looked at. */
	if (fstat(fd, &info) < 0 ||
	    (!S_ISREG(info.st_mode) && !(S_ISFIFO(info.st_mode) && !strcmp(path, "-")))) {
		(void)eg_err_set(err, EINVAL, "'%s': not a regular file", path);
		return NULL;
	}
	if (!text) {
		(void)eg_err_set(err, ENOMEM, "'%s': out of memory", path);
		return NULL;
	}
	length = eg_fd_read_until(fd, text, EG_SURVEY_BYTES_MAX + 1, eg_deadline_in(READ_WAIT_MS),
				  NULL);
	if (length < 0 || length > EG_SURVEY_BYTES_MAX) {
		(void)eg_err_errno(err, length < 0 ? (int)-length : EFBIG, "'%s'", path);
		return NULL;
	}
	text[length] = '\0';
	*ret_length = (size_t)length;
	return EG_STEAL(text);
}
