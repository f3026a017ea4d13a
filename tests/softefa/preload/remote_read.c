/* SPDX-License-Identifier: BSD-3-Clause */
#include "remote_read.h"

#include <rdma/ib_user_ioctl_verbs.h>

#include "mail.h"
#include "memory.h"
#include "message.h"
#include "open_device.h"
#include "peer_access.h"
#include "session.h"

static void count_read(const struct se_route *route, uint64_t bytes)
{
	uint64_t packets = (bytes + SE_MESSAGE_MAX - 1) / SE_MESSAGE_MAX;

	se_count(route->from, SE_COUNT_rdma_read_wrs, 1);
	se_count(route->from, SE_COUNT_rdma_read_bytes, bytes);
	se_count(route->from, SE_COUNT_rx_bytes, bytes);
	se_count(route->from, SE_COUNT_rx_pkts, packets);
	se_count(route->to, SE_COUNT_rdma_read_resp_bytes, bytes);
	se_count(route->to, SE_COUNT_tx_bytes, bytes);
	se_count(route->to, SE_COUNT_tx_pkts, packets);
}

static int read_checked(const struct se_op *op, const struct se_route *route)
{
	const struct se_block *own = se_fabric_block(&se_map, route->from);
	struct se_memory_ref remote = op->entry.rdma.remote;
	struct se_piece from;
	struct se_piece into;
	int status;

	if (!se_device_at(route->from)->rdma_read || op->qp->shared->type != SE_QP_SRD)
		return SE_STATUS_LOCAL_INVALID_OPERATION;
	if (op->entry.length != 1 || op->entry.rdma.local.length > SE_READ_MAX ||
	    op->entry.rdma.local.length > remote.length)
		return SE_STATUS_LOCAL_BAD_LENGTH;
	remote.length = op->entry.rdma.local.length;
	if (!se_memory_find(own, &op->qp->shared->owner, &op->entry.rdma.local,
			    IB_UVERBS_ACCESS_LOCAL_WRITE, &into))
		return SE_STATUS_LOCAL_INVALID_KEY;
	if (!se_memory_find(route->block, &route->owner, &remote, IB_UVERBS_ACCESS_REMOTE_READ,
			    &from))
		return SE_STATUS_REMOTE_BAD_ADDRESS;
	if (se_peer_is_direct(route->owner.process))
		status = se_memory_read(&from, &into);
	else
		status = se_mail_fetch(op, route, &remote, &into);
	if (status != SE_STATUS_OK)
		return status;
	if (se_route_corrupts(route->from, route->to))
		se_memory_corrupt(&into);
	count_read(route, into.length);
	return SE_STATUS_OK;
}

int se_remote_read(const struct se_op *op, const struct se_route *route)
{
	int status = read_checked(op, route);

	if (status != SE_STATUS_OK)
		se_count(route->from, SE_COUNT_rdma_read_wr_err, 1);
	return status;
}
