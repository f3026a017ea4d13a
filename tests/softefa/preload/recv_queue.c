/* SPDX-License-Identifier: BSD-3-Clause */
#include "recv_queue.h"

#include "../shared/fabric_lock.h"
#include "complete.h"
#include "open_device.h"
#include "peer_rings.h"
#include "qp_states.h"
#include "session.h"

/* Entries of a ring that are fetched from the other processor before they are needed. */
#define RING_AHEAD 4u

/* Whether a buffer is posted. The queue's lock is held. */
static bool has_buffer(struct se_qp *qp, const uint8_t *rings)
{
	const _Atomic uint32_t *doorbell = (const void *)(rings + qp->rq_doorbell_offset);

	if (qp->rq_posted == qp->rq_consumed)
		qp->rq_posted = (uint16_t)atomic_load_explicit(doorbell, memory_order_acquire);
	return qp->rq_posted != qp->rq_consumed;
}

/* The next posted buffer, taken when it has room for @bytes. The queue's lock is held. */
static int take_locked(const struct se_route *route, const uint8_t *rings, uint64_t bytes,
		       struct se_recv_entry *ret)
{
	struct se_qp *qp = route->qp;
	const struct se_recv_entry *ring = (const void *)(rings + qp->rq_ring_offset);

	if (atomic_load(&qp->state) != SE_LIVE || qp->owner.context_id != route->owner.context_id ||
	    !se_qp_receives(atomic_load(&qp->verbs_state)))
		return SE_STATUS_REMOTE_BAD_QPN;
	if (!has_buffer(qp, rings))
		return SE_STATUS_REMOTE_NOT_READY;
	*ret = ring[qp->rq_consumed % qp->rq_entries];
	if (ret->length < bytes)
		return SE_STATUS_REMOTE_BAD_LENGTH;
	qp->rq_consumed++;
	__builtin_prefetch(&ring[(qp->rq_consumed + RING_AHEAD) % qp->rq_entries]);
	return SE_STATUS_OK;
}

int se_recv_take(const struct se_route *route, uint64_t bytes, struct se_recv_entry *ret)
{
	const uint8_t *rings;
	int status = SE_STATUS_REMOTE_BAD_STATUS;

	if (route->qp->rq_entries == 0)
		return SE_STATUS_REMOTE_NOT_READY;
	se_peer_rings_begin();
	rings = se_peer_rings(route->owner.context, route->owner.context_id);
	if (rings) {
		(void)se_lock(&route->qp->lock);
		status = take_locked(route, rings, bytes, ret);
		se_unlock(&route->qp->lock);
	}
	se_peer_rings_end();
	return status;
}

static _Atomic uint32_t *doorbell_of(const struct se_local_qp *qp)
{
	return (void *)(qp->owner->rings + qp->shared->rq_doorbell_offset);
}

void se_recv_flush(const struct se_local_qp *qp)
{
	const struct se_recv_entry *ring =
		(const void *)(qp->owner->rings + qp->shared->rq_ring_offset);
	struct se_qp *shared = qp->shared;

	(void)se_lock(&shared->lock);
	while (shared->rq_entries > 0 &&
	       shared->rq_consumed != (uint16_t)atomic_load(doorbell_of(qp))) {
		struct se_completion entry = {
			.request = ring[shared->rq_consumed % shared->rq_entries].request,
			.status = SE_STATUS_FLUSHED,
			.flags = SE_CQE_FROM_RECV,
			.qpn = (uint16_t)qp->number,
			.ah = SE_NO_AH,
		};

		shared->rq_consumed++;
		se_complete_own(qp->owner, shared->recv_cq, &entry);
	}
	shared->rq_posted = shared->rq_consumed;
	se_unlock(&shared->lock);
}

void se_recv_reset(const struct se_local_qp *qp)
{
	(void)se_lock(&qp->shared->lock);
	atomic_store(doorbell_of(qp), 0);
	qp->shared->rq_consumed = 0;
	qp->shared->rq_posted = 0;
	se_unlock(&qp->shared->lock);
}
