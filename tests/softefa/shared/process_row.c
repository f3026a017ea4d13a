/* SPDX-License-Identifier: BSD-3-Clause */
#include "process_row.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event_pipe.h"
#include "fabric_lock.h"

/* 0 when it cannot be known. */
static uint64_t own_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
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
	se_event_pipe_remove(map->dir, context->id);
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

		if (atomic_load(&process->state) != SE_LIVE || se_lock_is_held(&process->alive))
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
	process->pid_namespace = own_pid_namespace();
	process->id = atomic_fetch_add(&shared->next_context_id, 1);
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
