/* SPDX-License-Identifier: BSD-3-Clause */
/* make_corpus - a good message of every kind into FOLDER: where the fuzzer starts. */
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/offer.h"
#include "common/burst/wire.h"
#include "common/burst/wire_traffic.h"
#include "common/verdict/finding.h"

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
	result.rails[0].state = EG_RAIL_OK;
	result.rails[0].alone_bytes = 1 << 20;
	result.rails[1].state = EG_RAIL_FAILED;
	strcpy(result.rails[1].text, "Unresponsive receiver");
	eg_wire_put_result(&message, &result);
	return bad | save_both(folder, "result", EG_WIRE_RESULT);
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
	bad |= save(folder, "claim", 8, 0);
	return bad | save_traffic(folder);
}
