/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/srd_link.h"

#include <endian.h>
#include <errno.h>
#include <infiniband/efadv.h>
#include <infiniband/verbs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/burst/link.h"
#include "common/burst/srd_status.h"
#include "common/node/verbs.h"

#define PORT 1
#define KEY_MASK 0x7fffffff /* the highest bit is for the kernel's own queue pairs */

/* An address as it travels: the GID, then numbers with the lowest byte first. */
struct address {
	union ibv_gid gid;
	uint32_t qpn, qkey;
};

struct peer {
	struct address address;
	struct ibv_ah *ah;
};

struct srd_link {
	struct eg_link link;
	struct ibv_context *context;
	struct ibv_pd *pd;
	struct ibv_cq_ex *cq;
	struct ibv_qp *qp;
	struct address address;
	struct ibv_mr *offer_mr;
	struct ibv_mr *slices[EG_SLICES];
	struct peer *peers;
	size_t peer_count;
};

static struct srd_link *own(struct eg_link *link)
{
	return (struct srd_link *)link;
}

static void put_address(const struct address *address, struct eg_target *ret)
{
	struct address travels = { .gid = address->gid,
				   .qpn = htole32(address->qpn),
				   .qkey = htole32(address->qkey) };

	_Static_assert(sizeof(travels) == EG_SRD_ADDRESS_BYTES, "no gaps");
	ret->address_length = EG_SRD_ADDRESS_BYTES;
	memcpy(ret->address, &travels, sizeof(travels));
}

static void get_address(const struct eg_target *target, struct address *ret)
{
	memcpy(ret, target->address, sizeof(*ret));
	ret->qpn = le32toh(ret->qpn);
	ret->qkey = le32toh(ret->qkey);
}

bool eg_srd_is_target(const struct eg_target *target)
{
	return target->address_length == EG_SRD_ADDRESS_BYTES;
}

static void close_link(struct eg_link *link)
{
	struct srd_link *the = own(link);

	if (the->qp)
		(void)ibv_destroy_qp(the->qp);
	for (size_t i = 0; i < the->peer_count; i++)
		(void)ibv_destroy_ah(the->peers[i].ah);
	free(the->peers);
	for (size_t i = 0; i < EG_COUNT(the->slices); i++) {
		if (the->slices[i])
			(void)ibv_dereg_mr(the->slices[i]);
	}
	if (the->offer_mr)
		(void)ibv_dereg_mr(the->offer_mr);
	if (the->cq)
		(void)ibv_destroy_cq(ibv_cq_ex_to_cq(the->cq));
	if (the->pd)
		(void)ibv_dealloc_pd(the->pd);
	if (the->context)
		(void)ibv_close_device(the->context);
	free(the);
}

static void close_unless_stolen(struct srd_link **the)
{
	if (*the)
		close_link(&(*the)->link);
}

/* The verbs leave an errno in most cases. */
static int failure(const char *step, struct eg_err *err)
{
	return eg_err_errno(err, errno ? errno : EIO, "%s", step);
}

static int open_device(struct srd_link *the, const char *name, struct eg_err *err)
{
	int code = eg_verbs_open(name, &the->context);

	if (code == ELIBACC)
		return eg_err_set(err, ENODEV, "libibverbs does not list it");
	return code ? eg_err_errno(err, code, "ibv_open_device") : 0;
}

static int open_queues(struct srd_link *the, struct eg_err *err)
{
	struct ibv_cq_init_attr_ex cq = { .cqe = EG_SLICES, .wc_flags = IBV_WC_STANDARD_FLAGS };
	struct efadv_qp_init_attr srd = { .driver_qp_type = EFADV_QP_DRIVER_TYPE_SRD };
	struct ibv_qp_init_attr_ex qp = {
		.cap = { .max_send_wr = EG_SLICES,
			 .max_recv_wr = 1,
			 .max_send_sge = 1,
			 .max_recv_sge = 1 },
		.qp_type = IBV_QPT_DRIVER,
		.sq_sig_all = 1,
		.comp_mask = IBV_QP_INIT_ATTR_PD | IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
		.send_ops_flags = IBV_QP_EX_WITH_RDMA_READ,
	};

	errno = 0;
	the->pd = ibv_alloc_pd(the->context);
	if (!the->pd)
		return failure("ibv_alloc_pd", err);
	the->cq = ibv_create_cq_ex(the->context, &cq);
	if (!the->cq)
		return failure("ibv_create_cq_ex", err);
	qp.pd = the->pd;
	qp.send_cq = ibv_cq_ex_to_cq(the->cq);
	qp.recv_cq = qp.send_cq;
	the->qp = efadv_create_qp_ex(the->context, &qp, &srd, sizeof(srd));
	return the->qp ? 0 : failure("efadv_create_qp_ex", err);
}

static int modify(struct srd_link *the, enum ibv_qp_state state, int mask, struct eg_err *err)
{
	struct ibv_qp_attr attr = { .qp_state = state,
				    .port_num = PORT,
				    .qkey = the->address.qkey };
	int code = ibv_modify_qp(the->qp, &attr, IBV_QP_STATE | mask);

	return code ? eg_err_errno(err, code, "ibv_modify_qp") : 0;
}

/* Through its states until it sends and is reached. */
static int start_qp(struct srd_link *the, struct eg_err *err)
{
	int rc;

	if (getrandom(&the->address.qkey, sizeof(the->address.qkey), 0) !=
	    sizeof(the->address.qkey))
		return failure("getrandom", err);
	the->address.qkey &= KEY_MASK;
	the->address.qpn = the->qp->qp_num;
	errno = 0;
	if (ibv_query_gid(the->context, PORT, 0, &the->address.gid))
		return failure("ibv_query_gid", err);
	rc = modify(the, IBV_QPS_INIT, IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_QKEY, err);
	if (!rc)
		rc = modify(the, IBV_QPS_RTR, 0, err);
	return rc ? rc : modify(the, IBV_QPS_RTS, IBV_QP_SQ_PSN, err);
}

static int register_memory(struct srd_link *the, uint8_t *memory, size_t size, unsigned int access,
			   struct ibv_mr **ret, struct eg_err *err)
{
	errno = 0;
	*ret = ibv_reg_mr(the->pd, memory, size, IBV_ACCESS_LOCAL_WRITE | access);
	return *ret ? 0 : failure("ibv_reg_mr", err);
}

/* Others may read the offer and nothing else. */
static int offer(struct eg_link *link, uint8_t *memory, size_t size, struct eg_target *ret,
		 struct eg_err *err)
{
	struct srd_link *the = own(link);
	int rc = register_memory(the, memory, size, IBV_ACCESS_REMOTE_READ, &the->offer_mr, err);

	if (rc)
		return rc;
	put_address(&the->address, ret);
	ret->key = the->offer_mr->rkey;
	ret->base = (uintptr_t)memory;
	return 0;
}

static int slice(struct eg_link *link, int slice, uint8_t *memory, size_t size, struct eg_err *err)
{
	struct srd_link *the = own(link);

	return register_memory(the, memory, size, 0, &the->slices[slice], err);
}

static int add_peer(struct srd_link *the, const struct address *address, struct eg_err *err)
{
	struct ibv_ah_attr attr = { .is_global = 1,
				    .port_num = PORT,
				    .grh = { .dgid = address->gid } };
	struct peer *peers = reallocarray(the->peers, the->peer_count + 1, sizeof(*peers));
	struct ibv_ah *ah;

	if (!peers)
		return eg_err_errno(err, ENOMEM, "address of a partner");
	the->peers = peers;
	errno = 0;
	ah = ibv_create_ah(the->pd, &attr);
	if (!ah) {
		/* EINVAL, as of another zone, would be "another kind" to the caller. */
		return eg_err_set(err, EHOSTUNREACH, "ibv_create_ah: %s",
				  strerror(errno ? errno : EIO));
	}
	peers[the->peer_count++] = (struct peer){ .address = *address, .ah = ah };
	return 0;
}

static int insert(struct eg_link *link, const struct eg_target *target, uint64_t *ret_peer,
		  struct eg_err *err)
{
	struct srd_link *the = own(link);
	struct address address;

	if (!eg_srd_is_target(target))
		return eg_err_set(err, EINVAL, "the partner's traffic goes through libfabric");
	get_address(target, &address);
	for (size_t i = 0; i < the->peer_count; i++) {
		if (memcmp(&the->peers[i].address, &address, sizeof(address)) != 0)
			continue;
		*ret_peer = i;
		return 0;
	}
	*ret_peer = the->peer_count;
	return add_peer(the, &address, err);
}

static int start_read(struct eg_link *link, int slice, const struct eg_read *read,
		      struct eg_err *err)
{
	struct srd_link *the = own(link);
	const struct peer *peer = &the->peers[read->peer];
	const struct ibv_mr *into = the->slices[slice];
	struct ibv_qp_ex *qp = ibv_qp_to_qp_ex(the->qp);
	int code;

	ibv_wr_start(qp);
	qp->wr_id = (uint64_t)slice;
	qp->wr_flags = IBV_SEND_SIGNALED;
	ibv_wr_rdma_read(qp, (uint32_t)read->target->key, read->target->base + read->offset);
	ibv_wr_set_ud_addr(qp, peer->ah, peer->address.qpn, peer->address.qkey);
	ibv_wr_set_sge(qp, into->lkey, (uintptr_t)into->addr, (uint32_t)read->size);
	code = ibv_wr_complete(qp);
	if (code == ENOMEM)
		return -EAGAIN;
	return code ? eg_err_errno(err, code, "RDMA read") : 0;
}

/* The completion that the queue stands at. */
static void take_end(const struct srd_link *the, struct eg_read_end *ret)
{
	uint32_t status;

	*ret = (struct eg_read_end){ .slice = (int)(the->cq->wr_id % EG_SLICES) };
	if (the->cq->status == IBV_WC_SUCCESS)
		return;
	status = ibv_wc_read_vendor_err(the->cq);
	ret->error = eg_srd_status_errno(status);
	ret->provider_error = (int)status;
	ret->unknown_yet = status == EG_SRD_UNKNOWN_PEER;
	(void)snprintf(ret->text, sizeof(ret->text), "%s", eg_srd_status_text(status));
}

static size_t poll_ends(struct eg_link *link, struct eg_read_end *ret, size_t max)
{
	struct srd_link *the = own(link);
	struct ibv_poll_cq_attr attr = { 0 };
	int code = ibv_start_poll(the->cq, &attr);
	size_t count = 0;

	if (code) {
		if (code != ENOENT)
			(void)snprintf(link->notice, sizeof(link->notice),
				       "completion queue: %.80s", strerror(code));
		return 0;
	}
	do {
		take_end(the, &ret[count++]);
	} while (count < max && !ibv_next_poll(the->cq));
	ibv_end_poll(the->cq);
	return count;
}

int eg_srd_link_open(const char *name, struct eg_link **ret, struct eg_err *err)
{
	static const struct eg_link_kind kind = {
		.close = close_link,
		.offer = offer,
		.slice = slice,
		.insert = insert,
		.read = start_read,
		.poll = poll_ends,
	};
	EG_CLEANUP(close_unless_stolen) struct srd_link *the = calloc(1, sizeof(*the));
	int rc;

	if (!the)
		return eg_err_errno(err, ENOMEM, "endpoint");
	the->link.kind = &kind;
	rc = open_device(the, name, err);
	if (!rc)
		rc = open_queues(the, err);
	if (!rc)
		rc = start_qp(the, err);
	if (!rc)
		*ret = &EG_STEAL(the)->link;
	return rc;
}
