/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * message - carrying out SEND, for reliable (SRD) and plain (UD) datagrams.
 */
#ifndef SE_MESSAGE_H
#define SE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "op.h"
#include "route.h"

/* The largest message, that is the device's MTU. */
#define SE_MESSAGE_MAX 8928u

/* Bytes of the message of @op. */
uint64_t se_message_bytes(const struct se_op *op);

/*
 * Deliver @op along @route. Returns an se_status; SE_STATUS_REMOTE_NOT_READY
 * when the receiver has no buffer posted.
 */
int se_message_deliver(const struct se_op *op, const struct se_route *route);

#endif
