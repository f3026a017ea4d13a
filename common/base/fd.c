/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/fd.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"

static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(fd, text + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return (ssize_t)length;
		length += (size_t)got;
	}
	return -EFBIG;
}

ssize_t eg_file_read_text(int dirfd, const char *path, char *text, size_t size, struct eg_err *err)
{
	EG_CLEANUP(eg_close_fd) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t length;

	if (fd < 0)
		return eg_err_errno(err, errno, "'%s'", path);
	length = read_all(fd, text, size);
	if (length < 0)
		return eg_err_errno(err, (int)-length, "'%s'", path);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	text[length] = '\0';
	return length;
}

int eg_file_read_u64(int dirfd, const char *path, uint64_t *ret, struct eg_err *err)
{
	char text[64];
	char *end = NULL;
	unsigned long long value;
	ssize_t rc = eg_file_read_text(dirfd, path, text, sizeof(text), err);

	if (rc < 0)
		return (int)rc;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || !isdigit((unsigned char)text[0]))
		return eg_err_set(err, EINVAL, "'%s': '%s' is not a number", path, text);
	*ret = value;
	return 0;
}

int eg_fd_set_nonblock(int fd, int on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}

/* 1 when @fd is ready, 0 at the deadline, -errno. */
static int wait_ready(int fd, short events, int64_t deadline_ms)
{
	struct pollfd wait = { .fd = fd, .events = events };
	int rc;

	do
		rc = poll(&wait, 1, eg_deadline_left(deadline_ms));
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : rc;
}

ssize_t eg_fd_read_until(int fd, void *data, size_t size, int64_t deadline_ms, size_t *ret_length)
{
	size_t own_length = 0;
	size_t *length = ret_length ? ret_length : &own_length;
	int rc = eg_fd_set_nonblock(fd, 1);

	*length = 0;
	while (rc >= 0 && *length < size) {
		ssize_t got = read(fd, (char *)data + *length, size - *length);

		if (got == 0)
			break;
		if (got > 0)
			*length += (size_t)got;
		else if (errno == EAGAIN)
			rc = wait_ready(fd, POLLIN, deadline_ms) ?: -ETIMEDOUT;
		else if (errno != EINTR)
			rc = -errno;
		/* A writer that never stops must not hold us beyond the deadline. */
		if (rc >= 0 && *length < size && !eg_deadline_left(deadline_ms))
			rc = -ETIMEDOUT;
	}
	return rc < 0 ? rc : (ssize_t)*length;
}

static ssize_t write_some(int fd, const void *data, size_t size)
{
	ssize_t put = send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

	return put < 0 && errno == ENOTSOCK ? write(fd, data, size) : put;
}

int eg_fd_write_until(int fd, const void *data, size_t size, int64_t deadline_ms)
{
	size_t done = 0;
	int rc = 0;

	while (rc >= 0 && done < size) {
		ssize_t put = write_some(fd, (const char *)data + done, size - done);

		if (put >= 0)
			done += (size_t)put;
		else if (errno == EAGAIN)
			rc = wait_ready(fd, POLLOUT, deadline_ms) ?: -ETIMEDOUT;
		else if (errno != EINTR)
			rc = -errno;
	}
	return rc < 0 ? rc : 0;
}

static int write_synced(int fd, const void *data, size_t size, mode_t mode)
{
	size_t done = 0;

	while (done < size) {
		ssize_t put = write(fd, (const char *)data + done, size - done);

		if (put < 0 && errno != EINTR)
			return -errno;
		if (put > 0)
			done += (size_t)put;
	}
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int eg_file_replace(const char *path, const void *data, size_t size, mode_t mode,
		    struct eg_err *err)
{
	EG_CLEANUP(eg_close_fd) int fd = -1;
	char temporary[PATH_MAX];
	int rc;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return eg_err_errno(err, ENAMETOOLONG, "'%s'", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return eg_err_errno(err, errno, "'%s'", temporary);
	rc = write_synced(fd, data, size, mode);
	if (!rc && rename(temporary, path) < 0)
		rc = -errno;
	if (rc) {
		(void)unlink(temporary);
		return eg_err_errno(err, -rc, "'%s'", path);
	}
	return 0;
}
