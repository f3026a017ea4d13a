/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * limits - what this process may lock into memory: a device pins what is
 * registered with it, and too small a limit ends jobs with -ENOMEM.
 */
#ifndef EG_NODE_LIMITS_H
#define EG_NODE_LIMITS_H

#include <stdint.h>

struct eg_err;

/*
 * The soft limit of locked memory, UINT64_MAX: unlimited. Returns 0, -errno, or
 * -ENODATA for a process with CAP_IPC_LOCK, which no such limit binds: root's
 * limit says nothing about a job's.
 */
int eg_limits_memlock(uint64_t *ret_bytes, struct eg_err *err);

#endif
