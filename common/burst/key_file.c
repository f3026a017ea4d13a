/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"

/* Who can read the key can be any node and any user; who can write it, too. */
static int check(int fd, const char *path, struct eg_err *err)
{
	struct stat stat;

	if (fstat(fd, &stat) < 0)
		return eg_err_errno(err, errno, "session key '%.160s'", path);
	if (!S_ISREG(stat.st_mode))
		return eg_err_set(err, EINVAL, "session key '%.160s': not a regular file", path);
	if (stat.st_uid != 0 && stat.st_uid != geteuid())
		return eg_err_set(err, EACCES, "session key '%.160s': belongs to uid %u, not to %s",
				  path, (unsigned int)stat.st_uid,
				  geteuid() ? "root or this user" : "root");
	if (stat.st_mode & 077)
		return eg_err_set(
			err, EACCES,
			"session key '%.160s': mode %04o lets others at it, expected 0600", path,
			(unsigned int)stat.st_mode & 07777);
	if (stat.st_size < EG_KEY_FILE_MIN || stat.st_size > EG_KEY_FILE_MAX)
		return eg_err_set(err, EINVAL,
				  "session key '%.160s': %lld bytes, expected %d to %d", path,
				  (long long)stat.st_size, EG_KEY_FILE_MIN, EG_KEY_FILE_MAX);
	return 0;
}

static void put_number(uint8_t *to, uint32_t number)
{
	for (size_t i = 0; i < 4; i++)
		to[i] = (uint8_t)(number >> (8 * i));
}

static void derive(const uint8_t *key, size_t size, const struct eg_key_use *use,
		   uint8_t ret[EG_MAC_BYTES])
{
	static const char label[] = "efagate.session/1";
	uint8_t numbers[12];
	const struct eg_mac_part parts[] = {
		{ label, sizeof(label) },
		{ numbers, sizeof(numbers) },
	};

	put_number(numbers, use->uid);
	put_number(numbers + 4, use->job);
	put_number(numbers + 8, use->step);
	eg_mac(key, size, parts, EG_COUNT(parts), ret);
}

int eg_key_file_derive(const char *path, const struct eg_key_use *use, uint8_t ret[EG_MAC_BYTES],
		       struct eg_err *err)
{
	EG_CLEANUP(eg_close_fd)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	uint8_t key[EG_KEY_FILE_MAX];
	ssize_t length;
	int rc;

	if (fd < 0 && errno == ELOOP)
		return eg_err_set(err, EINVAL, "session key '%.160s': a symbolic link", path);
	if (fd < 0)
		return eg_err_errno(err, errno, "session key '%.160s'", path);
	rc = check(fd, path, err);
	if (rc)
		return rc;
	length = read(fd, key, sizeof(key));
	if (length < 0)
		return eg_err_errno(err, errno, "session key '%.160s'", path);
	if (length < EG_KEY_FILE_MIN)
		return eg_err_set(err, EINVAL, "session key '%.160s': cut short", path);
	derive(key, (size_t)length, use, ret);
	explicit_bzero(key, sizeof(key));
	return 0;
}
