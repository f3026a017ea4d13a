/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/messages.h"

#include <errno.h>
#include <rdma/fabric.h>
#include <rdma/fi_cm.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <rdma/fi_errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/deadline.h"
#include "common/base/err.h"
#include "common/burst/memory.h"
#include "common/node/fabric.h"
#include "common/node/fabric_lib.h"

#define WINDOW 8 /* messages under way */
#define ENDS 2
#define WAIT_NS 2000000000ll /* a message that needs longer never comes */
#define FABRIC "efa" /* "efa-direct" has no packet pools */
#define MEMORY_BYTES (WINDOW * (size_t)EG_MESSAGE_BYTES_MAX)

/* A send or a receive; the provider works in @context while it is busy. */
struct op {
	struct fi_context2 context;
	bool busy;
};

struct end {
	struct fid_fabric *fabric;
	struct fid_domain *domain;
	struct fid_av *av;
	struct fid_cq *cq;
	struct fid_ep *ep;
	struct fid_mr *mr;
	uint8_t *memory;
	fi_addr_t peer;
	char name[64];
	struct op ops[WINDOW];
};

struct eg_messages {
	const struct eg_fabric_lib *lib;
	struct end ends[ENDS];
};

/* libfabric's number as an errno, with the name of the step that failed. */
static int failure(const struct eg_messages *messages, const char *step, ssize_t rc,
		   struct eg_err *err)
{
	int code = -rc < FI_ERRNO_OFFSET ? (int)-rc : EIO;

	return eg_err_set(err, code, "%s: %s", step, messages->lib->strerror((int)-rc));
}

static void close_end(struct end *end)
{
	if (end->ep)
		(void)fi_close(&end->ep->fid);
	if (end->mr)
		(void)fi_close(&end->mr->fid);
	if (end->cq)
		(void)fi_close(&end->cq->fid);
	if (end->av)
		(void)fi_close(&end->av->fid);
	if (end->domain)
		(void)fi_close(&end->domain->fid);
	if (end->fabric)
		(void)fi_close(&end->fabric->fid);
	eg_memory_free(end->memory, MEMORY_BYTES);
}

void eg_messages_close(struct eg_messages *messages)
{
	for (size_t i = 0; messages && i < ENDS; i++)
		close_end(&messages->ends[i]);
	free(messages);
}

static void close_messages(struct eg_messages **messages)
{
	eg_messages_close(*messages);
}

static int open_queues(struct eg_messages *messages, struct end *end, struct fi_info *info,
		       struct eg_err *err)
{
	struct fi_cq_attr cq = { .format = FI_CQ_FORMAT_CONTEXT };
	struct fi_av_attr av = { .type = FI_AV_TABLE };
	int rc = messages->lib->fabric(info->fabric_attr, &end->fabric, NULL);

	if (rc)
		return failure(messages, "fi_fabric", rc, err);
	rc = fi_domain(end->fabric, info, &end->domain, NULL);
	if (rc)
		return failure(messages, "fi_domain", rc, err);
	rc = fi_av_open(end->domain, &av, &end->av, NULL);
	if (rc)
		return failure(messages, "fi_av_open", rc, err);
	rc = fi_cq_open(end->domain, &cq, &end->cq, NULL);
	return rc ? failure(messages, "fi_cq_open", rc, err) : 0;
}

static int open_end(struct eg_messages *messages, struct end *end, struct fi_info *info,
		    struct eg_err *err)
{
	int rc = open_queues(messages, end, info, err);

	if (rc)
		return rc;
	(void)snprintf(end->name, sizeof(end->name), "%s", info->nic->device_attr->name);
	rc = fi_endpoint(end->domain, info, &end->ep, NULL);
	if (!rc)
		rc = fi_ep_bind(end->ep, &end->av->fid, 0);
	if (!rc)
		rc = fi_ep_bind(end->ep, &end->cq->fid, FI_TRANSMIT | FI_RECV);
	if (!rc)
		rc = fi_enable(end->ep);
	if (rc)
		return failure(messages, "fi_endpoint", rc, err);
	end->memory = eg_memory_new(MEMORY_BYTES, -1);
	if (!end->memory)
		return eg_err_errno(err, ENOMEM, "memory for messages");
	memset(end->memory, 0x5a, MEMORY_BYTES);
	rc = fi_mr_reg(end->domain, end->memory, MEMORY_BYTES, FI_SEND | FI_RECV, 0, 1, 0, &end->mr,
		       NULL);
	return rc ? failure(messages, "fi_mr_reg", rc, err) : 0;
}

/* Each end knows the other. */
static int introduce(struct eg_messages *messages, struct eg_err *err)
{
	for (size_t i = 0; i < ENDS; i++) {
		struct end *end = &messages->ends[i], *other = &messages->ends[!i];
		uint8_t address[64];
		size_t length = sizeof(address);
		int rc = fi_getname(&other->ep->fid, address, &length);

		if (rc)
			return failure(messages, "fi_getname", rc, err);
		rc = fi_av_insert(end->av, address, 1, &end->peer, 0, NULL);
		if (rc != 1)
			return failure(messages, "fi_av_insert", rc < 0 ? rc : -EIO, err);
	}
	return 0;
}

static struct fi_info *make_hints(const struct eg_fabric_lib *lib)
{
	struct fi_info *hints = eg_fabric_hints(lib, "efa");

	if (!hints)
		return NULL;
	hints->caps = FI_MSG;
	hints->mode = FI_CONTEXT | FI_CONTEXT2;
	hints->domain_attr->mode = 0;
	hints->domain_attr->threading = FI_THREAD_DOMAIN;
	return hints;
}

static bool is_fit(const struct fi_info *info)
{
	return info->nic && info->nic->device_attr && info->nic->device_attr->name &&
	       !strcmp(info->fabric_attr->name, FABRIC);
}

/* Order on the bus: libfabric's own is no order. */
static uint64_t place_of(const struct fi_info *info)
{
	const struct fi_bus_attr *bus = info->nic->bus_attr;
	const struct fi_pci_attr *pci = bus ? &bus->attr.pci : NULL;

	if (!pci || bus->bus_type != FI_BUS_PCI)
		return 0;
	return (uint64_t)pci->domain_id << 24 | (uint64_t)pci->bus_id << 16 |
	       (uint64_t)pci->device_id << 8 | pci->function_id;
}

/* The first that stands behind @after (NULL: of all) and is named @name (NULL: any). */
static struct fi_info *next_behind(struct fi_info *infos, const struct fi_info *after,
				   const char *name)
{
	struct fi_info *best = NULL;

	for (struct fi_info *info = infos; info; info = info->next) {
		if (!is_fit(info) || (name && strcmp(info->nic->device_attr->name, name) != 0))
			continue;
		if (after && place_of(info) <= place_of(after))
			continue;
		if (!best || place_of(info) < place_of(best))
			best = info;
	}
	return best;
}

/* The device @from and the one behind it, around the end of the list. */
static int choose(struct fi_info *infos, const char *from, struct fi_info **ret, struct eg_err *err)
{
	ret[0] = next_behind(infos, NULL, from);
	if (!ret[0])
		return eg_err_set(err, ENODEV, "libfabric offers no EFA device%s%.60s%s",
				  from ? " '" : "", from ? from : "", from ? "'" : "");
	ret[1] = next_behind(infos, ret[0], NULL);
	if (!ret[1])
		ret[1] = next_behind(infos, NULL, NULL);
	return 0;
}

static int open_ends(struct eg_messages *messages, struct fi_info *infos, const char *from,
		     struct eg_err *err)
{
	struct fi_info *chosen[ENDS];
	int rc = choose(infos, from, chosen, err);

	for (size_t i = 0; !rc && i < ENDS; i++)
		rc = open_end(messages, &messages->ends[i], chosen[i], err);
	return rc ? rc : introduce(messages, err);
}

int eg_messages_open(const struct eg_fabric_lib *lib, const char *from, struct eg_messages **ret,
		     struct eg_err *err)
{
	EG_CLEANUP(close_messages) struct eg_messages *messages = calloc(1, sizeof(*messages));
	struct fi_info *hints = make_hints(lib), *infos = NULL;
	int rc;

	if (!messages || !hints) {
		if (hints)
			lib->freeinfo(hints);
		return eg_err_errno(err, ENOMEM, "messages");
	}
	messages->lib = lib;
	rc = lib->getinfo(FI_VERSION(FI_MAJOR_VERSION, FI_MINOR_VERSION), NULL, NULL, 0, hints,
			  &infos);
	lib->freeinfo(hints);
	if (rc)
		return failure(messages, "fi_getinfo", rc, err);
	rc = open_ends(messages, infos, from, err);
	lib->freeinfo(infos);
	if (!rc)
		*ret = EG_STEAL(messages);
	return rc;
}

const char *eg_messages_from(const struct eg_messages *messages)
{
	return messages->ends[0].name;
}

const char *eg_messages_to(const struct eg_messages *messages)
{
	return messages->ends[1].name;
}

static uint8_t *buffer(struct end *end, size_t place)
{
	return end->memory + place * EG_MESSAGE_BYTES_MAX;
}

/* Start operation @place of an end: 1, 0 when the queue is full, or -errno. */
static int start(struct eg_messages *messages, struct end *end, size_t place, bool send,
		 size_t size, struct eg_err *err)
{
	struct op *op = &end->ops[place];
	void *desc = fi_mr_desc(end->mr);
	ssize_t rc;

	if (send)
		rc = fi_send(end->ep, buffer(end, place), size, desc, end->peer, &op->context);
	else
		rc = fi_recv(end->ep, buffer(end, place), EG_MESSAGE_BYTES_MAX, desc,
			     FI_ADDR_UNSPEC, &op->context);
	if (rc == -FI_EAGAIN)
		return 0;
	if (rc)
		return failure(messages, send ? "fi_send" : "fi_recv", rc, err);
	op->busy = true;
	return 1;
}

static int say_error(struct eg_messages *messages, struct end *end, struct eg_err *err)
{
	struct fi_cq_err_entry entry = { 0 };
	char text[128] = "";
	const char *why;

	if (fi_cq_readerr(end->cq, &entry, 0) != 1)
		return eg_err_set(err, EIO, "a message failed");
	why = fi_cq_strerror(end->cq, entry.prov_errno, entry.err_data, text, sizeof(text));
	return eg_err_set(err, EIO, "a message failed: %.100s",
			  why && why[0] ? why : messages->lib->strerror(entry.err));
}

/* Let an end work: how many of its operations ended, or -errno. */
static int poll_end(struct eg_messages *messages, struct end *end, struct eg_err *err)
{
	struct fi_cq_entry entries[WINDOW];
	ssize_t rc = fi_cq_read(end->cq, entries, WINDOW);
	int count = 0;

	if (rc == -FI_EAVAIL)
		return say_error(messages, end, err);
	if (rc < 0 && rc != -FI_EAGAIN)
		return failure(messages, "fi_cq_read", rc, err);
	for (ssize_t i = 0; i < rc; i++) {
		for (size_t k = 0; k < WINDOW; k++) {
			if (entries[i].op_context != &end->ops[k].context)
				continue;
			end->ops[k].busy = false;
			count++;
		}
	}
	return count;
}

/* Poll both ends until operation @place of both has ended. */
static int wait_both(struct eg_messages *messages, size_t place, struct eg_err *err)
{
	int64_t late_ns = eg_now_ns() + WAIT_NS;

	while (messages->ends[0].ops[place].busy || messages->ends[1].ops[place].busy) {
		for (size_t i = 0; i < ENDS; i++) {
			int rc = poll_end(messages, &messages->ends[i], err);

			if (rc < 0)
				return rc;
		}
		if (eg_now_ns() > late_ns)
			return eg_err_set(err, ETIMEDOUT, "a message did not arrive within 2 s");
	}
	return 0;
}

/* One message to @to, which has a receive waiting when it is sent. */
static int one_way(struct eg_messages *messages, size_t to, size_t size, struct eg_err *err)
{
	int rc = start(messages, &messages->ends[to], 0, false, size, err);

	if (rc == 1)
		rc = start(messages, &messages->ends[!to], 0, true, size, err);
	if (rc == 0)
		return eg_err_set(err, EAGAIN, "an empty queue took no message");
	return rc < 0 ? rc : wait_both(messages, 0, err);
}

int eg_messages_ping(struct eg_messages *messages, size_t size, int64_t span_ns,
		     struct eg_samples *samples, struct eg_err *err)
{
	/* The first costs a handshake. */
	int rc = one_way(messages, 1, size, err);
	int64_t until_ns;

	if (!rc)
		rc = one_way(messages, 0, size, err);
	until_ns = eg_now_ns() + span_ns;
	while (!rc && samples->count < EG_SAMPLES_MAX && eg_now_ns() < until_ns) {
		int64_t begin_ns = eg_now_ns();

		rc = one_way(messages, 1, size, err);
		if (!rc)
			rc = one_way(messages, 0, size, err);
		if (!rc)
			eg_samples_add(samples, (eg_now_ns() - begin_ns) / 2);
	}
	return rc;
}

/* Start what may be: a place whose receive waits gets its send. */
static int start_some(struct eg_messages *messages, size_t size, struct eg_err *err)
{
	int rc = 1;

	for (size_t place = 0; rc > 0 && place < WINDOW; place++) {
		if (messages->ends[0].ops[place].busy || messages->ends[1].ops[place].busy)
			continue;
		rc = start(messages, &messages->ends[1], place, false, size, err);
		/* The provider has room for more sends than are ever under way. */
		while (rc >= 0 && !messages->ends[0].ops[place].busy) {
			rc = start(messages, &messages->ends[0], place, true, size, err);
			if (!rc && poll_end(messages, &messages->ends[0], err) < 0)
				return -EIO;
		}
	}
	return rc < 0 ? rc : 0;
}

int eg_messages_stream(struct eg_messages *messages, size_t size, int64_t span_ns,
		       uint64_t *ret_bytes, uint64_t *ret_ns, struct eg_err *err)
{
	int64_t begin_ns = eg_now_ns(), last_ns = begin_ns, until_ns = begin_ns + span_ns;
	uint64_t arrived = 0;
	int rc = 0;

	while (rc >= 0 && eg_now_ns() < until_ns) {
		rc = start_some(messages, size, err);
		if (rc >= 0)
			rc = poll_end(messages, &messages->ends[0], err);
		if (rc >= 0)
			rc = poll_end(messages, &messages->ends[1], err);
		if (rc > 0) {
			arrived += (uint64_t)rc;
			last_ns = eg_now_ns();
		} else if (!rc && eg_now_ns() - last_ns > WAIT_NS) {
			rc = eg_err_set(err, ETIMEDOUT, "no message arrived within 2 s");
		}
	}
	for (size_t place = 0; rc >= 0 && place < WINDOW; place++)
		rc = wait_both(messages, place, err);
	if (rc < 0)
		return rc;
	*ret_bytes = arrived * size;
	*ret_ns = (uint64_t)(last_ns - begin_ns);
	return 0;
}

int eg_messages_register(struct eg_messages *messages, void *memory, size_t size, int64_t *ret_ns,
			 struct eg_err *err)
{
	int64_t begin_ns = eg_now_ns();
	struct fid_mr *mr = NULL;
	int rc = fi_mr_reg(messages->ends[0].domain, memory, size, FI_SEND | FI_RECV, 0, 7, 0, &mr,
			   NULL);

	if (rc)
		return failure(messages, "fi_mr_reg", rc, err);
	*ret_ns = eg_now_ns() - begin_ns;
	(void)fi_close(&mr->fid);
	return 0;
}
