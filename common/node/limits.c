/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/err.h"
#include "common/base/fd.h"

#define STATUS_MAX 8192 /* /proc/self/status has about 1,500 bytes */

/* The kernel does not count the locked pages of a process with CAP_IPC_LOCK. */
static bool is_exempt(void)
{
	char status[STATUS_MAX];
	uint64_t effective = 0;
	const char *line;

	if (eg_file_read_text(AT_FDCWD, "/proc/self/status", status, sizeof(status), NULL) < 0)
		return false;
	line = strstr(status, "\nCapEff:");
	if (!line || sscanf(line, "\nCapEff: %" SCNx64, &effective) != 1)
		return false;
	return effective >> CAP_IPC_LOCK & 1;
}

int eg_limits_memlock(uint64_t *ret_bytes, struct eg_err *err)
{
	struct rlimit limit;

	if (is_exempt())
		return eg_err_set(err, ENODATA, "no memlock limit binds this process");
	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return eg_err_errno(err, errno, "getrlimit(RLIMIT_MEMLOCK)");
	*ret_bytes = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
	return 0;
}
