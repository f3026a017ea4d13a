/* SPDX-License-Identifier: BSD-3-Clause */
#include "process_row.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fabric_lock.h"
#include "raw_calls.h"

#define STAT_START_TIME 22

/* Field 22 of /proc/PID/stat, 0 when it cannot be read. */
static uint64_t start_time_of(pid_t pid)
{
	char path[64];
	char text[1024];
	char *field;
	ssize_t length;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = se_raw_open(AT_FDCWD, path, O_RDONLY, 0);
	if (fd < 0)
		return 0;
	length = read(fd, text, sizeof(text) - 1);
	se_raw_close(fd);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	/* the name, field 2, may hold blanks and brackets: count from its end */
	field = strrchr(text, ')');
	for (int i = 2; field && i < STAT_START_TIME; i++)
		field = strchr(field + 1, ' ');
	return field ? strtoull(field, NULL, 10) : 0;
}

bool se_process_is_alive(struct se_process *process)
{
	uint64_t start_time;

	if (!se_lock_is_held(&process->alive))
		return false;
	/* the lock alone would be wrong after a restart of the machine */
	if (kill(process->pid, 0) < 0 && errno == ESRCH)
		return false;
	start_time = start_time_of(process->pid);
	return start_time == 0 || start_time == process->start_time;
}

static void release_block(struct se_block *block, uint32_t context)
{
	for (uint32_t i = 0; i < SE_DEVICE_QPS; i++)
		if (block->qps[i].owner.context == context)
			atomic_store(&block->qps[i].state, SE_FREE);
	for (uint32_t i = 0; i < SE_DEVICE_CQS; i++)
		if (block->cqs[i].context == context)
			atomic_store(&block->cqs[i].state, SE_FREE);
	for (uint32_t i = 0; i < SE_DEVICE_MRS; i++)
		if (block->mrs[i].owner.context == context)
			atomic_store(&block->mrs[i].key, 0);
}

void se_context_release(struct se_fabric_map *map, uint32_t row)
{
	struct se_context *context = &map->shared->contexts[row];
	struct se_device *device = &map->shared->devices[context->device];
	struct se_block *block = se_fabric_block(map, context->device);
	char path[PATH_MAX + 32];

	if (block) {
		(void)se_lock(&device->lock);
		release_block(block, row);
		se_unlock(&device->lock);
	}
	(void)snprintf(path, sizeof(path), "%s/contexts/%u", map->dir, context->id);
	(void)unlink(path);
	for (uint32_t i = 0; i < SE_DEVICES_MAX / 64; i++)
		atomic_store(&context->ah_known[i], 0);
	atomic_store(&context->state, SE_FREE);
}

static void release_process(struct se_fabric_map *map, uint32_t row)
{
	struct se_fabric *shared = map->shared;

	for (uint32_t i = 0; i < shared->contexts_used; i++)
		if (atomic_load(&shared->contexts[i].state) == SE_LIVE &&
		    shared->contexts[i].process == row)
			se_context_release(map, i);
	atomic_store(&shared->processes[row].state, SE_FREE);
}

static unsigned int reclaim_locked(struct se_fabric_map *map)
{
	struct se_fabric *shared = map->shared;
	unsigned int reclaimed = 0;

	for (uint32_t row = 0; row < shared->processes_used; row++) {
		struct se_process *process = &shared->processes[row];

		if (atomic_load(&process->state) != SE_LIVE || se_process_is_alive(process))
			continue;
		release_process(map, row);
		reclaimed++;
	}
	return reclaimed;
}

unsigned int se_process_reclaim(struct se_fabric_map *map)
{
	unsigned int reclaimed;

	(void)se_lock(&map->shared->lock);
	reclaimed = reclaim_locked(map);
	se_unlock(&map->shared->lock);
	return reclaimed;
}

static int free_row(struct se_fabric *shared)
{
	for (uint32_t row = 0; row < SE_PROCESSES_MAX; row++)
		if (atomic_load(&shared->processes[row].state) == SE_FREE)
			return (int)row;
	return -ENOSPC;
}

static int fill_row(struct se_fabric *shared, uint32_t row, se_hold_fn hold)
{
	struct se_process *process = &shared->processes[row];
	int rc;

	process->pid = getpid();
	process->start_time = start_time_of(process->pid);
	se_lock_init(&process->alive);
	rc = hold(process);
	if (rc < 0)
		return rc;
	if (shared->processes_used <= row)
		shared->processes_used = row + 1;
	atomic_store(&process->state, SE_LIVE);
	return (int)row;
}

int se_process_register(struct se_fabric_map *map, se_hold_fn hold)
{
	int row;

	(void)se_lock(&map->shared->lock);
	(void)reclaim_locked(map);
	row = free_row(map->shared);
	if (row >= 0)
		row = fill_row(map->shared, (uint32_t)row, hold);
	se_unlock(&map->shared->lock);
	return row;
}
