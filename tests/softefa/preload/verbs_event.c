/* SPDX-License-Identifier: BSD-3-Clause */
#include "verbs_event.h"

#include <errno.h>
#include <fcntl.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <unistd.h>

#include "../shared/event_pipe.h"
#include "../shared/fabric_lock.h"
#include "open_device.h"
#include "session.h"
#include "verbs_attr.h"
#include "verbs_call.h"

/* A doorbell says how far the program has read. */
#define DOORBELL_CONSUMED 0xffffu

int se_verbs_alloc_async(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	int fd = se_event_pipe_make(se_map.dir, open_device->context_id, SE_EVENT_PIPE_ASYNC);

	if (fd < 0)
		return fd;
	se_attr_handle(call, UVERBS_ATTR_ASYNC_EVENT_ALLOC_FD_HANDLE, fd);
	return 0;
}

int se_verbs_create_channel(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct ib_uverbs_create_comp_channel_resp resp;
	uint32_t number = open_device->channels + 1;
	int fd;

	if (number >= SE_EVENT_PIPES)
		return -ENOSPC;
	fd = se_event_pipe_make(se_map.dir, open_device->context_id, number);
	if (fd < 0)
		return fd;
	open_device->channels = number;
	open_device->channel_fds[number] = fd;
	resp.fd = (uint32_t)fd;
	se_attr_output(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	return 0;
}

uint32_t se_channel_of(const struct se_open_device *open_device, int fd)
{
	/* the newest first: descriptors of closed ones are used again */
	for (uint32_t number = open_device->channels; number > 0; number--)
		if (open_device->channel_fds[number] == fd)
			return number;
	return 0;
}

void se_cq_event(struct se_cq *cq)
{
	const struct ib_uverbs_comp_event_desc event = { .cq_handle = cq->user_handle };

	atomic_fetch_add(&cq->events, 1);
	se_event_pipe_write(se_map.dir, cq->context_id, cq->channel, &event, sizeof(event));
}

void se_cq_arm(struct se_open_device *open_device, uint32_t row)
{
	struct se_block *block = se_fabric_block(&se_map, open_device->device);
	struct se_cq *cq = &block->cqs[row];
	uint32_t doorbell;

	if (!cq->channel)
		return;
	(void)se_lock(&cq->lock);
	doorbell = __atomic_load_n(
		(const uint32_t *)(const void *)(open_device->rings + cq->doorbell_offset),
		__ATOMIC_ACQUIRE);
	if ((cq->produced & DOORBELL_CONSUMED) != (doorbell & DOORBELL_CONSUMED))
		se_cq_event(cq);
	else
		atomic_store(&cq->armed, 1);
	se_unlock(&cq->lock);
}

uint32_t se_cq_events_read(struct se_open_device *open_device, struct se_cq *cq)
{
	struct ib_uverbs_comp_event_desc waiting[64];
	uint32_t reported = atomic_load(&cq->events);
	int fd = open_device->channel_fds[cq->channel];
	int flags;
	ssize_t bytes;

	if (!cq->channel)
		return 0;
	flags = fcntl(fd, F_GETFL);
	(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	bytes = read(fd, waiting, sizeof(waiting));
	(void)fcntl(fd, F_SETFL, flags);
	for (ssize_t i = 0; i < bytes / (ssize_t)sizeof(waiting[0]); i++) {
		if (waiting[i].cq_handle == cq->user_handle)
			reported--;
		else
			se_event_pipe_write(se_map.dir, cq->context_id, cq->channel, &waiting[i],
					    sizeof(waiting[i]));
	}
	return reported;
}
