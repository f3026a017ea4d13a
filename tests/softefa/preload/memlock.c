/* SPDX-License-Identifier: BSD-3-Clause */
#include "memlock.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../shared/fabric_limits.h"

static _Atomic uint64_t charged;

uint64_t se_memlock_pages(uint64_t start, uint64_t length)
{
	uint64_t first = start & ~(uint64_t)(SE_PAGE - 1);

	return (SE_ROUND_PAGE(start + length) - first) / SE_PAGE;
}

static bool may_exceed(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK);
}

int se_memlock_charge(uint64_t pages)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY };
	uint64_t now;

	(void)getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur == 0 && !may_exceed())
		return -EPERM;
	now = atomic_fetch_add(&charged, pages) + pages;
	if (limit.rlim_cur == RLIM_INFINITY || now <= limit.rlim_cur / SE_PAGE || may_exceed())
		return 0;
	se_memlock_uncharge(pages);
	return -ENOMEM;
}

void se_memlock_uncharge(uint64_t pages)
{
	atomic_fetch_sub(&charged, pages);
}

void se_memlock_forget(void)
{
	atomic_store(&charged, 0);
}
