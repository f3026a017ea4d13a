/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * session - this process as a member of a fabric: the mapped tables and its
 * row among the processes.
 *
 * It begins when a device is first opened and lasts until the process ends; a
 * forked child starts without one.
 */
#ifndef SE_SESSION_H
#define SE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "../shared/fabric_map.h"

/* The tables; @shared is NULL before the session begins. */
extern struct se_fabric_map se_map;

/*
 * Join the fabric in folder @dir, if not done yet. Returns 0, -EXDEV when the
 * process is in another fabric already, -ENOSPC when the fabric has no room for
 * another process, or another -errno.
 */
int se_session_join(const char *dir);

/* This process's row. */
uint32_t se_session_process(void);

/* Whether the process of @row still lives; no system call. */
bool se_process_lives(uint32_t row);

/* In a forked child: forget everything that belongs to the parent. */
void se_session_forget(void);

static inline struct se_device *se_device_at(uint32_t row)
{
	return &se_map.shared->devices[row];
}

/* Whether @device has RDMA write, which its driver must know. */
bool se_device_writes(const struct se_device *device);

/* Add to a counter of device @row; a call of se_count() for the same device must follow. */
static inline void se_add(uint32_t row, enum se_counter counter, uint64_t amount)
{
	atomic_fetch_add(&se_device_at(row)->counters[counter], amount);
}

/* Add to a counter of device @row and have its sysfs file follow. */
void se_count(uint32_t row, enum se_counter counter, uint64_t amount);

#endif
