/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/wire.h"

#include <errno.h>
#include <string.h>

#include "common/burst/wire_bytes.h"
#include "common/verdict/finding.h"

#define CLAIM_MAGIC 0x43574745u /* "EGWC": another kind of bytes than a message */

#define FINDINGS_BYTES(count) ((count) * (sizeof(struct eg_wire_finding) + 8))

/* Bodies larger than this are nothing of ours, by type. */
static const uint32_t body_max[] = {
	[EG_WIRE_HELLO] = EG_CREDENTIAL_MAX + 2,
	[EG_WIRE_WELCOME] = EG_CREDENTIAL_MAX + 2,
	[EG_WIRE_READY] = 64 + FINDINGS_BYTES(EG_WIRE_FINDINGS_MAX),
	[EG_WIRE_ROUND] = EG_WIRE_MESSAGE_MAX - EG_WIRE_HEADER,
	[EG_WIRE_RESULT] = EG_WIRE_MESSAGE_MAX - EG_WIRE_HEADER,
	[EG_WIRE_VERDICT] = EG_STEP_LINE_MAX + 16 + FINDINGS_BYTES(EG_VERDICT_FINDINGS_MAX),
	[EG_WIRE_OFFER] = EG_WIRE_MESSAGE_MAX - EG_WIRE_HEADER,
	[EG_WIRE_REFUSAL] = 9,
	[EG_WIRE_CHALLENGE] = EG_WIRE_NONCE,
};

#define TYPE_COUNT (sizeof(body_max) / sizeof(body_max[0]))

void eg_wire_put_credential(struct eg_wire_buffer *ret, enum eg_wire_type type,
			    const struct eg_credential *credential)
{
	eg_put_begin(ret, type);
	eg_put_text(ret, credential->text, sizeof(credential->text));
	eg_put_end(ret);
}

static void put_findings(struct eg_wire_buffer *ret, const struct eg_wire_finding *findings,
			 uint16_t count, uint16_t max)
{
	if (count > max)
		count = max;
	eg_put_number(ret, count, 2);
	for (size_t i = 0; i < count; i++) {
		const struct eg_wire_finding *finding = &findings[i];

		eg_put_text(ret, finding->id, sizeof(finding->id));
		eg_put_number(ret, finding->outcome, 1);
		eg_put_number(ret, finding->blame, 1);
		eg_put_text(ret, finding->subject, sizeof(finding->subject));
		eg_put_text(ret, finding->text, sizeof(finding->text));
	}
}

void eg_wire_put_ready(struct eg_wire_buffer *ret, const struct eg_ready *ready)
{
	eg_put_begin(ret, EG_WIRE_READY);
	eg_put_number(ret, ready->outcome, 1);
	eg_put_number(ret, ready->huge_page, 1);
	eg_put_number(ret, ready->warnings, 4);
	eg_put_number(ret, ready->devices, 4);
	eg_put_number(ret, ready->huge_page_size_kib, 8);
	eg_put_number(ret, ready->huge_pages_total, 8);
	eg_put_number(ret, ready->huge_pages_available, 8);
	eg_put_number(ret, ready->huge_pages_demand, 8);
	put_findings(ret, ready->findings, ready->finding_count, EG_WIRE_FINDINGS_MAX);
	eg_put_end(ret);
}

void eg_wire_put_verdict(struct eg_wire_buffer *ret, const struct eg_verdict *verdict)
{
	eg_put_begin(ret, EG_WIRE_VERDICT);
	eg_put_number(ret, verdict->go, 1);
	eg_put_number(ret, verdict->outcome, 1);
	eg_put_lines(ret, verdict->line, sizeof(verdict->line));
	put_findings(ret, verdict->findings, verdict->finding_count, EG_VERDICT_FINDINGS_MAX);
	eg_put_end(ret);
}

void eg_wire_put_refusal(struct eg_wire_buffer *ret, const struct eg_refusal *refusal)
{
	eg_put_begin(ret, EG_WIRE_REFUSAL);
	eg_put_number(ret, refusal->reason, 1);
	eg_put_number(ret, refusal->uid, 4);
	eg_put_number(ret, refusal->refused_uid, 4);
	eg_put_end(ret);
}

void eg_wire_put_challenge(struct eg_wire_buffer *ret, const uint8_t nonce[EG_WIRE_NONCE])
{
	eg_put_begin(ret, EG_WIRE_CHALLENGE);
	eg_put_bytes(ret, nonce, EG_WIRE_NONCE);
	eg_put_end(ret);
}

void eg_wire_put_claim(struct eg_wire_buffer *ret, const struct eg_wire_claim *claim)
{
	ret->length = 0;
	eg_put_number(ret, CLAIM_MAGIC, 4);
	eg_put_number(ret, EG_WIRE_VERSION, 2);
	eg_put_number(ret, claim->kind, 2);
	eg_put_number(ret, claim->port, 2);
	eg_put_number(ret, claim->job, 4);
	eg_put_number(ret, claim->step, 4);
	eg_put_number(ret, claim->index, 4);
	eg_put_number(ret, claim->count, 4);
	eg_put_bytes(ret, claim->nonce, sizeof(claim->nonce));
	eg_put_bytes(ret, claim->leader_nonce, sizeof(claim->leader_nonce));
	eg_put_text(ret, claim->node, sizeof(claim->node));
}

uint16_t eg_wire_get_version(const uint8_t *data)
{
	struct eg_reader in = { .data = data, .left = EG_WIRE_HEADER };

	if (eg_get_number(&in, 4, UINT32_MAX) != EG_WIRE_MAGIC)
		return 0;
	return (uint16_t)eg_get_number(&in, 2, UINT16_MAX);
}

int eg_wire_get_header(const uint8_t *data, struct eg_wire_header *ret)
{
	struct eg_reader in = { .data = data, .left = EG_WIRE_HEADER };

	if (eg_get_number(&in, 4, UINT32_MAX) != EG_WIRE_MAGIC ||
	    eg_get_number(&in, 2, UINT16_MAX) != EG_WIRE_VERSION)
		return -EPROTO;
	ret->type = (uint16_t)eg_get_number(&in, 2, UINT16_MAX);
	ret->length = (uint32_t)eg_get_number(&in, 4, UINT32_MAX);
	if (ret->type == 0 || ret->type >= TYPE_COUNT || ret->length > body_max[ret->type])
		return -EPROTO;
	return 0;
}

int eg_wire_get_credential(const uint8_t *body, size_t length, struct eg_credential *ret)
{
	struct eg_reader in = { .data = body, .left = length };

	eg_get_text(&in, ret->text, sizeof(ret->text));
	return eg_get_finish(&in);
}

static void get_finding(struct eg_reader *in, struct eg_wire_finding *ret)
{
	eg_get_text(in, ret->id, sizeof(ret->id));
	ret->outcome = (uint8_t)eg_get_number(in, 1, EG_FAIL);
	ret->blame = (uint8_t)eg_get_number(in, 1, EG_BLAME_CLUSTER);
	eg_get_text(in, ret->subject, sizeof(ret->subject));
	eg_get_text(in, ret->text, sizeof(ret->text));
	if (strlen(ret->id) != 5 || strncmp(ret->id, "EG", 2) != 0 ||
	    strspn(ret->id + 2, "0123456789") != 3)
		in->bad = true;
}

static uint16_t get_findings(struct eg_reader *in, struct eg_wire_finding *ret, uint16_t max)
{
	uint16_t count = (uint16_t)eg_get_number(in, 2, max);

	for (size_t i = 0; i < count; i++)
		get_finding(in, &ret[i]);
	return count;
}

int eg_wire_get_ready(const uint8_t *body, size_t length, struct eg_ready *ret)
{
	struct eg_reader in = { .data = body, .left = length };

	memset(ret, 0, sizeof(*ret));
	ret->outcome = (uint8_t)eg_get_number(&in, 1, EG_FAIL);
	ret->huge_page = (uint8_t)eg_get_number(&in, 1, 1);
	ret->warnings = (uint32_t)eg_get_number(&in, 4, EG_FINDINGS_MAX);
	ret->devices = (uint32_t)eg_get_number(&in, 4, 1024);
	ret->huge_page_size_kib = eg_get_number(&in, 8, UINT64_MAX);
	ret->huge_pages_total = eg_get_number(&in, 8, UINT64_MAX);
	ret->huge_pages_available = eg_get_number(&in, 8, UINT64_MAX);
	ret->huge_pages_demand = eg_get_number(&in, 8, UINT64_MAX);
	ret->finding_count = get_findings(&in, ret->findings, EG_WIRE_FINDINGS_MAX);
	/* A bad node says why: what cannot be explained is not to be believed. */
	if (ret->outcome != EG_PASS && !ret->finding_count)
		in.bad = true;
	return eg_get_finish(&in);
}

int eg_wire_get_verdict(const uint8_t *body, size_t length, struct eg_verdict *ret)
{
	struct eg_reader in = { .data = body, .left = length };

	memset(ret, 0, sizeof(*ret));
	ret->go = (uint8_t)eg_get_number(&in, 1, 1);
	ret->outcome = (uint8_t)eg_get_number(&in, 1, EG_FAIL);
	eg_get_lines(&in, ret->line, sizeof(ret->line));
	ret->finding_count = get_findings(&in, ret->findings, EG_VERDICT_FINDINGS_MAX);
	return eg_get_finish(&in);
}

int eg_wire_get_refusal(const uint8_t *body, size_t length, struct eg_refusal *ret)
{
	struct eg_reader in = { .data = body, .left = length };

	memset(ret, 0, sizeof(*ret));
	ret->reason = (uint8_t)eg_get_number(&in, 1, EG_REFUSAL_SESSION);
	ret->uid = (uint32_t)eg_get_number(&in, 4, UINT32_MAX);
	ret->refused_uid = (uint32_t)eg_get_number(&in, 4, UINT32_MAX);
	if (!ret->reason)
		in.bad = true;
	return eg_get_finish(&in);
}

static void get_nonce(struct eg_reader *in, uint8_t ret[EG_WIRE_NONCE])
{
	const uint8_t *nonce = eg_get_bytes(in, EG_WIRE_NONCE);

	if (nonce)
		memcpy(ret, nonce, EG_WIRE_NONCE);
}

int eg_wire_get_challenge(const uint8_t *body, size_t length, uint8_t ret[EG_WIRE_NONCE])
{
	struct eg_reader in = { .data = body, .left = length };

	get_nonce(&in, ret);
	return eg_get_finish(&in);
}

int eg_wire_get_claim(const uint8_t *data, size_t length, struct eg_wire_claim *ret)
{
	struct eg_reader in = { .data = data, .left = length };

	memset(ret, 0, sizeof(*ret));
	if (eg_get_number(&in, 4, UINT32_MAX) != CLAIM_MAGIC ||
	    eg_get_number(&in, 2, UINT16_MAX) != EG_WIRE_VERSION)
		return -EPROTO;
	ret->kind = (uint16_t)eg_get_number(&in, 2, EG_WIRE_WELCOME);
	ret->port = (uint16_t)eg_get_number(&in, 2, UINT16_MAX);
	ret->job = (uint32_t)eg_get_number(&in, 4, UINT32_MAX);
	ret->step = (uint32_t)eg_get_number(&in, 4, UINT32_MAX);
	ret->index = (uint32_t)eg_get_number(&in, 4, EG_NODELIST_MAX - 1);
	ret->count = (uint32_t)eg_get_number(&in, 4, EG_NODELIST_MAX);
	get_nonce(&in, ret->nonce);
	get_nonce(&in, ret->leader_nonce);
	eg_get_text(&in, ret->node, sizeof(ret->node));
	if (ret->kind != EG_WIRE_HELLO && ret->kind != EG_WIRE_WELCOME)
		in.bad = true;
	return eg_get_finish(&in);
}
