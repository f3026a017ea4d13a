/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine.h"

#include "../shared/fault.h"
#include "complete.h"
#include "helper.h"
#include "mail.h"
#include "message.h"
#include "op.h"
#include "open_device.h"
#include "peer_access.h"
#include "qp_states.h"
#include "remote_read.h"
#include "remote_write.h"
#include "route.h"
#include "session.h"

/* Between two tries while a peer has no buffer posted, or does not answer. */
#define NOT_READY_PAUSE_NS 1000000ull
#define CUT_PAUSE_NS 10000000ull
/* After which a lost packet is sent again. */
#define RESEND_NS 1000000ull
#define RNR_RETRY_FOREVER 7
#define LATER (-1)

enum verdict { DONE, AGAIN, NEVER };

static bool is_read(const struct se_op *op)
{
	return (op->entry.control & SE_SEND_OPERATION) == SE_OP_RDMA_READ;
}

static bool is_datagram(const struct se_op *op)
{
	return op->qp->shared->type == SE_QP_UD;
}

static uint64_t op_bytes(const struct se_op *op)
{
	bool is_send = (op->entry.control & SE_SEND_OPERATION) == SE_OP_SEND;

	return is_send ? se_message_bytes(op) : op->entry.rdma.local.length;
}

/* An se_status, or LATER when only the helper thread may do it. */
static int carry_out(const struct se_op *op)
{
	struct se_route route;
	int status = se_route_find(op->qp->owner->device, &op->entry, &route);
	bool is_direct;

	if (status != SE_STATUS_OK)
		return status;
	is_direct = se_peer_is_direct(route.owner.process);
	if (!is_direct && !se_helper_is_current())
		return LATER;
	switch (op->entry.control & SE_SEND_OPERATION) {
	case SE_OP_SEND:
		return is_direct ? se_message_deliver(op, &route) : se_mail_message(op, &route);
	case SE_OP_RDMA_READ:
		return se_remote_read(op, &route);
	case SE_OP_RDMA_WRITE:
		return se_remote_write(op, &route);
	default:
		return SE_STATUS_LOCAL_INVALID_OPERATION;
	}
}

static void count_resent(const struct se_op *op)
{
	uint32_t row = op->qp->owner->device;

	se_count(row, SE_COUNT_retrans_pkts, 1);
	se_count(row, SE_COUNT_retrans_bytes, op_bytes(op));
}

/* The peer does not answer: try until the time for that is over. */
static enum verdict wait_for_peer(struct se_op *op, const struct se_cut *cut, int *ret_status)
{
	uint32_t row = op->qp->owner->device;
	uint64_t now_ns = se_now_ns();

	if (!op->give_up_ns) {
		op->give_up_ns = now_ns + cut->retry_ns;
		se_count(row, SE_COUNT_impaired_remote_conn_events, 1);
	}
	if (now_ns >= op->give_up_ns) {
		se_count(row, SE_COUNT_unresponsive_remote_events, 1);
		*ret_status = cut->status;
		return DONE;
	}
	se_count(row, SE_COUNT_retrans_timeout_events, 1);
	count_resent(op);
	op->due_ns = now_ns + CUT_PAUSE_NS;
	if (op->due_ns > op->give_up_ns)
		op->due_ns = op->give_up_ns;
	return AGAIN;
}

static enum verdict wait_for_buffer(struct se_op *op)
{
	op->not_ready++;
	if (op->qp->rnr_retry < RNR_RETRY_FOREVER && op->not_ready > op->qp->rnr_retry)
		return DONE;
	op->due_ns = se_now_ns() + NOT_READY_PAUSE_NS;
	return AGAIN;
}

/* Whoever sends plain datagrams does not learn what becomes of them. */
static enum verdict try_datagram(struct se_op *op, int *ret_status)
{
	struct se_cut cut;
	bool is_lost =
		op->entry.ah < SE_DEVICES_MAX &&
		(se_route_is_cut(op->qp->owner->device, op->entry.ah, false, &op->passed, &cut) ||
		 se_route_drops(op->qp->owner->device, op->entry.ah));
	int status = is_lost ? SE_STATUS_REMOTE_UNRESPONSIVE : carry_out(op);
	bool is_local =
		status >= SE_STATUS_LOCAL_INVALID_OPERATION && status <= SE_STATUS_LOCAL_BAD_LENGTH;

	if (status == SE_STATUS_REMOTE_NOT_READY && op->entry.ah < SE_DEVICES_MAX)
		se_count(op->entry.ah, SE_COUNT_rx_drops, 1);
	if (status == LATER)
		return AGAIN;
	*ret_status = is_local ? status : SE_STATUS_OK;
	return DONE;
}

/* What the faults of the two ends do to @op. Returns false when they let it pass. */
static bool is_stopped(struct se_op *op, enum verdict *ret_verdict, int *ret_status)
{
	uint32_t row = op->qp->owner->device;
	struct se_cut cut;

	*ret_verdict = DONE;
	*ret_status = se_route_forced_status(row, op->entry.ah);
	if (*ret_status != SE_STATUS_OK)
		return true;
	if (is_datagram(op))
		return false;
	if (se_route_is_cut(row, op->entry.ah, is_read(op), &op->passed, &cut)) {
		*ret_verdict = wait_for_peer(op, &cut, ret_status);
		return true;
	}
	if (!se_route_drops(row, op->entry.ah))
		return false;
	count_resent(op);
	op->due_ns = se_now_ns() + RESEND_NS;
	*ret_verdict = AGAIN;
	return true;
}

static enum verdict try_op(struct se_op *op, int *ret_status)
{
	uint32_t row = op->qp->owner->device;
	enum verdict verdict;

	/* the card is gone: nothing is left that could complete a request */
	if (atomic_load_explicit(&se_device_at(row)->fault_mask, memory_order_relaxed) &
	    SE_FAULTS_ABSENT)
		return NEVER;
	if (atomic_load(&op->qp->shared->verbs_state) == SE_QP_ERROR) {
		*ret_status = SE_STATUS_FLUSHED;
		return DONE;
	}
	if (op->entry.ah < SE_DEVICES_MAX && is_stopped(op, &verdict, ret_status))
		return verdict;
	if (is_datagram(op))
		return try_datagram(op, ret_status);
	*ret_status = carry_out(op);
	if (*ret_status == LATER)
		return AGAIN;
	if (*ret_status == SE_STATUS_REMOTE_NOT_READY)
		return wait_for_buffer(op);
	return DONE;
}

static void finish(const struct se_op *op, int status)
{
	struct se_completion entry = {
		.request = op->entry.request,
		.status = (uint8_t)status,
		.flags = SE_CQE_FROM_SEND,
		.qpn = (uint16_t)op->qp->number,
	};

	if (op->entry.control2 & SE_SEND_WANTS_COMPLETION)
		se_complete_own(op->qp->owner, op->qp->shared->send_cq, &entry);
}

bool se_engine_retry(struct se_op *op)
{
	int status = SE_STATUS_OK;
	enum verdict verdict = try_op(op, &status);

	if (verdict == DONE)
		finish(op, status);
	return verdict == AGAIN;
}

static void start(struct se_op *op)
{
	if (op->entry.ah < SE_DEVICES_MAX)
		op->due_ns = se_route_arrival_ns(op->qp->owner->device, op->entry.ah, op_bytes(op));
	if (!op->due_ns && !se_engine_retry(op))
		return;
	if (!se_helper_queue(op))
		finish(op, SE_STATUS_REMOTE_ABORT);
}

/* Hand what is new in the send ring to @run. The queue's lock is held. */
static void take_new(struct se_local_qp *qp, void (*run)(struct se_op *op))
{
	/* read under the lock: an older value would replay the ring */
	while (qp->sq_consumed !=
	       (uint16_t)atomic_load_explicit(qp->sq_doorbell, memory_order_acquire)) {
		struct se_op op = { .entry = qp->sq_ring[qp->sq_consumed % qp->sq_entries],
				    .qp = qp };

		qp->sq_consumed++;
		run(&op);
	}
}

void se_engine_ring(struct se_local_qp *qp)
{
	if (atomic_load_explicit(&qp->owner->has_left, memory_order_relaxed))
		return;
	(void)pthread_mutex_lock(&qp->lock);
	/* a drained queue keeps what is posted until it runs again */
	if (atomic_load(&qp->shared->verbs_state) == SE_QP_READY_TO_SEND)
		take_new(qp, start);
	(void)pthread_mutex_unlock(&qp->lock);
}

static void flush(struct se_op *op)
{
	finish(op, SE_STATUS_FLUSHED);
}

void se_engine_flush(struct se_local_qp *qp)
{
	se_helper_take(qp, flush);
	(void)pthread_mutex_lock(&qp->lock);
	take_new(qp, flush);
	(void)pthread_mutex_unlock(&qp->lock);
}

static void forget(struct se_op *op)
{
	(void)op;
}

void se_engine_reset(struct se_local_qp *qp)
{
	se_helper_take(qp, forget);
	(void)pthread_mutex_lock(&qp->lock);
	atomic_store(qp->sq_doorbell, 0);
	qp->sq_consumed = 0;
	(void)pthread_mutex_unlock(&qp->lock);
}
