/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/claim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/hand.h"
#include "common/burst/session.h"

void eg_claim_init(struct eg_wire_claim *claim, const struct eg_session *session,
		   enum eg_wire_type kind, uint32_t index, uint16_t port)
{
	uint32_t sender = kind == EG_WIRE_HELLO ? index : 0;

	memset(claim, 0, sizeof(*claim));
	claim->kind = (uint16_t)kind;
	claim->job = session->job;
	claim->step = session->step;
	claim->count = session->count;
	claim->index = index;
	claim->port = port;
	(void)snprintf(claim->node, sizeof(claim->node), "%s", session->nodes[sender]);
}

int eg_claim_nonce(uint8_t ret[EG_WIRE_NONCE])
{
	ssize_t got = getrandom(ret, EG_WIRE_NONCE, 0);

	if (got < 0)
		return -errno;
	return got == EG_WIRE_NONCE ? 0 : -EIO;
}

int eg_claim_seal(const struct eg_session *session, const struct eg_wire_claim *claim,
		  struct eg_wire_buffer *ret, struct eg_err *err)
{
	struct eg_auth_payload payload = { 0 };
	struct eg_credential credential = { .text = "" };
	int rc;

	eg_wire_put_claim(ret, claim);
	if (ret->length > sizeof(payload.data))
		return eg_err_set(err, EMSGSIZE, "claim of %zu bytes", ret->length);
	memcpy(payload.data, ret->data, ret->length);
	payload.length = ret->length;
	rc = session->auth->seal(session->auth->context, &payload, &credential, err);
	if (rc)
		return rc;
	eg_wire_put_credential(ret, claim->kind, &credential);
	return 0;
}

/* What is sealed in @body, when somebody believable sealed it. */
static int unseal(const struct eg_session *session, const uint8_t *body, size_t length,
		  struct eg_wire_claim *ret)
{
	struct eg_credential credential = { .text = "" };
	struct eg_auth_payload payload = { 0 };
	struct eg_err why = { 0 };
	int rc = eg_wire_get_credential(body, length, &credential);

	if (!rc)
		rc = session->auth->unseal(session->auth->context, &credential, &payload, &why);
	if (session->hand) {
		if (rc && !why.code)
			(void)eg_err_set(&why, -rc, "not a credential");
		session->hand->why = why;
		session->hand->sealed_uid = payload.uid;
	}
	if (rc)
		return rc;
	if (!eg_session_believes(session, payload.uid))
		return session->hand ? -EPERM : -EACCES;
	return eg_wire_get_claim(payload.data, payload.length, ret);
}

static bool is_name_of(const struct eg_session *session, uint32_t index, const char *name)
{
	return session->hand ? eg_hand_name_is_good(name) : !strcmp(name, session->nodes[index]);
}

int eg_claim_check_hello(const struct eg_session *session, const uint8_t *body, size_t length,
			 uint16_t port, struct eg_wire_claim *ret)
{
	int rc = unseal(session, body, length, ret);

	if (rc)
		return rc;
	if (ret->kind != EG_WIRE_HELLO || ret->job != session->job || ret->step != session->step ||
	    ret->count != session->count || ret->port != port)
		return -EACCES;
	/* The leader's own node comes through the socket pair, never from outside. */
	if (ret->index == 0 || ret->index >= session->count ||
	    !is_name_of(session, ret->index, ret->node))
		return -EACCES;
	return 0;
}

int eg_claim_check_welcome(const struct eg_session *session, const uint8_t *body, size_t length,
			   struct eg_wire_claim *hello)
{
	struct eg_wire_claim claim;
	int rc = unseal(session, body, length, &claim);

	if (rc)
		return rc;
	if (claim.kind != EG_WIRE_WELCOME || claim.job != hello->job || claim.step != hello->step ||
	    claim.count != hello->count || claim.index != hello->index ||
	    claim.port != hello->port ||
	    memcmp(claim.nonce, hello->nonce, sizeof(claim.nonce)) != 0 ||
	    !is_name_of(session, 0, claim.node))
		return -EACCES;
	if (session->auth->challenges &&
	    memcmp(claim.leader_nonce, hello->leader_nonce, sizeof(claim.leader_nonce)) != 0)
		return -EACCES;
	memcpy(hello->leader_nonce, claim.leader_nonce, sizeof(claim.leader_nonce));
	if (session->hand)
		strcpy(session->hand->names[0], claim.node);
	return 0;
}

void eg_claim_conn_key(const struct eg_auth *auth, const struct eg_wire_claim *claim,
		       uint8_t ret[EG_MAC_BYTES])
{
	static const char label[] = "efagate.conn/1";
	uint8_t secret[EG_MAC_BYTES + EG_WIRE_NONCE];
	const uint8_t index[] = { (uint8_t)claim->index, (uint8_t)(claim->index >> 8),
				  (uint8_t)(claim->index >> 16), (uint8_t)(claim->index >> 24) };
	const struct eg_mac_part parts[] = {
		{ label, sizeof(label) },
		{ claim->leader_nonce, sizeof(claim->leader_nonce) },
		{ index, sizeof(index) },
	};

	memcpy(secret, auth->key, EG_MAC_BYTES);
	memcpy(secret + EG_MAC_BYTES, claim->nonce, EG_WIRE_NONCE);
	eg_mac(secret, sizeof(secret), parts, EG_COUNT(parts), ret);
	explicit_bzero(secret, sizeof(secret));
}
