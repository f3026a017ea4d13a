/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <rdma/efa-abi.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/ib_user_verbs.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "../shared/device_format.h"
#include "../shared/fabric_lock.h"
#include "engine.h"
#include "helper.h"
#include "limits.h"
#include "qp_states.h"
#include "recv_queue.h"
#include "remote_read.h"
#include "ring_pages.h"
#include "session.h"
#include "verbs_attr.h"
#include "verbs_call.h"

/* Numbers 0 and 1 mean something special elsewhere. */
#define FIRST_QPN 2u
#define DEFAULT_RNR_RETRY 7

/* efa_ibv_create_qp as rdma-core sends it from version 52 on; older ones end before @flags. */
struct create_request {
	uint32_t comp_mask;
	uint32_t rq_ring_size; /* bytes */
	uint32_t sq_ring_size;
	uint32_t driver_qp_type;
	uint16_t flags;
	uint8_t sl;
	uint8_t reserved[5];
};

#define WITH_UNSOLICITED_WRITE_RECV (1u << 0)

/* In the context file: a page with each doorbell, the receive ring, the send ring. */
struct layout {
	uint32_t rq_doorbell;
	uint32_t sq_doorbell;
	uint32_t rq_ring;
	uint32_t sq_ring;
	uint32_t bytes;
};

static struct layout layout_of(const struct create_request *request)
{
	struct layout layout = { .rq_doorbell = 0, .sq_doorbell = SE_PAGE, .rq_ring = 2 * SE_PAGE };

	layout.sq_ring = layout.rq_ring + (uint32_t)SE_ROUND_PAGE(request->rq_ring_size);
	layout.bytes = layout.sq_ring + (uint32_t)SE_ROUND_PAGE(request->sq_ring_size);
	return layout;
}

static bool is_ring(uint32_t bytes, uint32_t entry, uint32_t most)
{
	uint32_t entries = bytes / entry;

	return bytes % entry == 0 && entries <= most && !(entries & (entries - 1));
}

/* SE_QP_SRD, SE_QP_UD, or -EOPNOTSUPP. */
static int type_of(struct ib_uverbs_ioctl_hdr *call, const struct create_request *request)
{
	uint64_t type = se_attr_number(call, UVERBS_ATTR_CREATE_QP_TYPE);

	if (type == IB_UVERBS_QPT_UD)
		return SE_QP_UD;
	if (type == IB_UVERBS_QPT_DRIVER && request->driver_qp_type == EFA_QP_DRIVER_TYPE_SRD)
		return SE_QP_SRD;
	return -EOPNOTSUPP;
}

static void fill_row(struct se_qp *qp, const struct se_qp *wanted)
{
	if (!qp->has_lock)
		se_lock_init(&qp->lock);
	qp->has_lock = 1;
	(void)se_lock(&qp->lock);
	memcpy(qp, wanted, offsetof(struct se_qp, has_lock));
	qp->rq_consumed = 0;
	qp->rq_posted = 0;
	atomic_store(&qp->state, SE_LIVE);
	se_unlock(&qp->lock);
}

/* A number is used again as late as possible, so that stragglers find nobody. */
static struct se_qp *take_row(struct se_open_device *open_device, const struct se_qp *wanted,
			      uint32_t *ret_number)
{
	struct se_block *block = se_fabric_block(&se_map, open_device->device);
	struct se_device *device = se_device_at(open_device->device);
	struct se_qp *found = NULL;

	if (!block)
		return NULL;
	(void)se_lock(&device->lock);
	for (uint32_t i = 0; i < SE_DEVICE_QPS - FIRST_QPN && !found; i++) {
		uint32_t row = FIRST_QPN + (block->qp_hint + i) % (SE_DEVICE_QPS - FIRST_QPN);

		if (atomic_load(&block->qps[row].state) != SE_FREE)
			continue;
		found = &block->qps[row];
		fill_row(found, wanted);
		block->qp_hint = row - FIRST_QPN + 1;
		*ret_number = row;
	}
	se_unlock(&device->lock);
	return found;
}

static struct se_local_qp *make_local(struct se_open_device *open_device, uint32_t offset,
				      const struct layout *layout, uint32_t sq_entries)
{
	uint64_t bytes =
		SE_ROUND_PAGE(sizeof(struct se_local_qp) + sq_entries * sizeof(struct se_op));
	struct se_local_qp *qp;

	if (se_helper_reserve(sq_entries) < 0)
		return NULL;
	qp = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (qp == MAP_FAILED)
		return NULL;
	qp->owner = open_device;
	qp->ring_bytes = layout->bytes;
	qp->ring_offset = offset;
	qp->sq_doorbell = (void *)(open_device->rings + offset + layout->sq_doorbell);
	qp->sq_ring = (const void *)(open_device->rings + offset + layout->sq_ring);
	qp->sq_entries = sq_entries;
	qp->rnr_retry = DEFAULT_RNR_RETRY;
	qp->total_bytes = (uint32_t)bytes;
	(void)pthread_mutex_init(&qp->lock, NULL);
	for (uint32_t i = 0; i < sq_entries; i++) {
		qp->ops[i].next_free = qp->free_ops;
		qp->free_ops = &qp->ops[i];
	}
	return qp;
}

static void drop_local(struct se_local_qp *qp)
{
	se_helper_drop(qp);
	se_ring_free(qp->owner, qp->ring_offset, qp->ring_bytes);
	(void)munmap(qp, qp->total_bytes);
}

static struct se_local_qp *make_qp(struct se_open_device *open_device, struct se_qp *wanted,
				   const struct create_request *request)
{
	const struct layout layout = layout_of(request);
	uint32_t sq_entries = request->sq_ring_size / (uint32_t)sizeof(struct se_send_entry);
	int64_t offset = se_ring_alloc(open_device, layout.bytes);
	struct se_local_qp *qp;

	if (offset < 0)
		return NULL;
	qp = make_local(open_device, (uint32_t)offset, &layout, sq_entries);
	if (!qp) {
		se_ring_free(open_device, (uint32_t)offset, layout.bytes);
		return NULL;
	}
	wanted->rq_doorbell_offset = (uint32_t)offset + layout.rq_doorbell;
	wanted->rq_ring_offset = (uint32_t)offset + layout.rq_ring;
	wanted->rq_entries = request->rq_ring_size / (uint32_t)sizeof(struct se_recv_entry);
	qp->shared = take_row(open_device, wanted, &qp->number);
	if (qp->shared)
		return qp;
	drop_local(qp);
	return NULL;
}

static void answer_create(struct ib_uverbs_ioctl_hdr *call, const struct se_local_qp *qp,
			  const struct create_request *request)
{
	const struct layout layout = layout_of(request);
	const struct efa_ibv_create_qp_resp driver = {
		.rq_mmap_key = qp->ring_offset + layout.rq_ring,
		.rq_mmap_size = SE_ROUND_PAGE(request->rq_ring_size),
		.rq_db_mmap_key = qp->ring_offset + layout.rq_doorbell,
		.sq_db_mmap_key = qp->ring_offset + layout.sq_doorbell,
		.llq_desc_mmap_key = qp->ring_offset + layout.sq_ring,
	};

	se_attr_handle(call, UVERBS_ATTR_CREATE_QP_HANDLE, qp->number);
	se_attr_output(call, UVERBS_ATTR_CREATE_QP_RESP_CAP, &qp->cap, sizeof(qp->cap));
	se_attr_output(call, UVERBS_ATTR_CREATE_QP_RESP_QP_NUM, &qp->number, sizeof(qp->number));
	se_attr_output(call, UVERBS_ATTR_UHW_OUT, &driver, sizeof(driver));
}

static bool is_own_cq(const struct se_open_device *open_device, uint32_t row)
{
	const struct se_block *block = se_fabric_block(&se_map, open_device->device);

	return block && row < SE_DEVICE_CQS && atomic_load(&block->cqs[row].state) == SE_LIVE &&
	       block->cqs[row].context_id == open_device->context_id;
}

/* Fill @ret from the call. Returns 0 or -errno. */
static int read_create(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call,
		       struct create_request *ret_request, struct se_qp *ret)
{
	int type;

	(void)se_attr_input(call, UVERBS_ATTR_UHW_IN, ret_request, sizeof(*ret_request));
	ret->unsolicited = ret_request->flags & WITH_UNSOLICITED_WRITE_RECV;
	if (ret->unsolicited && !se_device_writes(se_device_at(open_device->device)))
		return -EOPNOTSUPP;
	type = type_of(call, ret_request);
	if (type < 0)
		return type;
	ret->type = (uint32_t)type;
	ret->owner = se_open_device_owner(
		open_device, (uint32_t)se_attr_number(call, UVERBS_ATTR_CREATE_QP_PD_HANDLE));
	ret->send_cq = (uint32_t)se_attr_number(call, UVERBS_ATTR_CREATE_QP_SEND_CQ_HANDLE);
	ret->recv_cq = (uint32_t)se_attr_number(call, UVERBS_ATTR_CREATE_QP_RECV_CQ_HANDLE);
	if (!is_own_cq(open_device, ret->send_cq) || !is_own_cq(open_device, ret->recv_cq))
		return -ENOENT;
	if (!is_ring(ret_request->sq_ring_size, sizeof(struct se_send_entry), SE_SQ_WRS) ||
	    !is_ring(ret_request->rq_ring_size, sizeof(struct se_recv_entry), SE_RQ_WRS))
		return -EINVAL;
	return 0;
}

int se_verbs_create_qp(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct create_request request;
	struct se_qp wanted = { 0 };
	struct se_local_qp *qp;
	int rc = read_create(open_device, call, &request, &wanted);

	if (rc == 0 && !se_pd_get(&open_device->pds, wanted.owner.pd))
		rc = -ENOENT;
	if (rc == 0) {
		qp = make_qp(open_device, &wanted, &request);
		rc = qp ? 0 : -ENOMEM;
		if (!qp)
			se_pd_put(&open_device->pds, wanted.owner.pd);
	}
	if (rc < 0) {
		se_count(open_device->device, SE_COUNT_create_qp_err, 1);
		return rc;
	}
	(void)se_attr_input(call, UVERBS_ATTR_CREATE_QP_CAP, &qp->cap, sizeof(qp->cap));
	open_device->qps[qp->number] = qp;
	open_device->cq_users[wanted.send_cq]++;
	open_device->cq_users[wanted.recv_cq]++;
	answer_create(call, qp, &request);
	return 0;
}

static struct se_local_qp *find_qp(struct se_open_device *open_device, uint64_t number)
{
	return number < SE_DEVICE_QPS ? open_device->qps[number] : NULL;
}

/* What the device does when a queue pair comes into @state. */
static void enter_state(struct se_local_qp *qp, uint32_t state)
{
	/* what has come before is complete */
	se_inbox_empty(qp->owner);
	atomic_store(&qp->shared->verbs_state, state);
	switch (state) {
	case SE_QP_ERROR:
		se_engine_flush(qp);
		se_recv_flush(qp);
		break;
	case SE_QP_RESET:
		se_engine_reset(qp);
		se_recv_reset(qp);
		break;
	case SE_QP_READY_TO_SEND:
		/* what was posted while it was drained */
		se_engine_ring(qp);
		break;
	default:
		break;
	}
}

int se_verbs_modify_qp(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct ib_uverbs_modify_qp request;
	struct se_local_qp *qp;
	uint32_t state;
	int rc;

	if (!se_attr_input(call, UVERBS_ATTR_CORE_IN, &request, sizeof(request)))
		return -EINVAL;
	qp = find_qp(open_device, request.qp_handle);
	if (!qp)
		return -ENOENT;
	state = atomic_load(&qp->shared->verbs_state);
	if (((request.attr_mask & SE_QP_ATTR_CUR_STATE) && request.cur_qp_state != state) ||
	    ((request.attr_mask & SE_QP_ATTR_PORT) && request.port_num != 1) ||
	    ((request.attr_mask & SE_QP_ATTR_PKEY) && request.pkey_index > 0))
		return -EINVAL;
	rc = se_qp_change_allowed(state,
				  request.attr_mask & SE_QP_ATTR_STATE ? request.qp_state : state,
				  request.attr_mask);
	if (rc < 0)
		return rc;
	if (request.attr_mask & SE_QP_ATTR_QKEY)
		atomic_store(&qp->shared->qkey, request.qkey);
	if (request.attr_mask & SE_QP_ATTR_RNR_RETRY)
		qp->rnr_retry = request.rnr_retry;
	if (request.attr_mask & SE_QP_ATTR_STATE)
		enter_state(qp, request.qp_state);
	return 0;
}

int se_verbs_query_qp(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct ib_uverbs_query_qp request;
	struct ib_uverbs_query_qp_resp resp = { .port_num = 1 };
	const struct se_local_qp *qp;

	if (!se_attr_input(call, UVERBS_ATTR_CORE_IN, &request, sizeof(request)))
		return -EINVAL;
	qp = find_qp(open_device, request.qp_handle);
	if (!qp)
		return -ENOENT;
	resp.qp_state = (uint8_t)atomic_load(&qp->shared->verbs_state);
	resp.cur_qp_state = resp.qp_state;
	resp.qkey = atomic_load(&qp->shared->qkey);
	resp.rnr_retry = qp->rnr_retry;
	resp.max_send_wr = qp->cap.max_send_wr;
	resp.max_recv_wr = qp->cap.max_recv_wr;
	resp.max_send_sge = qp->cap.max_send_sge;
	resp.max_recv_sge = qp->cap.max_recv_sge;
	resp.max_inline_data = qp->cap.max_inline_data;
	se_attr_output(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	return 0;
}

int se_verbs_destroy_qp(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	const struct ib_uverbs_destroy_qp_resp resp = { 0 };
	uint64_t number = se_attr_number(call, UVERBS_ATTR_DESTROY_QP_HANDLE);
	struct se_local_qp *qp = find_qp(open_device, number);

	if (!qp)
		return -ENOENT;
	se_inbox_empty(open_device);
	open_device->cq_users[qp->shared->send_cq]--;
	open_device->cq_users[qp->shared->recv_cq]--;
	se_pd_put(&open_device->pds, qp->shared->owner.pd);
	/* under its lock, so that no sender is inside the ring that goes away */
	(void)se_lock(&qp->shared->lock);
	atomic_store(&qp->shared->state, SE_FREE);
	se_unlock(&qp->shared->lock);
	open_device->qps[number] = NULL;
	drop_local(qp);
	se_attr_output(call, UVERBS_ATTR_DESTROY_QP_RESP, &resp, sizeof(resp));
	return 0;
}
