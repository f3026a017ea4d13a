/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * claim - a node of a session proves itself: HELLO and WELCOME, made and
 * checked.
 *
 * A HELLO is bound to job, step, index, node name and the leader's port, so
 * that a stranger cannot pass it on from a port of his own. The WELCOME is
 * bound to the member's nonce and sealed by root or the job's user: an old one
 * or somebody else's is of no use. From both nonces follows the key of what is
 * said on this connection afterwards: who passed a HELLO on could not go on.
 *
 * By hand a name is taken instead of compared, and a credential that is good
 * but of a user who may not take part is -EPERM: both people are to be told.
 */
#ifndef EG_BURST_CLAIM_H
#define EG_BURST_CLAIM_H

#include <stdint.h>

#include "common/burst/mac.h"
#include "common/burst/wire.h"

struct eg_auth;
struct eg_err;
struct eg_session;

/* All but the nonce, of the member @index's HELLO or the WELCOME to it. @port is the leader's. */
void eg_claim_init(struct eg_wire_claim *claim, const struct eg_session *session,
		   enum eg_wire_type kind, uint32_t index, uint16_t port);

/* A fresh one: 0 or -errno. */
int eg_claim_nonce(uint8_t ret[EG_WIRE_NONCE]);

/* The whole message that carries @claim, sealed; 0 or -errno. */
int eg_claim_seal(const struct eg_session *session, const struct eg_wire_claim *claim,
		  struct eg_wire_buffer *ret, struct eg_err *err);

/* Leader: a HELLO's body. 0 with *@ret, whose index is free to be used; -EPROTO, -EACCES, -errno.
 */
int eg_claim_check_hello(const struct eg_session *session, const uint8_t *body, size_t length,
			 uint16_t port, struct eg_wire_claim *ret);

/*
 * Member: a WELCOME's body against the @hello that was sent. 0, -EPROTO, -EACCES, -errno. @hello
 * gets the leader's nonce. By hand the leader's name is put to hand->names.
 */
int eg_claim_check_welcome(const struct eg_session *session, const uint8_t *body, size_t length,
			   struct eg_wire_claim *hello);

/*
 * The key of the connection that @claim with both nonces has opened. It is secret because of
 * auth->key, or because the member's nonce came and went in credentials that others cannot read.
 */
void eg_claim_conn_key(const struct eg_auth *auth, const struct eg_wire_claim *claim,
		       uint8_t ret[EG_MAC_BYTES]);

#endif
