/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs_hooks - the names of libibverbs and libefa that are interposed.
 *
 * A doorbell is a store to memory that nobody watches. So the public function
 * tables of an opened device are wrapped: what posts work requests also runs
 * them, and what polls in vain gives the processor away now and then.
 */
#include <infiniband/efadv.h>
#include <infiniband/verbs.h>
#include <sched.h>
#include <stdatomic.h>

#include "engine.h"
#include "node_fault.h"
#include "open_device.h"
#include "real.h"
#include "verbs_event.h"

#define EMPTY_POLLS_BEFORE_YIELD 100
#define VERBS "libibverbs.so.1"
#define EFA "libefa.so.1"

typedef int (*post_send_fn)(struct ibv_qp *, struct ibv_send_wr *, struct ibv_send_wr **);
typedef int (*poll_cq_fn)(struct ibv_cq *, int, struct ibv_wc *);
typedef int (*start_poll_fn)(struct ibv_cq_ex *, struct ibv_poll_cq_attr *);
typedef int (*wr_complete_fn)(struct ibv_qp_ex *);
typedef struct ibv_qp *(*create_qp_ex_fn)(struct ibv_context *, struct ibv_qp_init_attr_ex *);
typedef struct ibv_cq_ex *(*create_cq_ex_fn)(struct ibv_context *, struct ibv_cq_init_attr_ex *);

/* Two peers that spin on one processor would else wait a time slice for each message. */
static void polled(int completions)
{
	static _Atomic unsigned int empty_polls;

	if (completions > 0) {
		atomic_store_explicit(&empty_polls, 0, memory_order_relaxed);
		return;
	}
	if (atomic_fetch_add_explicit(&empty_polls, 1, memory_order_relaxed) <
	    EMPTY_POLLS_BEFORE_YIELD)
		return;
	atomic_store_explicit(&empty_polls, 0, memory_order_relaxed);
	(void)sched_yield();
}

static struct se_local_qp *local_qp(const struct ibv_qp *qp)
{
	return se_open_device_of(qp->context->cmd_fd)->qps[qp->qp_num];
}

static int post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad_wr)
{
	struct se_open_device *open_device = se_open_device_of(qp->context->cmd_fd);
	int rc = ((post_send_fn)(void *)open_device->post_send)(qp, wr, bad_wr);

	/* also when it failed: the requests before the bad one are posted */
	se_engine_ring(local_qp(qp));
	return rc;
}

static int wr_complete(struct ibv_qp_ex *qp)
{
	struct se_local_qp *local = local_qp(&qp->qp_base);
	int rc = ((wr_complete_fn)(void *)local->wr_complete)(qp);

	se_engine_ring(local);
	return rc;
}

static int req_notify_cq(struct ibv_cq *cq, int solicited_only)
{
	struct se_open_device *open_device = se_open_device_of(cq->context->cmd_fd);
	int rc = open_device->req_notify_cq(cq, solicited_only);

	if (rc == 0)
		se_cq_arm(open_device, cq->handle);
	return rc;
}

static int poll_cq(struct ibv_cq *cq, int entries, struct ibv_wc *wc)
{
	struct se_open_device *open_device = se_open_device_of(cq->context->cmd_fd);
	int rc;

	se_inbox_poll(open_device, cq->handle);
	rc = ((poll_cq_fn)(void *)open_device->poll_cq)(cq, entries, wc);
	polled(rc);
	return rc;
}

static int start_poll(struct ibv_cq_ex *cq, struct ibv_poll_cq_attr *attr)
{
	struct se_open_device *open_device = se_open_device_of(cq->context->cmd_fd);
	int rc;

	se_inbox_poll(open_device, cq->handle);
	rc = ((start_poll_fn)(void *)open_device->start_poll[cq->handle])(cq, attr);
	polled(rc == 0);
	return rc;
}

static struct ibv_qp_ex *extended_of(struct ibv_qp *qp)
{
	typedef struct ibv_qp_ex *(*real_fn)(struct ibv_qp *);
	real_fn real = (real_fn)se_real_library(VERBS, "ibv_qp_to_qp_ex", "IBVERBS_1.6");

	return real ? real(qp) : NULL;
}

static struct ibv_qp *wrap_qp(struct ibv_qp *qp)
{
	struct ibv_qp_ex *extended;
	struct se_local_qp *local;

	if (!qp || !se_open_device_of(qp->context->cmd_fd))
		return qp;
	extended = extended_of(qp);
	if (!extended || !extended->wr_complete || extended->wr_complete == wr_complete)
		return qp;
	local = local_qp(qp);
	local->wr_complete = (int (*)(void *))(void *)extended->wr_complete;
	extended->wr_complete = wr_complete;
	return qp;
}

static struct ibv_cq_ex *wrap_cq(struct ibv_cq_ex *cq)
{
	struct se_open_device *open_device;

	if (!cq)
		return cq;
	open_device = se_open_device_of(cq->context->cmd_fd);
	if (!open_device || cq->start_poll == start_poll)
		return cq;
	open_device->start_poll[cq->handle] = (int (*)(void *, void *))(void *)cq->start_poll;
	cq->start_poll = start_poll;
	return cq;
}

static struct ibv_qp *create_qp_ex(struct ibv_context *context, struct ibv_qp_init_attr_ex *attr)
{
	struct se_open_device *open_device = se_open_device_of(context->cmd_fd);

	return wrap_qp(((create_qp_ex_fn)(void *)open_device->create_qp_ex)(context, attr));
}

static struct ibv_cq_ex *create_cq_ex(struct ibv_context *context, struct ibv_cq_init_attr_ex *attr)
{
	struct se_open_device *open_device = se_open_device_of(context->cmd_fd);

	return wrap_cq(((create_cq_ex_fn)(void *)open_device->create_cq_ex)(context, attr));
}

static void wrap_context(struct ibv_context *context, struct se_open_device *open_device)
{
	struct verbs_context *extended = verbs_get_ctx(context);

	open_device->post_send = (int (*)(void *, void *, void *))(void *)context->ops.post_send;
	open_device->poll_cq = (int (*)(void *, int, void *))(void *)context->ops.poll_cq;
	open_device->req_notify_cq = (int (*)(void *, int))(void *)context->ops.req_notify_cq;
	context->ops.post_send = post_send;
	context->ops.req_notify_cq = req_notify_cq;
	context->ops.poll_cq = poll_cq;
	if (!extended)
		return;
	open_device->create_qp_ex = (void *(*)(void *, void *))(void *)extended->create_qp_ex;
	open_device->create_cq_ex = (void *(*)(void *, void *))(void *)extended->create_cq_ex;
	extended->create_qp_ex = create_qp_ex;
	extended->create_cq_ex = create_cq_ex;
}

struct ibv_context *ibv_open_device(struct ibv_device *device)
{
	typedef struct ibv_context *(*real_fn)(struct ibv_device *);
	real_fn real = (real_fn)se_real_library(VERBS, "ibv_open_device", "IBVERBS_1.1");
	struct ibv_context *context = real ? real(device) : NULL;
	struct se_open_device *open_device;

	if (!context)
		return NULL;
	open_device = se_open_device_of(context->cmd_fd);
	if (open_device)
		wrap_context(context, open_device);
	return context;
}

struct ibv_qp *efadv_create_qp_ex(struct ibv_context *context, struct ibv_qp_init_attr_ex *attr_ex,
				  struct efadv_qp_init_attr *efa_attr, uint32_t length)
{
	typedef struct ibv_qp *(*real_fn)(struct ibv_context *, struct ibv_qp_init_attr_ex *,
					  struct efadv_qp_init_attr *, uint32_t);
	real_fn real = (real_fn)se_real_library(EFA, "efadv_create_qp_ex", "EFA_1.1");

	return real ? wrap_qp(real(context, attr_ex, efa_attr, length)) : NULL;
}

struct ibv_cq_ex *efadv_create_cq(struct ibv_context *context, struct ibv_cq_init_attr_ex *attr_ex,
				  struct efadv_cq_init_attr *efa_attr, uint32_t length)
{
	typedef struct ibv_cq_ex *(*real_fn)(struct ibv_context *, struct ibv_cq_init_attr_ex *,
					     struct efadv_cq_init_attr *, uint32_t);
	real_fn real = (real_fn)se_real_library(EFA, "efadv_create_cq", "EFA_1.2");

	return real ? wrap_cq(real(context, attr_ex, efa_attr, length)) : NULL;
}

/*
 * Linux copies pinned pages at fork() since 5.13; without an RDMA kernel libibverbs
 * cannot find that out by itself and answers for one that does not.
 */
enum ibv_fork_status ibv_is_fork_initialized(void)
{
	typedef enum ibv_fork_status (*real_fn)(void);
	real_fn real;

	if (!se_node_fault_acts(SE_FAULT_OLD_KERNEL))
		return IBV_FORK_UNNEEDED;
	real = (real_fn)se_real_library(VERBS, "ibv_is_fork_initialized", "IBVERBS_1.13");
	return real ? real() : IBV_FORK_DISABLED;
}
