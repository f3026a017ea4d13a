/* SPDX-License-Identifier: BSD-3-Clause */
#include "fabric_lock.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>

void se_lock_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	memset(lock, 0, sizeof(*lock));
	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	(void)pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	(void)pthread_mutex_init(lock, &attr);
	(void)pthread_mutexattr_destroy(&attr);
}

bool se_lock(pthread_mutex_t *lock)
{
	if (pthread_mutex_lock(lock) != EOWNERDEAD)
		return false;
	(void)pthread_mutex_consistent(lock);
	return true;
}

void se_unlock(pthread_mutex_t *lock)
{
	(void)pthread_mutex_unlock(lock);
}

/*
 * Looks at the futex word itself: trying the lock would take that of a dead
 * owner for a moment, while someone else may be preparing it anew.
 */
bool se_lock_is_held(const pthread_mutex_t *lock)
{
	unsigned int word = (unsigned int)__atomic_load_n(&lock->__data.__lock, __ATOMIC_ACQUIRE);

	return (word & FUTEX_TID_MASK) && !(word & FUTEX_OWNER_DIED);
}
