/* SPDX-License-Identifier: BSD-3-Clause */
#include "remote_write.h"

#include <rdma/ib_user_ioctl_verbs.h>

#include "mail.h"
#include "memory.h"
#include "message.h"
#include "open_device.h"
#include "peer_access.h"
#include "remote_read.h"
#include "session.h"

static void count_write(const struct se_route *route, uint64_t bytes)
{
	uint64_t packets = (bytes + SE_MESSAGE_MAX - 1) / SE_MESSAGE_MAX;

	se_count(route->from, SE_COUNT_rdma_write_wrs, 1);
	se_count(route->from, SE_COUNT_rdma_write_bytes, bytes);
	se_count(route->from, SE_COUNT_tx_bytes, bytes);
	se_count(route->from, SE_COUNT_tx_pkts, packets);
	se_count(route->to, SE_COUNT_rdma_write_recv_bytes, bytes);
	se_count(route->to, SE_COUNT_rx_bytes, bytes);
	se_count(route->to, SE_COUNT_rx_pkts, packets);
}

static int move(const struct se_op *op, const struct se_route *route,
		const struct se_memory_ref *remote, const struct se_piece *from)
{
	struct iovec io = { (void *)(uintptr_t)from->addr, from->length };
	struct se_piece to;
	int status;

	if (!se_memory_find(route->block, &route->owner, remote, IB_UVERBS_ACCESS_REMOTE_WRITE,
			    &to))
		return SE_STATUS_REMOTE_BAD_ADDRESS;
	if (!se_peer_is_direct(route->owner.process))
		return se_mail_store(op, route, remote, from);
	status = se_memory_write(&to, &io, 1);
	if (status == SE_STATUS_OK && se_route_corrupts(route->from, route->to))
		se_memory_corrupt(&to);
	return status;
}

static int notify(const struct se_op *op, const struct se_route *route)
{
	const struct se_parcel parcel = { .entry = &op->entry,
					  .source_qpn = op->qp->number,
					  .source_type = op->qp->shared->type };

	if (!(op->entry.control & SE_SEND_HAS_IMM))
		return SE_STATUS_OK;
	if (!se_peer_is_direct(route->owner.process))
		return se_mail_notice(op, route);
	return se_message_notice(&parcel, route);
}

static int write_checked(const struct se_op *op, const struct se_route *route)
{
	const struct se_block *own = se_fabric_block(&se_map, route->from);
	struct se_memory_ref remote = op->entry.rdma.remote;
	struct se_piece from;
	int status;

	if (!se_device_writes(se_device_at(route->from)) || op->qp->shared->type != SE_QP_SRD)
		return SE_STATUS_LOCAL_INVALID_OPERATION;
	if (op->entry.length != 1 || op->entry.rdma.local.length > SE_READ_MAX ||
	    op->entry.rdma.local.length > remote.length)
		return SE_STATUS_LOCAL_BAD_LENGTH;
	remote.length = op->entry.rdma.local.length;
	if (!se_memory_find(own, &op->qp->shared->owner, &op->entry.rdma.local, 0, &from))
		return SE_STATUS_LOCAL_INVALID_KEY;
	status = move(op, route, &remote, &from);
	if (status != SE_STATUS_OK)
		return status;
	/* counted first, so that whoever sees the completion sees the counters */
	count_write(route, from.length);
	return notify(op, route);
}

int se_remote_write(const struct se_op *op, const struct se_route *route)
{
	int status = write_checked(op, route);

	if (status != SE_STATUS_OK && status != SE_STATUS_REMOTE_NOT_READY)
		se_count(route->from, SE_COUNT_rdma_write_wr_err, 1);
	return status;
}
