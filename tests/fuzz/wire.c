/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire - a fuzzer for what comes over the network: every kind of message, read
 * as leader, member and the process for traffic read it. What is accepted must
 * come back the same when it is sent again.
 *
 * The first byte says which kind; the rest is a body (0: a whole message with
 * its header). Built with libFuzzer by clang, or with replay.c, which feeds it
 * the corpus and changed copies of it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/burst/auth.h"
#include "common/burst/offer.h"
#include "common/burst/wire.h"
#include "common/burst/wire_traffic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLAIM 100 /* the others are enum eg_wire_type */
#define CREDENTIAL 101 /* a text, not a message */

static struct eg_wire_buffer again;
static struct {
	struct eg_credential credential;
	struct eg_ready ready;
	struct eg_round round;
	struct eg_result result;
	struct eg_verdict verdict;
	struct eg_offer offer;
	struct eg_wire_claim claim;
	struct eg_refusal refusal;
	uint8_t nonce[EG_WIRE_NONCE];
} got;

/* What is inside a credential by key or by hand: never more than what was sealed. */
static int take_credential(const uint8_t *body, size_t length)
{
	static const uint8_t key[EG_MAC_BYTES];
	static uint32_t uid;
	struct eg_auth_payload payload;
	struct eg_auth auth;

	if (length >= sizeof(got.credential.text))
		return -1;
	memcpy(got.credential.text, body, length);
	got.credential.text[length] = '\0';
	if (eg_auth_key_open(key, uid, &auth, NULL))
		abort();
	if (!auth.unseal(auth.context, &got.credential, &payload, NULL) &&
	    payload.length > sizeof(payload.data))
		abort();
	eg_auth_key_close(&auth);
	eg_auth_none_open(&uid, &auth);
	if (!auth.unseal(auth.context, &got.credential, &payload, NULL) &&
	    payload.length > sizeof(payload.data))
		abort();
	return -1;
}

/* Read @body as @type and write it again: 0 when it was accepted. */
static int take(unsigned int type, const uint8_t *body, size_t length)
{
	int rc = -1;

	switch (type) {
	case EG_WIRE_HELLO:
	case EG_WIRE_WELCOME:
		rc = eg_wire_get_credential(body, length, &got.credential);
		if (!rc)
			eg_wire_put_credential(&again, (enum eg_wire_type)type, &got.credential);
		break;
	case EG_WIRE_READY:
		rc = eg_wire_get_ready(body, length, &got.ready);
		if (!rc)
			eg_wire_put_ready(&again, &got.ready);
		break;
	case EG_WIRE_ROUND:
		rc = eg_wire_get_round(body, length, &got.round);
		if (!rc)
			eg_wire_put_round(&again, &got.round);
		break;
	case EG_WIRE_RESULT:
		rc = eg_wire_get_result(body, length, &got.result);
		if (!rc)
			eg_wire_put_result(&again, &got.result);
		break;
	case EG_WIRE_VERDICT:
		rc = eg_wire_get_verdict(body, length, &got.verdict);
		if (!rc)
			eg_wire_put_verdict(&again, &got.verdict);
		break;
	case EG_WIRE_OFFER:
		rc = eg_wire_get_offer(body, length, &got.offer);
		if (!rc)
			eg_wire_put_offer(&again, &got.offer);
		break;
	case EG_WIRE_REFUSAL:
		rc = eg_wire_get_refusal(body, length, &got.refusal);
		if (!rc)
			eg_wire_put_refusal(&again, &got.refusal);
		break;
	case EG_WIRE_CHALLENGE:
		rc = eg_wire_get_challenge(body, length, got.nonce);
		if (!rc)
			eg_wire_put_challenge(&again, got.nonce);
		break;
	case CREDENTIAL:
		rc = take_credential(body, length);
		break;
	case CLAIM:
		rc = eg_wire_get_claim(body, length, &got.claim);
		if (!rc)
			eg_wire_put_claim(&again, &got.claim);
		break;
	default:
		break;
	}
	return rc;
}

static void take_message(const uint8_t *data, size_t size)
{
	struct eg_wire_header header;

	if (size < EG_WIRE_HEADER || eg_wire_get_header(data, &header) ||
	    header.length != size - EG_WIRE_HEADER)
		return;
	if (!take(header.type, data + EG_WIRE_HEADER, header.length) &&
	    (again.length != size || memcmp(again.data, data, size) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t header = data && size && data[0] == CLAIM ? 0 : EG_WIRE_HEADER;

	if (!size || size > EG_WIRE_MESSAGE_MAX)
		return 0;
	if (!data[0])
		take_message(data + 1, size - 1);
	else if (!take(data[0], data + 1, size - 1) &&
		 (again.length - header != size - 1 ||
		  memcmp(again.data + header, data + 1, size - 1) != 0))
		abort();
	return 0;
}
