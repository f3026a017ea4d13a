/* SPDX-License-Identifier: BSD-3-Clause */
#include "message.h"

#include <rdma/ib_user_ioctl_verbs.h>
#include <string.h>

#include "complete.h"
#include "inbox.h"
#include "memory.h"
#include "open_device.h"
#include "recv_queue.h"
#include "session.h"

/* A plain datagram is received behind the room for a global route header. */
#define UD_HEADER_BYTES 40u
/* Below this a message may be all header, and damage would hit that, not payload. */
#define CORRUPT_FROM_BYTES 512u

struct gathered {
	struct iovec io[SE_SEND_SGES];
	unsigned int count;
	uint64_t bytes;
};

static unsigned int piece_count(const struct se_send_entry *entry)
{
	return entry->length < SE_SEND_SGES ? entry->length : SE_SEND_SGES;
}

uint64_t se_message_bytes(const struct se_op *op)
{
	uint64_t bytes = 0;

	if (op->entry.control & SE_SEND_INLINE)
		return op->entry.length;
	for (unsigned int i = 0; i < piece_count(&op->entry); i++)
		bytes += op->entry.pieces[i].length;
	return bytes;
}

static int gather_inline(const struct se_op *op, struct gathered *ret)
{
	if (op->entry.length > SE_INLINE_MAX)
		return SE_STATUS_LOCAL_BAD_LENGTH;
	/* the copy only reads from it */
	ret->io[0].iov_base = (void *)(uintptr_t)op->entry.data;
	ret->io[0].iov_len = op->entry.length;
	ret->bytes = op->entry.length;
	ret->count = 1;
	return SE_STATUS_OK;
}

static int gather(const struct se_op *op, struct gathered *ret)
{
	const struct se_block *block = se_fabric_block(&se_map, op->qp->owner->device);

	if (op->entry.control & SE_SEND_INLINE)
		return gather_inline(op, ret);
	if (op->entry.length > SE_SEND_SGES)
		return SE_STATUS_LOCAL_BAD_LENGTH;
	ret->count = op->entry.length;
	ret->bytes = 0;
	for (unsigned int i = 0; i < ret->count; i++) {
		struct se_piece piece;

		if (!se_memory_find(block, &op->qp->shared->owner, &op->entry.pieces[i], 0, &piece))
			return SE_STATUS_LOCAL_INVALID_KEY;
		ret->io[i].iov_base = (void *)(uintptr_t)piece.addr;
		ret->io[i].iov_len = piece.length;
		ret->bytes += piece.length;
	}
	return ret->bytes > SE_MESSAGE_MAX ? SE_STATUS_LOCAL_BAD_LENGTH : SE_STATUS_OK;
}

/* The memory of @buffer for a message of @bytes, its header among them. */
static int find_memory(const struct se_route *route, const struct se_recv_entry *buffer,
		       uint64_t bytes, struct se_piece *ret)
{
	const struct se_memory_ref ref = {
		.length = (uint32_t)bytes,
		.key = buffer->key_control,
		.addr_low = buffer->addr_low,
		.addr_high = buffer->addr_high,
	};

	return se_memory_find(route->block, &route->owner, &ref, IB_UVERBS_ACCESS_LOCAL_WRITE, ret)
		       ? SE_STATUS_OK
		       : SE_STATUS_REMOTE_BAD_STATUS;
}

static bool is_corrupted(const struct se_route *route, uint64_t bytes)
{
	return bytes >= CORRUPT_FROM_BYTES && se_route_corrupts(route->from, route->to);
}

static bool knows_sender(const struct se_route *route)
{
	const struct se_context *context = &se_map.shared->contexts[route->owner.context];

	return atomic_load(&context->ah_known[route->from / 64]) >> (route->from % 64) & 1;
}

/* The completion of @parcel for who takes it into @buffer. */
static struct se_completion completion_of(const struct se_parcel *parcel,
					  const struct se_route *route,
					  const struct se_recv_entry *buffer)
{
	bool has_imm = parcel->entry->control & SE_SEND_HAS_IMM;

	return (struct se_completion){
		.request = buffer->request,
		.status = SE_STATUS_OK,
		.flags = (uint8_t)(SE_CQE_FROM_RECV | (has_imm ? SE_CQE_HAS_IMM : 0)),
		.qpn = parcel->entry->dest_qpn,
		.ah = knows_sender(route) ? (uint16_t)route->from : SE_NO_AH,
		.src_qpn = (uint16_t)parcel->source_qpn,
		.imm = has_imm ? parcel->entry->imm : 0,
	};
}

int se_message_notice(const struct se_parcel *parcel, const struct se_route *route)
{
	uint32_t bytes = parcel->entry->rdma.local.length;
	struct se_recv_entry buffer = { 0 };
	struct se_completion entry;
	int status = route->qp->unsolicited ? SE_STATUS_OK : se_recv_take(route, 0, &buffer);

	if (status != SE_STATUS_OK)
		return status;
	entry = completion_of(parcel, route, &buffer);
	entry.flags |= SE_OP_RDMA_WRITE << SE_CQE_OPERATION_SHIFT;
	if (route->qp->unsolicited)
		entry.flags |= SE_CQE_UNSOLICITED;
	entry.length = (uint16_t)bytes;
	entry.length_high = (uint16_t)(bytes >> 16);
	if (!se_complete(route->block, route->recv_cq, route->owner.context_id, &entry))
		return SE_STATUS_REMOTE_BAD_QPN;
	return SE_STATUS_OK;
}

static void count_delivered(const struct se_route *route, uint64_t bytes)
{
	se_add(route->from, SE_COUNT_tx_bytes, bytes);
	se_add(route->from, SE_COUNT_tx_pkts, 1);
	se_add(route->from, SE_COUNT_send_bytes, bytes);
	se_count(route->from, SE_COUNT_send_wrs, 1);
	se_add(route->to, SE_COUNT_rx_bytes, bytes);
	se_add(route->to, SE_COUNT_rx_pkts, 1);
	se_add(route->to, SE_COUNT_recv_bytes, bytes);
	se_count(route->to, SE_COUNT_recv_wrs, 1);
}

int se_message_copy(const struct se_op *op, uint8_t *ret, uint32_t *ret_bytes)
{
	struct gathered payload;
	int status = gather(op, &payload);

	*ret_bytes = 0;
	for (unsigned int i = 0; status == SE_STATUS_OK && i < payload.count; i++) {
		memcpy(ret + *ret_bytes, payload.io[i].iov_base, payload.io[i].iov_len);
		*ret_bytes += (uint32_t)payload.io[i].iov_len;
	}
	return status;
}

/* Write it and complete it at once, past the inbox. */
static int hand_over_now(const struct se_route *route, struct gathered *payload,
			 struct se_piece *piece, struct se_completion *entry)
{
	uint64_t bytes = payload->bytes;
	uint64_t skip = piece->length - bytes;
	int status;

	piece->addr += skip;
	piece->length = bytes;
	status = se_memory_write(piece, payload->io, payload->count);
	if (status != SE_STATUS_OK)
		return status;
	if (is_corrupted(route, bytes))
		se_memory_corrupt(piece);
	/* counted first, so that whoever sees the completion sees the counters */
	count_delivered(route, bytes);
	if (!se_complete(route->block, route->recv_cq, route->owner.context_id, entry))
		return SE_STATUS_REMOTE_BAD_QPN;
	return SE_STATUS_OK;
}

static int hand_over(const struct se_parcel *parcel, const struct se_route *route,
		     struct gathered *payload)
{
	uint32_t skip = route->qp->type == SE_QP_UD ? UD_HEADER_BYTES : 0;
	uint64_t bytes = payload->bytes;
	struct se_recv_entry buffer;
	struct se_completion entry;
	struct se_inbox_slot *slot;
	struct se_piece piece;
	int status;

	se_inbox_prefetch(route);
	if (route->qp->type != parcel->source_type ||
	    parcel->entry->qkey != atomic_load(&route->qp->qkey))
		return SE_STATUS_REMOTE_BAD_QPN;
	status = se_recv_take(route, bytes + skip, &buffer);
	if (status == SE_STATUS_OK)
		status = find_memory(route, &buffer, bytes + skip, &piece);
	if (status != SE_STATUS_OK)
		return status;
	entry = completion_of(parcel, route, &buffer);
	entry.length = (uint16_t)(bytes + skip);
	memcpy(entry.src_gid, se_device_at(route->from)->gid, SE_GID_SIZE);
	slot = se_inbox_fill(route, payload->io, payload->count);
	if (!slot)
		return hand_over_now(route, payload, &piece, &entry);
	if (is_corrupted(route, bytes))
		se_inbox_corrupt(slot, (uint32_t)bytes);
	count_delivered(route, bytes);
	se_inbox_send(slot, &buffer, skip, &entry);
	return SE_STATUS_OK;
}

int se_message_hand_over(const struct se_parcel *parcel, const struct se_route *route,
			 struct iovec *io, unsigned int count)
{
	struct gathered payload = { .count = count };

	for (unsigned int i = 0; i < count; i++) {
		payload.io[i] = io[i];
		payload.bytes += io[i].iov_len;
	}
	return hand_over(parcel, route, &payload);
}

int se_message_deliver(const struct se_op *op, const struct se_route *route)
{
	const struct se_parcel parcel = { .entry = &op->entry,
					  .source_qpn = op->qp->number,
					  .source_type = op->qp->shared->type };
	struct gathered payload;
	int status = gather(op, &payload);

	return status == SE_STATUS_OK ? hand_over(&parcel, route, &payload) : status;
}
