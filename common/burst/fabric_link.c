/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/fabric_link.h"

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

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/burst/link.h"
#include "common/burst/srd_link.h"
#include "common/node/fabric_lib.h"

#define POLLS_AN_EVENT 64 /* the event queue is asked once in so many polls */
#define QUEUE_ENTRIES 128 /* beyond 128 the provider takes huge pages and much memory */
#define KEY_OF_OFFER 1 /* where keys are the caller's they must differ */
#define KEY_OF_SLICES 2

struct fabric_slice {
	struct fi_context2 context; /* the provider works in it until the read has ended */
	struct fid_mr *mr;
	uint8_t *memory;
};

struct fabric_link {
	struct eg_link link;
	const struct eg_fabric_lib *lib;
	struct fid_fabric *fabric;
	struct fid_domain *domain;
	struct fid_eq *eq;
	struct fid_av *av;
	struct fid_cq *cq;
	struct fid_ep *ep;
	struct fid_mr *offer_mr;
	struct fabric_slice slices[EG_SLICES];
	uint8_t address[EG_FABRIC_ADDRESS_MAX];
	size_t address_length;
	bool is_text; /* the address, of which no two need be as long */
	bool virtual_addresses; /* others say the offer's offsets as addresses */
	unsigned int polls;
};

static struct fabric_link *own(struct eg_link *link)
{
	return (struct fabric_link *)link;
}

/* libfabric's number as an errno, with the name of the step that failed. */
static int failure(const struct fabric_link *the, const char *step, int rc, struct eg_err *err)
{
	int code = -rc < FI_ERRNO_OFFSET ? -rc : EIO;

	return eg_err_set(err, code, "%s: %s", step, the->lib->strerror(-rc));
}

static void close_fid(struct fid *fid)
{
	(void)fi_close(fid);
}

static void close_link(struct eg_link *link)
{
	struct fabric_link *the = own(link);

	if (the->ep)
		close_fid(&the->ep->fid);
	for (int i = 0; i < EG_SLICES; i++) {
		if (the->slices[i].mr)
			close_fid(&the->slices[i].mr->fid);
	}
	if (the->offer_mr)
		close_fid(&the->offer_mr->fid);
	if (the->cq)
		close_fid(&the->cq->fid);
	if (the->av)
		close_fid(&the->av->fid);
	if (the->domain)
		close_fid(&the->domain->fid);
	if (the->eq)
		close_fid(&the->eq->fid);
	if (the->fabric)
		close_fid(&the->fabric->fid);
	free(the);
}

static void close_unless_stolen(struct fabric_link **the)
{
	if (*the)
		close_link(&(*the)->link);
}

static int open_queues(struct fabric_link *the, struct fi_info *info, struct eg_err *err)
{
	struct fi_eq_attr eq = { .size = 16, .wait_obj = FI_WAIT_NONE };
	struct fi_cq_attr cq = { .format = FI_CQ_FORMAT_CONTEXT, .size = QUEUE_ENTRIES };
	struct fi_av_attr av = { .type = FI_AV_TABLE };
	int rc = the->lib->fabric(info->fabric_attr, &the->fabric, NULL);

	if (rc)
		return failure(the, "fi_fabric", rc, err);
	rc = fi_eq_open(the->fabric, &eq, &the->eq, NULL);
	if (rc)
		return failure(the, "fi_eq_open", rc, err);
	rc = fi_domain(the->fabric, info, &the->domain, NULL);
	if (rc)
		return failure(the, "fi_domain", rc, err);
	rc = fi_av_open(the->domain, &av, &the->av, NULL);
	if (rc)
		return failure(the, "fi_av_open", rc, err);
	rc = fi_cq_open(the->domain, &cq, &the->cq, NULL);
	return rc ? failure(the, "fi_cq_open", rc, err) : 0;
}

/* With an event queue bound the provider reports what it cannot handle, instead of aborting. */
static int open_ep(struct fabric_link *the, struct fi_info *info, struct eg_err *err)
{
	int rc = fi_endpoint(the->domain, info, &the->ep, NULL);

	if (rc)
		return failure(the, "fi_endpoint", rc, err);
	rc = fi_ep_bind(the->ep, &the->eq->fid, 0);
	if (!rc)
		rc = fi_ep_bind(the->ep, &the->av->fid, 0);
	if (!rc)
		rc = fi_ep_bind(the->ep, &the->cq->fid, FI_TRANSMIT | FI_RECV);
	if (rc)
		return failure(the, "fi_ep_bind", rc, err);
	rc = fi_enable(the->ep);
	if (rc)
		return failure(the, "fi_enable", rc, err);
	the->is_text = info->addr_format == FI_ADDR_STR;
	the->virtual_addresses = info->domain_attr->mr_mode & FI_MR_VIRT_ADDR;
	the->address_length = sizeof(the->address);
	rc = fi_getname(&the->ep->fid, the->address, &the->address_length);
	return rc ? failure(the, "fi_getname", rc, err) : 0;
}

/* Others may read the offer and nothing else. */
static int offer(struct eg_link *link, uint8_t *memory, size_t size, struct eg_target *ret,
		 struct eg_err *err)
{
	struct fabric_link *the = own(link);
	int rc = fi_mr_reg(the->domain, memory, size, FI_SEND | FI_REMOTE_READ, 0, KEY_OF_OFFER, 0,
			   &the->offer_mr, NULL);

	if (rc)
		return failure(the, "fi_mr_reg", rc, err);
	ret->address_length = (uint8_t)the->address_length;
	memcpy(ret->address, the->address, the->address_length);
	ret->key = fi_mr_key(the->offer_mr);
	ret->base = the->virtual_addresses ? (uintptr_t)memory : 0;
	return 0;
}

static int slice(struct eg_link *link, int slice, uint8_t *memory, size_t size, struct eg_err *err)
{
	struct fabric_link *the = own(link);
	int rc = fi_mr_reg(the->domain, memory, size, FI_RECV | FI_READ, 0,
			   (uint64_t)slice + KEY_OF_SLICES, 0, &the->slices[slice].mr, NULL);

	the->slices[slice].memory = memory;
	return rc ? failure(the, "fi_mr_reg", rc, err) : 0;
}

static int insert(struct eg_link *link, const struct eg_target *target, uint64_t *ret_peer,
		  struct eg_err *err)
{
	struct fabric_link *the = own(link);
	fi_addr_t peer = FI_ADDR_NOTAVAIL;
	int rc;

	if (eg_srd_is_target(target))
		return eg_err_set(err, EINVAL,
				  "the partner's traffic does not go through libfabric");
	/* The provider reads as many bytes as its addresses have. */
	if (target->address_length != the->address_length && !the->is_text)
		return eg_err_set(err, EINVAL, "an address of %u bytes, not %zu",
				  target->address_length, the->address_length);
	rc = fi_av_insert(the->av, target->address, 1, &peer, 0, NULL);
	if (rc < 0)
		return failure(the, "fi_av_insert", rc, err);
	if (rc != 1)
		return eg_err_set(err, EHOSTUNREACH, "fi_av_insert: the address was not taken");
	*ret_peer = peer;
	return 0;
}

static int start_read(struct eg_link *link, int slice, const struct eg_read *read,
		      struct eg_err *err)
{
	struct fabric_link *the = own(link);
	struct fabric_slice *into = &the->slices[slice];
	ssize_t rc = fi_read(the->ep, into->memory, read->size, fi_mr_desc(into->mr), read->peer,
			     read->target->base + read->offset, read->target->key, &into->context);

	if (!rc)
		return 0;
	if (rc == -FI_EAGAIN)
		return -EAGAIN;
	(void)eg_err_set(err, EIO, "%s", the->lib->strerror((int)-rc));
	return (int)rc;
}

/* Whose read it was; false when it is none of ours. */
static bool end_slice(const struct fabric_link *the, const void *context, struct eg_read_end *ret)
{
	for (int i = 0; i < EG_SLICES; i++) {
		if (context != &the->slices[i].context)
			continue;
		*ret = (struct eg_read_end){ .slice = i };
		return true;
	}
	return false;
}

/* The failed read at the head of the queue. */
static bool take_error(struct fabric_link *the, struct eg_read_end *ret)
{
	struct fi_cq_err_entry entry = { 0 };
	char buffer[EG_READ_TEXT_MAX] = "";
	const char *text;

	if (fi_cq_readerr(the->cq, &entry, 0) != 1)
		return false;
	text = fi_cq_strerror(the->cq, entry.prov_errno, entry.err_data, buffer, sizeof(buffer));
	if (!end_slice(the, entry.op_context, ret))
		return false;
	ret->error = entry.err ? entry.err : EIO;
	ret->provider_error = entry.prov_errno;
	(void)snprintf(ret->text, sizeof(ret->text), "%s",
		       text && text[0] ? text : the->lib->strerror(ret->error));
	return true;
}

/* What the provider could not lay at the door of a read. Unread events would pile up. */
static void look_for_event(struct fabric_link *the)
{
	struct fi_eq_err_entry entry = { 0 };
	char buffer[EG_READ_TEXT_MAX] = "";
	const char *text;
	uint32_t event;
	uint8_t data[64];

	if (fi_eq_read(the->eq, &event, data, sizeof(data), 0) != -FI_EAVAIL ||
	    fi_eq_readerr(the->eq, &entry, 0) < 0)
		return;
	text = fi_eq_strerror(the->eq, entry.prov_errno, entry.err_data, buffer, sizeof(buffer));
	(void)snprintf(the->link.notice, sizeof(the->link.notice), "%s",
		       text && text[0] ? text : the->lib->strerror(entry.err));
}

static size_t poll_ends(struct eg_link *link, struct eg_read_end *ret, size_t max)
{
	struct fabric_link *the = own(link);
	struct fi_cq_entry entries[EG_SLICES];
	ssize_t rc = fi_cq_read(the->cq, entries, max < EG_SLICES ? max : EG_SLICES);
	size_t count = 0;

	for (ssize_t i = 0; i < rc; i++)
		count += end_slice(the, entries[i].op_context, &ret[count]);
	if (rc == -FI_EAVAIL)
		count += take_error(the, ret);
	else if (rc < 0 && rc != -FI_EAGAIN)
		(void)snprintf(link->notice, sizeof(link->notice), "%s",
			       the->lib->strerror((int)-rc));
	if (the->polls++ % POLLS_AN_EVENT == 0)
		look_for_event(the);
	return count;
}

int eg_fabric_link_open(const struct eg_fabric_lib *lib, struct fi_info *info, struct eg_link **ret,
			struct eg_err *err)
{
	static const struct eg_link_kind kind = {
		.close = close_link,
		.offer = offer,
		.slice = slice,
		.insert = insert,
		.read = start_read,
		.poll = poll_ends,
	};
	EG_CLEANUP(close_unless_stolen) struct fabric_link *the = calloc(1, sizeof(*the));
	int rc;

	if (!the)
		return eg_err_errno(err, ENOMEM, "endpoint");
	the->link.kind = &kind;
	the->lib = lib;
	rc = open_queues(the, info, err);
	if (!rc)
		rc = open_ep(the, info, err);
	if (!rc)
		*ret = &EG_STEAL(the)->link;
	return rc;
}
