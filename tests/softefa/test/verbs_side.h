/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs_side - an SRD queue pair with a buffer, made with the verbs themselves,
 * for the test programs that look at single completions.
 */
#ifndef SE_TEST_VERBS_SIDE_H
#define SE_TEST_VERBS_SIDE_H

#include <errno.h>
#include <infiniband/efadv.h>
#include <infiniband/verbs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIDE_QKEY 0x1234
#define SIDE_DEPTH 16
#define SIDE_BYTES 4096
#define SIDE_PATIENCE_S 10

struct verbs_side {
	struct ibv_context *context;
	struct ibv_pd *pd;
	struct ibv_cq_ex *cq;
	struct ibv_qp *qp;
	struct ibv_mr *mr;
	struct ibv_ah *self; /* the device's own address */
	char *memory;
	uint8_t rnr_retry; /* set before it is opened */
	uint16_t qp_flags; /* as efadv_create_qp_ex() takes them from version 52 on */
	struct ibv_comp_channel *channel; /* NULL for none; of @context, which is then open */
};

static inline _Noreturn void side_die(const char *what)
{
	printf("FAIL %s: %s\n", what, strerror(errno));
	(void)fflush(stdout);
	exit(1);
}

static inline struct ibv_context *side_device(const char *name)
{
	int count;
	struct ibv_device **devices = ibv_get_device_list(&count);
	struct ibv_context *context = NULL;

	for (int i = 0; devices && i < count; i++)
		if (strcmp(ibv_get_device_name(devices[i]), name) == 0)
			context = ibv_open_device(devices[i]);
	ibv_free_device_list(devices);
	if (!context)
		side_die(name);
	return context;
}

static inline bool side_reads(const struct verbs_side *side)
{
	struct efadv_device_attr attr = { 0 };

	if (efadv_query_device(side->context, &attr, sizeof(attr)))
		side_die("efadv_query_device");
	return attr.device_caps & EFADV_DEVICE_ATTR_CAPS_RDMA_READ;
}

/* Which libefa tells from version 46 on. */
static inline bool side_writes(const struct verbs_side *side)
{
	struct efadv_device_attr attr = { 0 };

	if (efadv_query_device(side->context, &attr, sizeof(attr)))
		side_die("efadv_query_device");
	return attr.device_caps & (1u << 3);
}

static inline void side_queues(struct verbs_side *side)
{
	struct ibv_cq_init_attr_ex cq = { .cqe = SIDE_DEPTH,
					  .wc_flags = IBV_WC_STANDARD_FLAGS,
					  .channel = side->channel };
	struct efadv_cq_init_attr efa_cq = { 0 };
	struct efadv_qp_init_attr efa_qp = { .driver_qp_type = EFADV_QP_DRIVER_TYPE_SRD };
	struct ibv_qp_init_attr_ex qp = { .cap = { SIDE_DEPTH, SIDE_DEPTH, 1, 1, 0 },
					  .qp_type = IBV_QPT_DRIVER,
					  .sq_sig_all = 1,
					  .comp_mask = IBV_QP_INIT_ATTR_PD |
						       IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
					  .send_ops_flags = IBV_QP_EX_WITH_SEND };

	/* Behind the type, where older headers have reserved bytes. */
	memcpy((uint8_t *)&efa_qp + offsetof(struct efadv_qp_init_attr, driver_qp_type) +
		       sizeof(efa_qp.driver_qp_type),
	       &side->qp_flags, sizeof(side->qp_flags));
	if (!side->pd)
		side->pd = ibv_alloc_pd(side->context);
	if (!side->cq)
		side->cq = efadv_create_cq(side->context, &cq, &efa_cq, sizeof(efa_cq));
	if (!side->pd || !side->cq)
		side_die("pd, cq");
	qp.pd = side->pd;
	qp.send_cq = ibv_cq_ex_to_cq(side->cq);
	qp.recv_cq = qp.send_cq;
	if (side_reads(side))
		qp.send_ops_flags |= IBV_QP_EX_WITH_RDMA_READ;
	if (side_writes(side))
		qp.send_ops_flags |= IBV_QP_EX_WITH_RDMA_WRITE | IBV_QP_EX_WITH_RDMA_WRITE_WITH_IMM;
	side->qp = efadv_create_qp_ex(side->context, &qp, &efa_qp, sizeof(efa_qp));
	if (!side->qp)
		side_die("qp");
}

static inline void side_ready(struct verbs_side *side)
{
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_INIT,
				    .port_num = 1,
				    .qkey = SIDE_QKEY,
				    .rnr_retry = side->rnr_retry };

	if (ibv_modify_qp(side->qp, &attr,
			  IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_QKEY))
		side_die("init");
	attr.qp_state = IBV_QPS_RTR;
	if (ibv_modify_qp(side->qp, &attr, IBV_QP_STATE))
		side_die("rtr");
	attr.qp_state = IBV_QPS_RTS;
	if (ibv_modify_qp(side->qp, &attr, IBV_QP_STATE | IBV_QP_SQ_PSN | IBV_QP_RNR_RETRY))
		side_die("rts");
	side->memory = aligned_alloc(SIDE_BYTES, SIDE_BYTES);
	side->mr = ibv_reg_mr(side->pd, side->memory, SIDE_BYTES,
			      IBV_ACCESS_LOCAL_WRITE |
				      (side_reads(side) ? IBV_ACCESS_REMOTE_READ : 0u) |
				      (side_writes(side) ? IBV_ACCESS_REMOTE_WRITE : 0u));
	if (!side->mr)
		side_die("mr");
}

static inline void side_open(struct verbs_side *side, const char *name)
{
	struct ibv_ah_attr ah = { .is_global = 1, .port_num = 1 };

	if (!side->context)
		side->context = side_device(name);
	side_queues(side);
	side_ready(side);
	if (ibv_query_gid(side->context, 1, 0, &ah.grh.dgid))
		side_die("gid");
	side->self = ibv_create_ah(side->pd, &ah);
	if (!side->self)
		side_die("ah");
}

/* The next completion's status as the device gave it, -1 when none comes. */
static inline int side_status(struct verbs_side *side, int patience_s)
{
	struct ibv_poll_cq_attr attr = { 0 };
	time_t end = time(NULL) + patience_s;
	int status;

	while (ibv_start_poll(side->cq, &attr) != 0)
		if (time(NULL) > end)
			return -1;
	status = side->cq->status == IBV_WC_SUCCESS ? 0 : (int)ibv_wc_read_vendor_err(side->cq);
	ibv_end_poll(side->cq);
	return status;
}

static inline void side_receive(struct verbs_side *side, uint32_t bytes)
{
	struct ibv_sge sge = { (uintptr_t)side->memory, bytes, side->mr->lkey };
	struct ibv_recv_wr wr = { .sg_list = &sge, .num_sge = 1 };
	struct ibv_recv_wr *bad;

	if (ibv_post_recv(side->qp, &wr, &bad))
		side_die("receive");
}

static inline void side_send(struct verbs_side *side, uint32_t qpn, uint32_t bytes, uint32_t lkey)
{
	struct ibv_qp_ex *qp = ibv_qp_to_qp_ex(side->qp);

	ibv_wr_start(qp);
	ibv_wr_send(qp);
	ibv_wr_set_ud_addr(qp, side->self, qpn, SIDE_QKEY);
	ibv_wr_set_sge(qp, lkey, (uintptr_t)side->memory, bytes);
	if (ibv_wr_complete(qp))
		side_die("send");
}

static inline void side_read(struct verbs_side *side, uint32_t qpn, uint64_t remote, uint32_t rkey,
			     uint32_t bytes)
{
	struct ibv_qp_ex *qp = ibv_qp_to_qp_ex(side->qp);

	ibv_wr_start(qp);
	ibv_wr_rdma_read(qp, rkey, remote);
	ibv_wr_set_ud_addr(qp, side->self, qpn, SIDE_QKEY);
	ibv_wr_set_sge(qp, side->mr->lkey, (uintptr_t)side->memory, bytes);
	if (ibv_wr_complete(qp))
		side_die("read");
}

#endif
