/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/endpoint.h"

#include <errno.h>
#include <rdma/fabric.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_eq.h>
#include <rdma/fi_errno.h>
#include <rdma/fi_rma.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/burst/memory.h"
#include "common/burst/pattern.h"
#include "common/node/fabric_lib.h"

#define POLLS_AN_EVENT 64 /* the event queue is asked once in so many polls */
#define QUEUE_ENTRIES 128 /* beyond 128 the provider takes huge pages and much memory */
#define MEMORY_BYTES (EG_OFFER_BYTES + EG_SLICES * (size_t)EG_SLICE_BYTES)

/* The provider works in @context until the read has ended. */
struct slice {
	struct fi_context2 context;
	struct fid_mr *mr; /* NULL until it is used for the first time */
	bool taken, filled;
	uint64_t tag; /* of the read under way, or whose bytes are here when filled */
};

struct eg_endpoint {
	const struct eg_fabric_lib *lib;
	struct fid_fabric *fabric;
	struct fid_domain *domain;
	struct fid_eq *eq;
	struct fid_av *av;
	struct fid_cq *cq;
	struct fid_ep *ep;
	struct fid_mr *offer_mr;
	uint8_t *memory; /* the offer, then the slices */
	uint64_t offset_base; /* of the offer, as others say it */
	uint64_t seed;
	struct slice slices[EG_SLICES];
	uint8_t address[EG_FABRIC_ADDRESS_MAX];
	size_t address_length;
	bool is_text; /* the address, of which no two need be as long */
	char notice[EG_READ_TEXT_MAX];
	unsigned int polls;
};

/* libfabric's number as an errno, with the name of the step that failed. */
static int failure(const struct eg_endpoint *endpoint, const char *step, int rc, struct eg_err *err)
{
	int code = -rc < FI_ERRNO_OFFSET ? -rc : EIO;

	return eg_err_set(err, code, "%s: %s", step, endpoint->lib->strerror(-rc));
}

static void close_fid(struct fid *fid)
{
	(void)fi_close(fid);
}

void eg_endpoint_close(struct eg_endpoint *endpoint)
{
	if (!endpoint)
		return;
	if (endpoint->ep)
		close_fid(&endpoint->ep->fid);
	for (int i = 0; i < EG_SLICES; i++) {
		if (endpoint->slices[i].mr)
			close_fid(&endpoint->slices[i].mr->fid);
	}
	if (endpoint->offer_mr)
		close_fid(&endpoint->offer_mr->fid);
	if (endpoint->cq)
		close_fid(&endpoint->cq->fid);
	if (endpoint->av)
		close_fid(&endpoint->av->fid);
	if (endpoint->domain)
		close_fid(&endpoint->domain->fid);
	if (endpoint->eq)
		close_fid(&endpoint->eq->fid);
	if (endpoint->fabric)
		close_fid(&endpoint->fabric->fid);
	eg_memory_free(endpoint->memory, MEMORY_BYTES);
	free(endpoint);
}

static void close_endpoint(struct eg_endpoint **endpoint)
{
	eg_endpoint_close(*endpoint);
}

static int open_queues(struct eg_endpoint *endpoint, struct fi_info *info, struct eg_err *err)
{
	struct fi_eq_attr eq = { .size = 16, .wait_obj = FI_WAIT_NONE };
	struct fi_cq_attr cq = { .format = FI_CQ_FORMAT_CONTEXT, .size = QUEUE_ENTRIES };
	struct fi_av_attr av = { .type = FI_AV_TABLE };
	int rc = endpoint->lib->fabric(info->fabric_attr, &endpoint->fabric, NULL);

	if (rc)
		return failure(endpoint, "fi_fabric", rc, err);
	rc = fi_eq_open(endpoint->fabric, &eq, &endpoint->eq, NULL);
	if (rc)
		return failure(endpoint, "fi_eq_open", rc, err);
	rc = fi_domain(endpoint->fabric, info, &endpoint->domain, NULL);
	if (rc)
		return failure(endpoint, "fi_domain", rc, err);
	rc = fi_av_open(endpoint->domain, &av, &endpoint->av, NULL);
	if (rc)
		return failure(endpoint, "fi_av_open", rc, err);
	rc = fi_cq_open(endpoint->domain, &cq, &endpoint->cq, NULL);
	return rc ? failure(endpoint, "fi_cq_open", rc, err) : 0;
}

/* With an event queue bound the provider reports what it cannot handle, instead of aborting. */
static int open_ep(struct eg_endpoint *endpoint, struct fi_info *info, struct eg_err *err)
{
	int rc = fi_endpoint(endpoint->domain, info, &endpoint->ep, NULL);

	if (rc)
		return failure(endpoint, "fi_endpoint", rc, err);
	rc = fi_ep_bind(endpoint->ep, &endpoint->eq->fid, 0);
	if (!rc)
		rc = fi_ep_bind(endpoint->ep, &endpoint->av->fid, 0);
	if (!rc)
		rc = fi_ep_bind(endpoint->ep, &endpoint->cq->fid, FI_TRANSMIT | FI_RECV);
	if (rc)
		return failure(endpoint, "fi_ep_bind", rc, err);
	rc = fi_enable(endpoint->ep);
	if (rc)
		return failure(endpoint, "fi_enable", rc, err);
	endpoint->is_text = info->addr_format == FI_ADDR_STR;
	endpoint->address_length = sizeof(endpoint->address);
	rc = fi_getname(&endpoint->ep->fid, endpoint->address, &endpoint->address_length);
	return rc ? failure(endpoint, "fi_getname", rc, err) : 0;
}

/*
 * Pages cost more than anything else here: a slice gets its own when it is used
 * for the first time. Where keys are the caller's they must differ.
 */
static int register_slice(struct eg_endpoint *endpoint, int slice, struct eg_err *err)
{
	int rc = 0;

	if (!endpoint->slices[slice].mr)
		rc = fi_mr_reg(endpoint->domain, eg_endpoint_slice(endpoint, slice), EG_SLICE_BYTES,
			       FI_RECV | FI_READ, 0, (uint64_t)slice + 2, 0,
			       &endpoint->slices[slice].mr, NULL);
	return rc ? failure(endpoint, "fi_mr_reg", rc, err) : 0;
}

/* Others may read the offer and nothing else. */
static int open_memory(struct eg_endpoint *endpoint, const struct fi_info *info, int numa_node,
		       struct eg_err *err)
{
	int rc;

	endpoint->memory = eg_memory_new(MEMORY_BYTES, numa_node);
	if (!endpoint->memory)
		return eg_err_errno(err, ENOMEM, "memory for traffic");
	eg_memory_in_huge_pages(endpoint->memory, MEMORY_BYTES);
	eg_pattern_fill(endpoint->memory, EG_OFFER_BYTES, endpoint->seed, 0);
	rc = fi_mr_reg(endpoint->domain, endpoint->memory, EG_OFFER_BYTES, FI_SEND | FI_REMOTE_READ,
		       0, 1, 0, &endpoint->offer_mr, NULL);
	if (rc)
		return failure(endpoint, "fi_mr_reg", rc, err);
	if (info->domain_attr->mr_mode & FI_MR_VIRT_ADDR)
		endpoint->offset_base = (uintptr_t)endpoint->memory;
	return register_slice(endpoint, 0, err);
}

/* What the first address and the first poll cost, 20 to 30 ms, is paid here. */
static int warm_up(struct eg_endpoint *endpoint, struct eg_err *err)
{
	struct eg_target target;
	struct eg_read_end end;
	uint64_t peer;

	eg_endpoint_target(endpoint, &target);
	(void)eg_endpoint_poll(endpoint, &end, 1);
	return eg_endpoint_insert(endpoint, &target, &peer, err);
}

int eg_endpoint_open(const struct eg_fabric_lib *lib, struct fi_info *info, uint64_t seed,
		     int numa_node, struct eg_endpoint **ret, struct eg_err *err)
{
	EG_CLEANUP(close_endpoint) struct eg_endpoint *endpoint = calloc(1, sizeof(*endpoint));
	int rc;

	if (!endpoint)
		return eg_err_errno(err, ENOMEM, "endpoint");
	endpoint->lib = lib;
	endpoint->seed = seed;
	rc = open_queues(endpoint, info, err);
	if (!rc)
		rc = open_ep(endpoint, info, err);
	if (!rc)
		rc = open_memory(endpoint, info, numa_node, err);
	if (!rc)
		rc = warm_up(endpoint, err);
	if (!rc)
		*ret = EG_STEAL(endpoint);
	return rc;
}

void eg_endpoint_target(const struct eg_endpoint *endpoint, struct eg_target *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->address_length = (uint8_t)endpoint->address_length;
	memcpy(ret->address, endpoint->address, endpoint->address_length);
	ret->key = fi_mr_key(endpoint->offer_mr);
	ret->base = endpoint->offset_base;
	ret->seed = endpoint->seed;
}

int eg_endpoint_insert(struct eg_endpoint *endpoint, const struct eg_target *target,
		       uint64_t *ret_peer, struct eg_err *err)
{
	fi_addr_t peer = FI_ADDR_NOTAVAIL;
	int rc;

	/* The provider reads as many bytes as its addresses have. */
	if (target->address_length != endpoint->address_length && !endpoint->is_text)
		return eg_err_set(err, EINVAL, "an address of %u bytes, not %zu",
				  target->address_length, endpoint->address_length);
	rc = fi_av_insert(endpoint->av, target->address, 1, &peer, 0, NULL);
	if (rc < 0)
		return failure(endpoint, "fi_av_insert", rc, err);
	if (rc != 1)
		return eg_err_set(err, EHOSTUNREACH, "fi_av_insert: the address was not taken");
	*ret_peer = peer;
	return 0;
}

int eg_endpoint_take(struct eg_endpoint *endpoint)
{
	for (int i = 0; i < EG_SLICES; i++) {
		if (endpoint->slices[i].taken)
			continue;
		if (register_slice(endpoint, i, NULL))
			return -ENOMEM;
		endpoint->slices[i].taken = true;
		endpoint->slices[i].filled = false;
		return i;
	}
	return -ENOBUFS;
}

bool eg_endpoint_prepare(struct eg_endpoint *endpoint)
{
	for (int i = 0; i < EG_WINDOW; i++) {
		/* A read may be under way there. */
		if (endpoint->slices[i].mr)
			continue;
		if (register_slice(endpoint, i, NULL))
			return false;
		/* Where registering makes no pages. */
		memset(eg_endpoint_slice(endpoint, i), 0, EG_SLICE_BYTES);
		return true;
	}
	return false;
}

uint8_t *eg_endpoint_slice(struct eg_endpoint *endpoint, int slice)
{
	return endpoint->memory + EG_OFFER_BYTES + (size_t)slice * EG_SLICE_BYTES;
}

bool eg_endpoint_holds(const struct eg_endpoint *endpoint, int slice, uint64_t tag)
{
	return endpoint->slices[slice].filled && endpoint->slices[slice].tag == tag;
}

int eg_endpoint_read(struct eg_endpoint *endpoint, int slice, const struct eg_read *read,
		     struct eg_err *err)
{
	struct slice *into = &endpoint->slices[slice];
	ssize_t rc;

	into->tag = read->tag;
	rc = fi_read(endpoint->ep, eg_endpoint_slice(endpoint, slice), read->size,
		     fi_mr_desc(into->mr), read->peer, read->target->base + read->offset,
		     read->target->key, &into->context);
	if (!rc)
		return 0;
	into->taken = false;
	if (rc == -FI_EAGAIN)
		return -EAGAIN;
	(void)eg_err_set(err, EIO, "%s", endpoint->lib->strerror((int)-rc));
	return (int)rc;
}

static bool end_slice(struct eg_endpoint *endpoint, const void *context, struct eg_read_end *ret)
{
	for (int i = 0; i < EG_SLICES; i++) {
		struct slice *slice = &endpoint->slices[i];

		if (context != &slice->context || !slice->taken)
			continue;
		slice->taken = false;
		slice->filled = true;
		*ret = (struct eg_read_end){ .tag = slice->tag, .slice = i };
		return true;
	}
	return false;
}

/* The failed read at the head of the queue; false when it is none of ours. */
static bool take_error(struct eg_endpoint *endpoint, struct eg_read_end *ret)
{
	struct fi_cq_err_entry entry = { 0 };
	char buffer[EG_READ_TEXT_MAX] = "";
	const char *text;

	if (fi_cq_readerr(endpoint->cq, &entry, 0) != 1)
		return false;
	text = fi_cq_strerror(endpoint->cq, entry.prov_errno, entry.err_data, buffer,
			      sizeof(buffer));
	if (!end_slice(endpoint, entry.op_context, ret))
		return false;
	endpoint->slices[ret->slice].filled = false;
	ret->error = entry.err ? entry.err : EIO;
	ret->provider_error = entry.prov_errno;
	(void)snprintf(ret->text, sizeof(ret->text), "%s",
		       text && text[0] ? text : endpoint->lib->strerror(ret->error));
	return true;
}

/* What the provider could not lay at the door of a read. Unread events would pile up. */
static void look_for_event(struct eg_endpoint *endpoint)
{
	struct fi_eq_err_entry entry = { 0 };
	char buffer[EG_READ_TEXT_MAX] = "";
	const char *text;
	uint32_t event;
	uint8_t data[64];

	if (fi_eq_read(endpoint->eq, &event, data, sizeof(data), 0) != -FI_EAVAIL ||
	    fi_eq_readerr(endpoint->eq, &entry, 0) < 0)
		return;
	text = fi_eq_strerror(endpoint->eq, entry.prov_errno, entry.err_data, buffer,
			      sizeof(buffer));
	(void)snprintf(endpoint->notice, sizeof(endpoint->notice), "%s",
		       text && text[0] ? text : endpoint->lib->strerror(entry.err));
}

size_t eg_endpoint_poll(struct eg_endpoint *endpoint, struct eg_read_end *ret, size_t max)
{
	struct fi_cq_entry entries[EG_SLICES];
	ssize_t rc = fi_cq_read(endpoint->cq, entries, max < EG_SLICES ? max : EG_SLICES);
	size_t count = 0;

	for (ssize_t i = 0; i < rc; i++)
		count += end_slice(endpoint, entries[i].op_context, &ret[count]);
	if (rc == -FI_EAVAIL)
		count += take_error(endpoint, ret);
	else if (rc < 0 && rc != -FI_EAGAIN)
		(void)snprintf(endpoint->notice, sizeof(endpoint->notice), "%s",
			       endpoint->lib->strerror((int)-rc));
	if (endpoint->polls++ % POLLS_AN_EVENT == 0)
		look_for_event(endpoint);
	return count;
}

const char *eg_endpoint_notice(const struct eg_endpoint *endpoint)
{
	return endpoint->notice;
}
