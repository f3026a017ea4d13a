/* SPDX-License-Identifier: BSD-3-Clause */
/* make_corpus - a good message of every kind into FOLDER: where the fuzzer starts. */
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/auth.h"
#include "common/burst/offer.h"
#include "common/burst/wire.h"
#include "common/burst/wire_traffic.h"
#include "common/verdict/finding.h"

#define CLAIM 100 /* as in wire.c */
#define CREDENTIAL 101

static struct eg_wire_buffer message;

static int save(const char *folder, const char *name, uint8_t kind, size_t from)
{
	char path[4096];
	FILE *file;
	int bad;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (!file)
		return 1;
	bad = fputc(kind, file) == EOF ||
	      fwrite(message.data + from, 1, message.length - from, file) != message.length - from;
	return fclose(file) || bad;
}

/* With the header, and the body alone. */
static int save_both(const char *folder, const char *name, uint8_t kind)
{
	char body[64];

	(void)snprintf(body, sizeof(body), "%s-body", name);
	return save(folder, name, 0, 0) | save(folder, body, kind, EG_WIRE_HEADER);
}

static int save_traffic(const char *folder)
{
	static struct eg_offer offer = { .device_count = 2,
					 .instance_type = "p4de.24xlarge",
					 .error = "no" };
	static struct eg_round round = {
		.number = 1, .depth = EG_DEPTH_FULL, .budget_ms = 1200, .partner_count = 1
	};
	static struct eg_result result = { .round = 1, .count = 2 };
	int bad;

	strcpy(offer.devices[0].name, "rdmap16s27");
	offer.devices[0].target.address_length = 32;
	strcpy(offer.devices[1].error, "cannot be opened");
	eg_wire_put_offer(&message, &offer);
	bad = save_both(folder, "offer", EG_WIRE_OFFER);
	strcpy(round.partners[0].node, "n2");
	round.partners[0].index = 1;
	round.partners[0].rail_count = 1;
	round.partners[0].rails[0].target = offer.devices[0].target;
	eg_wire_put_round(&message, &round);
	bad |= save_both(folder, "round", EG_WIRE_ROUND);
	round.depth = EG_DEPTH_SIZE;
	round.read_bytes = 4096;
	eg_wire_put_round(&message, &round);
	bad |= save_both(folder, "round-size", EG_WIRE_ROUND);
	result.rails[0].state = EG_RAIL_OK;
	result.rails[0].alone_bytes = 1 << 20;
	result.rails[1].state = EG_RAIL_FAILED;
	strcpy(result.rails[1].text, "Unresponsive receiver");
	eg_wire_put_result(&message, &result);
	return bad | save_both(folder, "result", EG_WIRE_RESULT);
}

static int save_credential(const char *folder, const char *name, const struct eg_auth *auth)
{
	const struct eg_auth_payload payload = { .data = "a claim", .length = 7 };
	struct eg_credential credential;

	if (auth->seal(auth->context, &payload, &credential, NULL))
		return 1;
	message.length = strlen(credential.text);
	memcpy(message.data, credential.text, message.length);
	return save(folder, name, CREDENTIAL, 0);
}

static int save_credentials(const char *folder)
{
	static const uint8_t key[EG_MAC_BYTES], nonce[EG_WIRE_NONCE] = { 1, 2, 3 };
	const struct eg_refusal refusal = { .reason = EG_REFUSAL_UID, .uid = 1, .refused_uid = 2 };
	struct eg_auth auth;
	uint32_t uid = 0;
	int bad;

	if (eg_auth_key_open(key, uid, &auth, NULL))
		return 1;
	bad = save_credential(folder, "credential-key", &auth);
	eg_auth_key_close(&auth);
	eg_auth_none_open(&uid, &auth);
	bad |= save_credential(folder, "credential-none", &auth);
	eg_wire_put_challenge(&message, nonce);
	bad |= save_both(folder, "challenge", EG_WIRE_CHALLENGE);
	eg_wire_put_refusal(&message, &refusal);
	return bad | save_both(folder, "refusal", EG_WIRE_REFUSAL);
}

int main(int argc, char **argv)
{
	static const struct eg_wire_finding finding = { "EG403", EG_FAIL, EG_BLAME_DEVICE,
							"0000:10:1b.0", "unreachable" };
	struct eg_credential credential = { .text = "MUNGE:AwQDAAD" };
	struct eg_ready ready = { .outcome = EG_FAIL, .devices = 4, .finding_count = 1 };
	struct eg_verdict verdict = { .go = 1, .line = "efagate: 2 nodes", .finding_count = 1 };
	struct eg_wire_claim claim = { .kind = EG_WIRE_HELLO, .count = 2, .node = "n1" };
	const char *folder = argc == 2 ? argv[1] : NULL;
	int bad;

	if (!folder)
		return 64;
	ready.findings[0] = finding;
	verdict.findings[0] = finding;
	eg_wire_put_credential(&message, EG_WIRE_HELLO, &credential);
	bad = save_both(folder, "hello", EG_WIRE_HELLO);
	eg_wire_put_ready(&message, &ready);
	bad |= save_both(folder, "ready", EG_WIRE_READY);
	eg_wire_put_verdict(&message, &verdict);
	bad |= save_both(folder, "verdict", EG_WIRE_VERDICT);
	eg_wire_put_claim(&message, &claim);
	bad |= save(folder, "claim", CLAIM, 0);
	bad |= save_credentials(folder);
	return bad | save_traffic(folder);
}
