/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * endpoint - one EFA device opened for traffic: memory that others read, reads
 * from others, and how those ended.
 *
 * A read goes into one of EG_SLICES pieces of memory, which is taken before and
 * free again when its end was seen: a read that outlives what it was made for
 * holds its slice and can harm no later one. Nothing here blocks, but for the
 * driver in open and close. One thread at a time.
 */
#ifndef EG_BURST_ENDPOINT_H
#define EG_BURST_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/burst/offer.h"

struct eg_endpoint;
struct eg_err;
struct eg_link;

#define EG_SLICES 16
#define EG_WINDOW 8 /* reads under way at most; other slices are for what ends late */
#define EG_READ_TEXT_MAX 112 /* as in struct eg_rail_result */

/* From a target's memory at @offset into a slice. @tag comes back with its end. */
struct eg_read {
	uint64_t peer; /* of eg_endpoint_insert() */
	const struct eg_target *target;
	uint64_t offset;
	size_t size;
	uint64_t tag;
};

struct eg_read_end {
	uint64_t tag;
	int slice; /* free again, its bytes are there until it is taken */
	int error; /* libfabric's, positive; 0 the bytes have come */
	int provider_error;
	bool unknown_yet; /* the partner's device does not know ours yet: worth another read */
	char text[EG_READ_TEXT_MAX]; /* of the error, in the provider's words */
};

/*
 * Offer EG_OFFER_BYTES of memory with the pattern of @seed, on memory node
 * @numa_node (-1 anywhere), on the opened device @link, which goes with it. Its
 * own address is made known to it, so that the first partner costs no more than
 * the others. A slice has @slice_bytes, of whole pages. Returns 0 with *@ret, to be closed with
 * eg_endpoint_close(), or -errno; @link is closed then.
 */
int eg_endpoint_open(struct eg_link *link, size_t slice_bytes, uint64_t seed, int numa_node,
		     struct eg_endpoint **ret, struct eg_err *err);

/* Takes NULL. Not while reads are under way: the provider may not survive that. */
void eg_endpoint_close(struct eg_endpoint *endpoint);

/* How others reach it; device_reads is the caller's to set. */
void eg_endpoint_target(const struct eg_endpoint *endpoint, struct eg_target *ret);

/* Make an address known; the same one may come again. 0 with *@ret_peer, or -errno. */
int eg_endpoint_insert(struct eg_endpoint *endpoint, const struct eg_target *target,
		       uint64_t *ret_peer, struct eg_err *err);

/*
 * Take a free slice: its number, -ENOBUFS when reads that have not ended hold
 * them all, or -ENOMEM when its memory cannot be registered.
 */
int eg_endpoint_take(struct eg_endpoint *endpoint);

/*
 * Make the memory of one more of the @window first slices, under 1 ms: what is
 * only made while a read writes to it would be measured with it. Reads may be
 * under way. False when there is none to make.
 */
bool eg_endpoint_prepare(struct eg_endpoint *endpoint, unsigned int window);

/* The bytes of a slice. */
uint8_t *eg_endpoint_slice(struct eg_endpoint *endpoint, int slice);

/* Are the bytes in this slice those of a read of @tag that has ended well? */
bool eg_endpoint_holds(const struct eg_endpoint *endpoint, int slice, uint64_t tag);

/*
 * Start a read into a slice that was taken. 0, and the slice comes back with
 * the read's end; otherwise it is free again: -EAGAIN the queue is full, poll;
 * or libfabric's negative number with its text.
 */
int eg_endpoint_read(struct eg_endpoint *endpoint, int slice, const struct eg_read *read,
		     struct eg_err *err);

/* Let the provider work and take up to @max ends: their number. */
size_t eg_endpoint_poll(struct eg_endpoint *endpoint, struct eg_read_end *ret, size_t max);

/*
 * What the provider said last that belongs to no read, such as a peer that
 * does not answer its handshake; "" nothing.
 */
const char *eg_endpoint_notice(const struct eg_endpoint *endpoint);

#endif
