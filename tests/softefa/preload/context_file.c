/* SPDX-License-Identifier: BSD-3-Clause */
#include "context_file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "../shared/fabric_lock.h"
#include "../shared/process_row.h"
#include "../shared/raw_calls.h"
#include "session.h"

static int claim_row(uint32_t device, struct se_context_file *ret)
{
	struct se_fabric *shared = se_map.shared;
	struct se_context *context;
	uint32_t row = 0;

	(void)se_lock(&shared->lock);
	while (row < SE_CONTEXTS_MAX && atomic_load(&shared->contexts[row].state) != SE_FREE)
		row++;
	if (row < SE_CONTEXTS_MAX) {
		context = &shared->contexts[row];
		context->id = atomic_fetch_add(&shared->next_context_id, 1);
		context->process = se_session_process();
		context->device = device;
		if (shared->contexts_used <= row)
			shared->contexts_used = row + 1;
		atomic_store(&context->state, SE_LIVE);
		ret->row = row;
		ret->id = context->id;
	}
	se_unlock(&shared->lock);
	return row < SE_CONTEXTS_MAX ? 0 : -ENOSPC;
}

static int make_file(struct se_context_file *file)
{
	char path[PATH_MAX + 32];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/contexts/%u", se_map.dir, file->id);
	/* what a killed process of an earlier fabric left would be in the way */
	(void)unlink(path);
	file->fd = se_raw_open(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (file->fd < 0)
		return -errno;
	if (ftruncate(file->fd, SE_CONTEXT_BYTES) == 0) {
		file->rings = mmap(NULL, SE_CONTEXT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
				   file->fd, 0);
		if (file->rings != MAP_FAILED)
			return 0;
	}
	rc = -errno;
	se_raw_close(file->fd);
	return rc;
}

int se_context_file_make(uint32_t device, struct se_context_file *ret)
{
	int rc = claim_row(device, ret);

	if (rc == -ENOSPC && se_process_reclaim(&se_map) > 0)
		rc = claim_row(device, ret);
	if (rc < 0)
		return rc;
	rc = make_file(ret);
	if (rc < 0)
		se_context_file_release(ret->row);
	return rc;
}

void se_context_file_release(uint32_t row)
{
	(void)se_lock(&se_map.shared->lock);
	se_context_release(&se_map, row);
	se_unlock(&se_map.shared->lock);
}
