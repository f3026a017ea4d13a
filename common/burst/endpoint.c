/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/endpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/burst/link.h"
#include "common/burst/memory.h"
#include "common/burst/pattern.h"

struct slice {
	bool registered; /* when it is used for the first time */
	bool taken, filled;
	uint64_t tag; /* of the read under way, or whose bytes are here when filled */
};

struct eg_endpoint {
	struct eg_link *link;
	uint8_t *memory; /* the offer, then the slices */
	size_t slice_bytes;
	struct eg_target target; /* as others reach it */
	struct slice slices[EG_SLICES];
};

static size_t memory_bytes(const struct eg_endpoint *endpoint)
{
	return EG_OFFER_BYTES + EG_SLICES * endpoint->slice_bytes;
}

void eg_endpoint_close(struct eg_endpoint *endpoint)
{
	if (!endpoint)
		return;
	endpoint->link->kind->close(endpoint->link);
	eg_memory_free(endpoint->memory, memory_bytes(endpoint));
	free(endpoint);
}

static void close_endpoint(struct eg_endpoint **endpoint)
{
	eg_endpoint_close(*endpoint);
}

/* Pages cost more than anything else here: a slice gets its own when it is used first. */
static int register_slice(struct eg_endpoint *endpoint, int slice, struct eg_err *err)
{
	int rc = 0;

	if (!endpoint->slices[slice].registered)
		rc = endpoint->link->kind->slice(endpoint->link, slice,
						 eg_endpoint_slice(endpoint, slice),
						 endpoint->slice_bytes, err);
	endpoint->slices[slice].registered |= !rc;
	return rc;
}

static int open_memory(struct eg_endpoint *endpoint, int numa_node, struct eg_err *err)
{
	int rc;

	endpoint->memory = eg_memory_new(memory_bytes(endpoint), numa_node);
	if (!endpoint->memory)
		return eg_err_errno(err, ENOMEM, "memory for traffic");
	eg_memory_in_huge_pages(endpoint->memory, memory_bytes(endpoint));
	eg_pattern_fill(endpoint->memory, EG_OFFER_BYTES, endpoint->target.seed, 0);
	rc = endpoint->link->kind->offer(endpoint->link, endpoint->memory, EG_OFFER_BYTES,
					 &endpoint->target, err);
	return rc ? rc : register_slice(endpoint, 0, err);
}

/* What the first address and the first poll cost, 20 to 30 ms of libfabric, is paid here. */
static int warm_up(struct eg_endpoint *endpoint, struct eg_err *err)
{
	struct eg_read_end end;
	uint64_t peer;

	(void)eg_endpoint_poll(endpoint, &end, 1);
	return eg_endpoint_insert(endpoint, &endpoint->target, &peer, err);
}

int eg_endpoint_open(struct eg_link *link, size_t slice_bytes, uint64_t seed, int numa_node,
		     struct eg_endpoint **ret, struct eg_err *err)
{
	EG_CLEANUP(close_endpoint) struct eg_endpoint *endpoint = calloc(1, sizeof(*endpoint));
	int rc;

	if (!endpoint) {
		link->kind->close(link);
		return eg_err_errno(err, ENOMEM, "endpoint");
	}
	endpoint->link = link;
	endpoint->slice_bytes = slice_bytes;
	endpoint->target.seed = seed;
	rc = open_memory(endpoint, numa_node, err);
	if (!rc)
		rc = warm_up(endpoint, err);
	if (!rc)
		*ret = EG_STEAL(endpoint);
	return rc;
}

void eg_endpoint_target(const struct eg_endpoint *endpoint, struct eg_target *ret)
{
	*ret = endpoint->target;
}

int eg_endpoint_insert(struct eg_endpoint *endpoint, const struct eg_target *target,
		       uint64_t *ret_peer, struct eg_err *err)
{
	return endpoint->link->kind->insert(endpoint->link, target, ret_peer, err);
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

bool eg_endpoint_prepare(struct eg_endpoint *endpoint, unsigned int window)
{
	for (int i = 0; i < (int)window; i++) {
		/* A read may be under way there. */
		if (endpoint->slices[i].registered)
			continue;
		if (register_slice(endpoint, i, NULL))
			return false;
		/* Where registering makes no pages. */
		memset(eg_endpoint_slice(endpoint, i), 0, endpoint->slice_bytes);
		return true;
	}
	return false;
}

uint8_t *eg_endpoint_slice(struct eg_endpoint *endpoint, int slice)
{
	return endpoint->memory + EG_OFFER_BYTES + (size_t)slice * endpoint->slice_bytes;
}

bool eg_endpoint_holds(const struct eg_endpoint *endpoint, int slice, uint64_t tag)
{
	return endpoint->slices[slice].filled && endpoint->slices[slice].tag == tag;
}

int eg_endpoint_read(struct eg_endpoint *endpoint, int slice, const struct eg_read *read,
		     struct eg_err *err)
{
	int rc;

	endpoint->slices[slice].tag = read->tag;
	rc = endpoint->link->kind->read(endpoint->link, slice, read, err);
	if (rc)
		endpoint->slices[slice].taken = false;
	return rc;
}

/* The end of a read of a slice: false when none was under way there. */
static bool end_slice(struct eg_endpoint *endpoint, struct eg_read_end *end)
{
	struct slice *slice = &endpoint->slices[end->slice];

	if (!slice->taken)
		return false;
	slice->taken = false;
	slice->filled = !end->error;
	end->tag = slice->tag;
	return true;
}

size_t eg_endpoint_poll(struct eg_endpoint *endpoint, struct eg_read_end *ret, size_t max)
{
	size_t seen = endpoint->link->kind->poll(endpoint->link, ret, max);
	size_t count = 0;

	for (size_t i = 0; i < seen; i++) {
		if (!end_slice(endpoint, &ret[i]))
			continue;
		if (count != i)
			ret[count] = ret[i];
		count++;
	}
	return count;
}

const char *eg_endpoint_notice(const struct eg_endpoint *endpoint)
{
	return endpoint->link->notice;
}
