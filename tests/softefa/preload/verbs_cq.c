/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <rdma/efa-abi.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <stddef.h>
#include <string.h>

#include "../shared/device_format.h"
#include "../shared/fabric_lock.h"
#include "limits.h"
#include "ring_pages.h"
#include "session.h"
#include "verbs_attr.h"
#include "verbs_call.h"
#include "verbs_event.h"

#define SHORT_ENTRY 16u

static bool is_power_of_two(uint32_t number)
{
	return number && !(number & (number - 1));
}

static uint32_t ring_bytes(const struct se_cq *cq)
{
	return cq->entries * cq->entry_size;
}

/* Behind the ring is a page with the doorbell, which only a queue with a channel has. */
static uint32_t total_bytes(const struct se_cq *cq)
{
	return (uint32_t)SE_ROUND_PAGE(ring_bytes(cq)) + (cq->channel ? SE_PAGE : 0);
}

/* Read the channel and what goes with it into @ret. Returns 0 or -EINVAL. */
static int read_channel(const struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call,
			struct se_cq *ret)
{
	const struct ib_uverbs_attr *attr = se_attr_find(call, UVERBS_ATTR_CREATE_CQ_COMP_CHANNEL);

	if (!attr)
		return 0;
	ret->channel = se_channel_of(open_device, (int)attr->data_s64);
	ret->user_handle = se_attr_number(call, UVERBS_ATTR_CREATE_CQ_USER_HANDLE);
	return ret->channel ? 0 : -EINVAL;
}

static void fill_row(struct se_cq *cq, const struct se_cq *wanted)
{
	if (!cq->has_locks) {
		se_lock_init(&cq->lock);
		se_lock_init(&cq->inbox_lock);
	}
	cq->has_locks = 1;
	(void)se_lock(&cq->lock);
	memcpy(cq, wanted, offsetof(struct se_cq, has_locks));
	cq->produced = 0;
	atomic_store(&cq->armed, 0);
	atomic_store(&cq->events, 0);
	atomic_store(&cq->state, SE_LIVE);
	se_unlock(&cq->lock);
}

/* Row of a free queue, now taken for @wanted, or -ENOMEM. */
static int take_row(struct se_open_device *open_device, const struct se_cq *wanted)
{
	struct se_block *block = se_fabric_block(&se_map, open_device->device);
	struct se_device *device = se_device_at(open_device->device);
	int found = -ENOMEM;

	if (!block)
		return -ENOMEM;
	(void)se_lock(&device->lock);
	for (int row = 0; row < SE_DEVICE_CQS && found < 0; row++) {
		struct se_cq *cq = &block->cqs[row];

		if (atomic_load(&cq->state) != SE_FREE)
			continue;
		fill_row(cq, wanted);
		found = row;
	}
	se_unlock(&device->lock);
	return found;
}

static int make_cq(struct se_open_device *open_device, struct se_cq *wanted)
{
	int64_t offset = se_ring_alloc(open_device, total_bytes(wanted));
	int row;

	if (offset < 0)
		return (int)offset;
	wanted->ring_offset = (uint32_t)offset;
	wanted->doorbell_offset = (uint32_t)(offset + (int64_t)SE_ROUND_PAGE(ring_bytes(wanted)));
	row = take_row(open_device, wanted);
	if (row < 0)
		se_ring_free(open_device, wanted->ring_offset, total_bytes(wanted));
	return row;
}

int se_verbs_create_cq(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct efa_ibv_create_cq request;
	struct efa_ibv_create_cq_resp driver = { 0 };
	struct se_cq wanted = { .context = open_device->context,
				.context_id = open_device->context_id,
				.entries =
					(uint32_t)se_attr_number(call, UVERBS_ATTR_CREATE_CQ_CQE) };
	int row = -EINVAL;

	(void)se_attr_input(call, UVERBS_ATTR_UHW_IN, &request, sizeof(request));
	wanted.entry_size = request.cq_entry_size;
	if (read_channel(open_device, call, &wanted) == 0 && is_power_of_two(wanted.entries) &&
	    wanted.entries <= SE_CQES &&
	    (wanted.entry_size == SHORT_ENTRY || wanted.entry_size == sizeof(struct se_completion)))
		row = make_cq(open_device, &wanted);
	if (row < 0) {
		se_count(open_device->device, SE_COUNT_create_cq_err, 1);
		return row;
	}
	driver.q_mmap_key = wanted.ring_offset;
	driver.q_mmap_size = SE_ROUND_PAGE(ring_bytes(&wanted));
	driver.cq_idx = (uint16_t)row;
	if (wanted.channel) {
		driver.comp_mask = EFA_CREATE_CQ_RESP_DB_OFF;
		driver.db_mmap_key = wanted.doorbell_offset;
	}
	se_attr_handle(call, UVERBS_ATTR_CREATE_CQ_HANDLE, row);
	se_attr_output(call, UVERBS_ATTR_CREATE_CQ_RESP_CQE, &wanted.entries,
		       sizeof(wanted.entries));
	se_attr_output(call, UVERBS_ATTR_UHW_OUT, &driver, sizeof(driver));
	return 0;
}

int se_verbs_destroy_cq(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct ib_uverbs_destroy_cq_resp resp = { 0 };
	uint64_t row = se_attr_number(call, UVERBS_ATTR_DESTROY_CQ_HANDLE);
	struct se_block *block = se_fabric_block(&se_map, open_device->device);
	struct se_cq *cq;

	if (row >= SE_DEVICE_CQS)
		return -ENOENT;
	cq = &block->cqs[row];
	if (atomic_load(&cq->state) != SE_LIVE || cq->context_id != open_device->context_id)
		return -ENOENT;
	if (open_device->cq_users[row] > 0)
		return -EBUSY;
	/* under its locks, so that no writer is inside the ring that goes away */
	(void)se_lock(&cq->inbox_lock);
	(void)se_lock(&cq->lock);
	atomic_store(&cq->state, SE_FREE);
	se_unlock(&cq->lock);
	se_unlock(&cq->inbox_lock);
	se_inbox_remove(open_device, (uint32_t)row);
	resp.comp_events_reported = se_cq_events_read(open_device, cq);
	se_ring_free(open_device, cq->ring_offset, total_bytes(cq));
	open_device->start_poll[row] = NULL;
	se_attr_output(call, UVERBS_ATTR_DESTROY_CQ_RESP, &resp, sizeof(resp));
	return 0;
}
