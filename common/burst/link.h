/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * link - a device as an endpoint uses it: memory that others read, reads, and
 * their ends. Of two kinds: through libfabric (fabric_link.h), and by a queue
 * pair of its own (srd_link.h). Private to endpoint.c and the kinds.
 */
#ifndef EG_BURST_LINK_H
#define EG_BURST_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "common/burst/endpoint.h"

struct eg_link {
	const struct eg_link_kind *kind;
	char notice[EG_READ_TEXT_MAX]; /* what was said last that belongs to no read */
};

/* Nothing blocks, but for the driver. What can fail returns 0 or -errno with its text. */
struct eg_link_kind {
	/* Not while reads are under way. Takes the object with it. */
	void (*close)(struct eg_link *link);
	/* Offer @size bytes: sets all of @ret but seed and device_reads. */
	int (*offer)(struct eg_link *link, uint8_t *memory, size_t size, struct eg_target *ret,
		     struct eg_err *err);
	/* Register the memory of a slice, once. */
	int (*slice)(struct eg_link *link, int slice, uint8_t *memory, size_t size,
		     struct eg_err *err);
	/* Make an address known; the same one may come again. -EINVAL: it is of another kind. */
	int (*insert)(struct eg_link *link, const struct eg_target *target, uint64_t *ret_peer,
		      struct eg_err *err);
	/* Start a read into a registered slice; -EAGAIN: the queue is full, poll. */
	int (*read)(struct eg_link *link, int slice, const struct eg_read *read,
		    struct eg_err *err);
	/* Work, and up to @max ends: slice, error, provider_error, unknown_yet and text of each. */
	size_t (*poll)(struct eg_link *link, struct eg_read_end *ret, size_t max);
};

#endif
