/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_lock - locks in shared memory that outlive a killed owner.
 */
#ifndef SE_FABRIC_LOCK_H
#define SE_FABRIC_LOCK_H

#include <pthread.h>
#include <stdbool.h>

/* Prepare @lock, in memory that nobody uses yet. */
void se_lock_init(pthread_mutex_t *lock);

/*
 * Take @lock. Returns true when the last owner died holding it: what the lock
 * protects may then be half written.
 */
bool se_lock(pthread_mutex_t *lock);

void se_unlock(pthread_mutex_t *lock);

/* Whether a living thread holds @lock. */
bool se_lock_is_held(const pthread_mutex_t *lock);

#endif
