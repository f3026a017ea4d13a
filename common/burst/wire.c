/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/wire.h"

#include <errno.h>
#include <string.h>

#include "common/verdict/finding.h"

#define CLAIM_MAGIC 0x43574745u /* "EGWC": another kind of bytes than a message */

/* Bodies larger than this are nothing of ours, by type. */
static const uint32_t body_max[] = {
	[EG_WIRE_HELLO] = EG_CREDENTIAL_MAX + 2,
	[EG_WIRE_WELCOME] = EG_CREDENTIAL_MAX + 2,
	[EG_WIRE_READY] = 2048,
	[EG_WIRE_ROUND] = EG_WIRE_MESSAGE_MAX - EG_WIRE_HEADER,
	[EG_WIRE_RESULT] = EG_WIRE_MESSAGE_MAX - EG_WIRE_HEADER,
	[EG_WIRE_VERDICT] = EG_STEP_LINE_MAX + 16,
};

#define TYPE_COUNT (sizeof(body_max) / sizeof(body_max[0]))

bool eg_wire_printable(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

/* All that is put is smaller than a buffer; what would not fit is not put. */
static void put_bytes(struct eg_wire_buffer *out, const void *data, size_t size)
{
	if (size > sizeof(out->data) - out->length)
		return;
	memcpy(out->data + out->length, data, size);
	out->length += size;
}

static void put_number(struct eg_wire_buffer *out, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	put_bytes(out, bytes, size);
}

/* @max counts the final 0; control characters become blanks. */
static void put_text(struct eg_wire_buffer *out, const char *text, size_t max)
{
	size_t length = strnlen(text, max - 1);

	put_number(out, length + 1, 2);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		put_number(out, c < ' ' || c == 0x7f ? ' ' : c, 1);
	}
	put_number(out, 0, 1);
}

static void begin(struct eg_wire_buffer *out, enum eg_wire_type type)
{
	out->length = 0;
	put_number(out, EG_WIRE_MAGIC, 4);
	put_number(out, EG_WIRE_VERSION, 2);
	put_number(out, type, 2);
	put_number(out, 0, 4);
}

static void end(struct eg_wire_buffer *out)
{
	size_t whole = out->length;

	out->length = EG_WIRE_HEADER - 4;
	put_number(out, whole - EG_WIRE_HEADER, 4);
	out->length = whole;
}

void eg_wire_put_credential(struct eg_wire_buffer *ret, enum eg_wire_type type,
			    const struct eg_credential *credential)
{
	begin(ret, type);
	put_text(ret, credential->text, sizeof(credential->text));
	end(ret);
}

void eg_wire_put_ready(struct eg_wire_buffer *ret, const struct eg_ready *ready)
{
	uint16_t count = ready->finding_count;

	if (count > EG_WIRE_FINDINGS_MAX)
		count = EG_WIRE_FINDINGS_MAX;
	begin(ret, EG_WIRE_READY);
	put_number(ret, ready->outcome, 1);
	put_number(ret, ready->huge_page, 1);
	put_number(ret, count, 2);
	put_number(ret, ready->warnings, 4);
	put_number(ret, ready->devices, 4);
	put_number(ret, ready->huge_page_size_kib, 8);
	put_number(ret, ready->huge_pages_total, 8);
	put_number(ret, ready->huge_pages_available, 8);
	put_number(ret, ready->huge_pages_demand, 8);
	for (size_t i = 0; i < count; i++) {
		const struct eg_wire_finding *finding = &ready->findings[i];

		put_text(ret, finding->id, sizeof(finding->id));
		put_number(ret, finding->outcome, 1);
		put_text(ret, finding->text, sizeof(finding->text));
	}
	end(ret);
}

void eg_wire_put_verdict(struct eg_wire_buffer *ret, const struct eg_verdict *verdict)
{
	begin(ret, EG_WIRE_VERDICT);
	put_number(ret, verdict->go, 1);
	put_number(ret, verdict->outcome, 1);
	put_text(ret, verdict->line, sizeof(verdict->line));
	end(ret);
}

void eg_wire_put_claim(struct eg_wire_buffer *ret, const struct eg_wire_claim *claim)
{
	ret->length = 0;
	put_number(ret, CLAIM_MAGIC, 4);
	put_number(ret, EG_WIRE_VERSION, 2);
	put_number(ret, claim->kind, 2);
	put_number(ret, claim->port, 2);
	put_number(ret, claim->job, 4);
	put_number(ret, claim->step, 4);
	put_number(ret, claim->index, 4);
	put_number(ret, claim->count, 4);
	put_bytes(ret, claim->nonce, sizeof(claim->nonce));
	put_text(ret, claim->node, sizeof(claim->node));
}

/* What is left to read; once bad, everything reads as 0. */
struct reader {
	const uint8_t *data;
	size_t left;
	bool bad;
};

static const uint8_t *get_bytes(struct reader *in, size_t size)
{
	const uint8_t *data = in->data;

	if (in->bad || size > in->left) {
		in->bad = true;
		return NULL;
	}
	in->data += size;
	in->left -= size;
	return data;
}

static uint64_t get_number(struct reader *in, size_t size, uint64_t max)
{
	const uint8_t *data = get_bytes(in, size);
	uint64_t value = 0;

	for (size_t i = 0; data && i < size; i++)
		value |= (uint64_t)data[i] << (8 * i);
	if (value > max) {
		in->bad = true;
		return 0;
	}
	return value;
}

static void get_text(struct reader *in, char *ret, size_t size)
{
	size_t length = get_number(in, 2, size);
	const uint8_t *data = get_bytes(in, length);

	ret[0] = '\0';
	if (!data || !length || data[length - 1] || memchr(data, 0, length - 1)) {
		in->bad = true;
		return;
	}
	memcpy(ret, data, length);
	if (!eg_wire_printable(ret))
		in->bad = true;
}

static int finish(const struct reader *in)
{
	return in->bad || in->left ? -EPROTO : 0;
}

int eg_wire_get_header(const uint8_t *data, struct eg_wire_header *ret)
{
	struct reader in = { .data = data, .left = EG_WIRE_HEADER };

	if (get_number(&in, 4, UINT32_MAX) != EG_WIRE_MAGIC ||
	    get_number(&in, 2, UINT16_MAX) != EG_WIRE_VERSION)
		return -EPROTO;
	ret->type = (uint16_t)get_number(&in, 2, UINT16_MAX);
	ret->length = (uint32_t)get_number(&in, 4, UINT32_MAX);
	if (ret->type == 0 || ret->type >= TYPE_COUNT || ret->length > body_max[ret->type])
		return -EPROTO;
	return 0;
}

int eg_wire_get_credential(const uint8_t *body, size_t length, struct eg_credential *ret)
{
	struct reader in = { .data = body, .left = length };

	get_text(&in, ret->text, sizeof(ret->text));
	return finish(&in);
}

static void get_finding(struct reader *in, struct eg_wire_finding *ret)
{
	get_text(in, ret->id, sizeof(ret->id));
	ret->outcome = (uint8_t)get_number(in, 1, EG_FAIL);
	get_text(in, ret->text, sizeof(ret->text));
	if (strlen(ret->id) != 5 || strncmp(ret->id, "EG", 2) != 0 ||
	    strspn(ret->id + 2, "0123456789") != 3)
		in->bad = true;
}

int eg_wire_get_ready(const uint8_t *body, size_t length, struct eg_ready *ret)
{
	struct reader in = { .data = body, .left = length };

	memset(ret, 0, sizeof(*ret));
	ret->outcome = (uint8_t)get_number(&in, 1, EG_FAIL);
	ret->huge_page = (uint8_t)get_number(&in, 1, 1);
	ret->finding_count = (uint16_t)get_number(&in, 2, EG_WIRE_FINDINGS_MAX);
	ret->warnings = (uint32_t)get_number(&in, 4, EG_FINDINGS_MAX);
	ret->devices = (uint32_t)get_number(&in, 4, 1024);
	ret->huge_page_size_kib = get_number(&in, 8, UINT64_MAX);
	ret->huge_pages_total = get_number(&in, 8, UINT64_MAX);
	ret->huge_pages_available = get_number(&in, 8, UINT64_MAX);
	ret->huge_pages_demand = get_number(&in, 8, UINT64_MAX);
	for (size_t i = 0; i < ret->finding_count; i++)
		get_finding(&in, &ret->findings[i]);
	/* A bad node says why: what cannot be explained is not to be believed. */
	if (ret->outcome != EG_PASS && !ret->finding_count)
		in.bad = true;
	return finish(&in);
}

int eg_wire_get_verdict(const uint8_t *body, size_t length, struct eg_verdict *ret)
{
	struct reader in = { .data = body, .left = length };

	ret->go = (uint8_t)get_number(&in, 1, 1);
	ret->outcome = (uint8_t)get_number(&in, 1, EG_FAIL);
	get_text(&in, ret->line, sizeof(ret->line));
	return finish(&in);
}

int eg_wire_get_claim(const uint8_t *data, size_t length, struct eg_wire_claim *ret)
{
	struct reader in = { .data = data, .left = length };
	const uint8_t *nonce;

	memset(ret, 0, sizeof(*ret));
	if (get_number(&in, 4, UINT32_MAX) != CLAIM_MAGIC ||
	    get_number(&in, 2, UINT16_MAX) != EG_WIRE_VERSION)
		return -EPROTO;
	ret->kind = (uint16_t)get_number(&in, 2, EG_WIRE_WELCOME);
	ret->port = (uint16_t)get_number(&in, 2, UINT16_MAX);
	ret->job = (uint32_t)get_number(&in, 4, UINT32_MAX);
	ret->step = (uint32_t)get_number(&in, 4, UINT32_MAX);
	ret->index = (uint32_t)get_number(&in, 4, EG_NODELIST_MAX - 1);
	ret->count = (uint32_t)get_number(&in, 4, EG_NODELIST_MAX);
	nonce = get_bytes(&in, EG_WIRE_NONCE);
	if (nonce)
		memcpy(ret->nonce, nonce, EG_WIRE_NONCE);
	get_text(&in, ret->node, sizeof(ret->node));
	if (ret->kind != EG_WIRE_HELLO && ret->kind != EG_WIRE_WELCOME)
		in.bad = true;
	return finish(&in);
}
