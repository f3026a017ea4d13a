/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memlock - how much memory this process has registered, against
 * RLIMIT_MEMLOCK, as the kernel counts what a driver pins: by page, all devices
 * of the process together, a page as often as it is registered.
 */
#ifndef SE_MEMLOCK_H
#define SE_MEMLOCK_H

#include <stdint.h>

/* Pages that the @length bytes from @start touch. */
uint64_t se_memlock_pages(uint64_t start, uint64_t length);

/*
 * Count @pages more. Without CAP_IPC_LOCK: -EPERM when the limit is 0, -ENOMEM
 * when it would be passed. Returns 0 otherwise.
 */
int se_memlock_charge(uint64_t pages);

void se_memlock_uncharge(uint64_t pages);

/* In a forked child: nothing is registered. */
void se_memlock_forget(void);

#endif
