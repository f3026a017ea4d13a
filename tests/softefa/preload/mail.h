/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mail - work for a peer whose memory this process may not touch: the request
 * goes into the peer's mail and its servant thread carries it out.
 *
 * The functions wait for the answer, at most a few seconds, so only the helper
 * thread calls them.
 */
#ifndef SE_MAIL_H
#define SE_MAIL_H

#include "memory.h"
#include "op.h"
#include "route.h"

/* As se_message_deliver(); SE_STATUS_REMOTE_UNRESPONSIVE when no answer comes. */
int se_mail_message(const struct se_op *op, const struct se_route *route);

/* Read @remote, whose bounds and key the peer checks once more, into @into of the same length. */
int se_mail_fetch(const struct se_op *op, const struct se_route *route,
		  const struct se_memory_ref *remote, const struct se_piece *into);

/* Write @from to @remote of the same length, which the peer checks once more. */
int se_mail_store(const struct se_op *op, const struct se_route *route,
		  const struct se_memory_ref *remote, const struct se_piece *from);

/* As se_message_notice() for @op. */
int se_mail_notice(const struct se_op *op, const struct se_route *route);

#endif
