/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * post - one RDMA READ with the verbs themselves, and its times.
 *
 *   post serve DEVICE FILE   offers memory, writes its address to FILE, prints
 *                            "ready" and waits to be killed
 *   post read DEVICE FILE    reads it, prints "posted after N us, completed after
 *                            M us"
 */
#include <infiniband/efadv.h>
#include <infiniband/verbs.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEPTH 16
#define BYTES 4096
#define QKEY 0x1234
#define DEADLINE_US 10000000

struct address {
	union ibv_gid gid;
	uint64_t addr;
	uint32_t key;
	uint32_t qpn;
};

struct opened {
	struct ibv_context *context;
	struct ibv_pd *pd;
	struct ibv_cq_ex *cq;
	struct ibv_qp *qp;
	struct ibv_mr *mr;
	char *memory;
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void open_device(struct opened *opened, const char *name)
{
	int count;
	struct ibv_device **devices = ibv_get_device_list(&count);

	for (int i = 0; devices && i < count; i++)
		if (strcmp(ibv_get_device_name(devices[i]), name) == 0)
			opened->context = ibv_open_device(devices[i]);
	ibv_free_device_list(devices);
	if (!opened->context)
		die(name);
}

static void make_queues(struct opened *opened)
{
	struct ibv_cq_init_attr_ex cq = { .cqe = DEPTH, .wc_flags = IBV_WC_STANDARD_FLAGS };
	struct efadv_cq_init_attr efa_cq = { 0 };
	struct efadv_qp_init_attr efa_qp = { .driver_qp_type = EFADV_QP_DRIVER_TYPE_SRD };
	struct ibv_qp_init_attr_ex qp = { .cap = { DEPTH, DEPTH, 1, 1, 0 },
					  .qp_type = IBV_QPT_DRIVER,
					  .sq_sig_all = 1,
					  .comp_mask = IBV_QP_INIT_ATTR_PD |
						       IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
					  .send_ops_flags = IBV_QP_EX_WITH_RDMA_READ };

	opened->pd = ibv_alloc_pd(opened->context);
	opened->cq = efadv_create_cq(opened->context, &cq, &efa_cq, sizeof(efa_cq));
	if (!opened->pd || !opened->cq)
		die("pd, cq");
	qp.pd = opened->pd;
	qp.send_cq = ibv_cq_ex_to_cq(opened->cq);
	qp.recv_cq = qp.send_cq;
	opened->qp = efadv_create_qp_ex(opened->context, &qp, &efa_qp, sizeof(efa_qp));
	if (!opened->qp)
		die("qp");
}

static void make_ready(struct opened *opened)
{
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_INIT, .port_num = 1, .qkey = QKEY };

	if (ibv_modify_qp(opened->qp, &attr,
			  IBV_QP_STATE | IBV_QP_PKEY_INDEX | IBV_QP_PORT | IBV_QP_QKEY))
		die("init");
	attr.qp_state = IBV_QPS_RTR;
	if (ibv_modify_qp(opened->qp, &attr, IBV_QP_STATE))
		die("rtr");
	attr.qp_state = IBV_QPS_RTS;
	if (ibv_modify_qp(opened->qp, &attr, IBV_QP_STATE | IBV_QP_SQ_PSN))
		die("rts");
	opened->memory = aligned_alloc(BYTES, BYTES);
	opened->mr = ibv_reg_mr(opened->pd, opened->memory, BYTES,
				IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ);
	if (!opened->mr)
		die("mr");
}

static int serve(struct opened *opened, const char *path)
{
	struct address address = { .addr = (uintptr_t)opened->memory,
				   .key = opened->mr->rkey,
				   .qpn = opened->qp->qp_num };
	FILE *file = fopen(path, "w");

	memset(opened->memory, 'x', BYTES);
	if (!file || ibv_query_gid(opened->context, 1, 0, &address.gid) ||
	    fwrite(&address, sizeof(address), 1, file) != 1 || fclose(file))
		die(path);
	puts("ready");
	(void)fflush(stdout);
	(void)pause();
	return 0;
}

static struct ibv_ah *make_ah(struct opened *opened, const struct address *address)
{
	struct ibv_ah_attr attr = { .is_global = 1, .port_num = 1, .grh.dgid = address->gid };
	struct ibv_ah *ah = ibv_create_ah(opened->pd, &attr);

	if (!ah)
		die("ah");
	return ah;
}

static int read_once(struct opened *opened, const char *path)
{
	struct ibv_qp_ex *qp = ibv_qp_to_qp_ex(opened->qp);
	struct ibv_poll_cq_attr attr = { 0 };
	struct address address;
	FILE *file = fopen(path, "r");
	struct ibv_ah *ah;
	int64_t began_us;
	int64_t posted_us;

	if (!file || fread(&address, sizeof(address), 1, file) != 1)
		die(path);
	ah = make_ah(opened, &address);
	began_us = now_us();
	ibv_wr_start(qp);
	ibv_wr_rdma_read(qp, address.key, address.addr);
	ibv_wr_set_ud_addr(qp, ah, address.qpn, QKEY);
	ibv_wr_set_sge(qp, opened->mr->lkey, (uintptr_t)opened->memory, BYTES);
	if (ibv_wr_complete(qp))
		die("post");
	posted_us = now_us() - began_us;
	while (ibv_start_poll(opened->cq, &attr) != 0)
		if (now_us() - began_us > DEADLINE_US)
			die("no completion");
	if (opened->cq->status != IBV_WC_SUCCESS || opened->memory[BYTES - 1] != 'x')
		die("status");
	ibv_end_poll(opened->cq);
	printf("posted after %" PRId64 " us, completed after %" PRId64 " us\n", posted_us,
	       now_us() - began_us);
	return 0;
}

int main(int argc, char **argv)
{
	struct opened opened = { 0 };

	if (argc != 4)
		return 64;
	open_device(&opened, argv[2]);
	make_queues(&opened);
	make_ready(&opened);
	return strcmp(argv[1], "serve") == 0 ? serve(&opened, argv[3])
					     : read_once(&opened, argv[3]);
}
