/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * message - carrying out SEND, for reliable (SRD) and plain (UD) datagrams.
 */
#ifndef SE_MESSAGE_H
#define SE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "op.h"
#include "route.h"

/* The largest message, that is the device's MTU. */
#define SE_MESSAGE_MAX 8928u

/* Bytes of the message of @op. */
uint64_t se_message_bytes(const struct se_op *op);

/* A message as its receiver sees it. */
struct se_parcel {
	const struct se_send_entry *entry;
	uint32_t source_qpn;
	uint32_t source_type; /* se_qp_type */
};

/* Copy the message of @op, at most SE_MESSAGE_MAX bytes, to @ret. Returns an se_status. */
int se_message_copy(const struct se_op *op, uint8_t *ret, uint32_t *ret_bytes);

/* Hand over the @count pieces at @io, used up by it, along @route; as the next function. */
int se_message_hand_over(const struct se_parcel *parcel, const struct se_route *route,
			 struct iovec *io, unsigned int count);

/*
 * Tell the receiver that an RDMA write with immediate data is done: takes a
 * buffer, whose memory stays as it is. Returns as se_message_deliver().
 */
int se_message_notice(const struct se_parcel *parcel, const struct se_route *route);

/*
 * Deliver @op along @route. Returns an se_status; SE_STATUS_REMOTE_NOT_READY
 * when the receiver has no buffer posted.
 */
int se_message_deliver(const struct se_op *op, const struct se_route *route);

#endif
