/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer_rings.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../shared/raw_calls.h"
#include "session.h"

static struct {
	uint32_t id; /* 0 when nothing is mapped */
	uint8_t *rings;
} peers[SE_CONTEXTS_MAX];

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static uint8_t *map_file(uint32_t id)
{
	char path[PATH_MAX + 32];
	uint8_t *rings;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/contexts/%u", se_map.dir, id);
	fd = se_raw_open(AT_FDCWD, path, O_RDWR, 0);
	if (fd < 0)
		return NULL;
	rings = mmap(NULL, SE_CONTEXT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	se_raw_close(fd);
	return rings == MAP_FAILED ? NULL : rings;
}

static void replace(uint32_t row, uint32_t id)
{
	uint8_t *rings;

	(void)pthread_rwlock_wrlock(&lock);
	if (peers[row].id != id) {
		if (peers[row].rings)
			(void)munmap(peers[row].rings, SE_CONTEXT_BYTES);
		rings = map_file(id);
		peers[row].rings = rings;
		peers[row].id = rings ? id : 0;
	}
	(void)pthread_rwlock_unlock(&lock);
}

void se_peer_rings_begin(void)
{
	(void)pthread_rwlock_rdlock(&lock);
}

void se_peer_rings_end(void)
{
	(void)pthread_rwlock_unlock(&lock);
}

uint8_t *se_peer_rings(uint32_t row, uint32_t id)
{
	if (peers[row].id == id)
		return peers[row].rings;
	(void)pthread_rwlock_unlock(&lock);
	replace(row, id);
	(void)pthread_rwlock_rdlock(&lock);
	return peers[row].id == id ? peers[row].rings : NULL;
}

void se_peer_rings_forget(void)
{
	(void)pthread_rwlock_init(&lock, NULL);
	for (uint32_t row = 0; row < se_map.shared->contexts_used; row++)
		if (peers[row].id)
			memset(&peers[row], 0, sizeof(peers[row]));
}

void se_peer_rings_drop(uint32_t row)
{
	(void)pthread_rwlock_wrlock(&lock);
	if (peers[row].id)
		(void)munmap(peers[row].rings, SE_CONTEXT_BYTES);
	memset(&peers[row], 0, sizeof(peers[row]));
	(void)pthread_rwlock_unlock(&lock);
}
