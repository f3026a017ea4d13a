/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/wire.h"
#include "common/verdict/finding.h"

static struct eg_ready some_ready(void)
{
	struct eg_ready ready = {
		.outcome = EG_FAIL,
		.huge_page = 1,
		.finding_count = 2,
		.warnings = 1,
		.devices = 3,
		.huge_page_size_kib = 2048,
		.huge_pages_total = 0x1122334455667788,
		.huge_pages_available = 7,
		.huge_pages_demand = 1728,
	};

	strcpy(ready.findings[0].id, "EG102");
	ready.findings[0].outcome = EG_FAIL;
	ready.findings[0].blame = EG_BLAME_NODE;
	strcpy(ready.findings[0].text, "3/4 EFA on PCI");
	strcpy(ready.findings[1].id, "EG203");
	ready.findings[1].outcome = EG_WARN;
	strcpy(ready.findings[1].text, "memlock");
	return ready;
}

static void a_ready_comes_back_as_it_was(void **state)
{
	struct eg_ready ready = some_ready();
	struct eg_ready got;
	struct eg_wire_buffer out;
	struct eg_wire_header header;

	(void)state;
	eg_wire_put_ready(&out, &ready);
	assert_int_equal(eg_wire_get_header(out.data, &header), 0);
	assert_int_equal(header.type, EG_WIRE_READY);
	assert_int_equal(header.length, out.length - EG_WIRE_HEADER);
	assert_int_equal(eg_wire_get_ready(out.data + EG_WIRE_HEADER, header.length, &got), 0);
	assert_memory_equal(&got, &ready, sizeof(got));
}

static void a_verdict_and_a_claim_come_back(void **state)
{
	struct eg_verdict verdict = {
		.go = 1,
		.outcome = EG_WARN,
		.line = "efagate: fine",
		.finding_count = 1,
		.findings = { { "EG403", EG_FAIL, EG_BLAME_DEVICE, "0000:10:1b.0", "no" } },
	};
	struct eg_wire_claim claim = { .kind = EG_WIRE_HELLO,
				       .port = 21007,
				       .job = 17,
				       .step = 2,
				       .index = 3,
				       .count = 4,
				       .nonce = { 1, 2, 3 },
				       .node = "n4" };
	struct eg_verdict got;
	struct eg_wire_claim back;
	struct eg_wire_buffer out;

	(void)state;
	eg_wire_put_verdict(&out, &verdict);
	assert_int_equal(eg_wire_get_verdict(out.data + EG_WIRE_HEADER, out.length - EG_WIRE_HEADER,
					     &got),
			 0);
	assert_int_equal(got.go, 1);
	assert_int_equal(got.outcome, EG_WARN);
	assert_string_equal(got.line, verdict.line);
	assert_int_equal(got.finding_count, 1);
	assert_memory_equal(got.findings, verdict.findings, sizeof(got.findings));
	eg_wire_put_claim(&out, &claim);
	assert_int_equal(eg_wire_get_claim(out.data, out.length, &back), 0);
	assert_memory_equal(&back, &claim, sizeof(back));
}

static void a_challenge_comes_back(void **state)
{
	const uint8_t nonce[EG_WIRE_NONCE] = { 1, [EG_WIRE_NONCE - 1] = 2 };
	uint8_t back[EG_WIRE_NONCE];
	struct eg_wire_buffer out;
	struct eg_wire_header header;

	(void)state;
	eg_wire_put_challenge(&out, nonce);
	assert_int_equal(eg_wire_get_header(out.data, &header), 0);
	assert_int_equal(header.type, EG_WIRE_CHALLENGE);
	assert_int_equal(header.length, EG_WIRE_NONCE);
	assert_int_equal(eg_wire_get_challenge(out.data + EG_WIRE_HEADER, EG_WIRE_NONCE, back), 0);
	assert_memory_equal(back, nonce, sizeof(back));
	assert_int_equal(eg_wire_get_challenge(out.data + EG_WIRE_HEADER, EG_WIRE_NONCE - 1, back),
			 -EPROTO);
}

static void the_bytes_are_fixed(void **state)
{
	static const uint8_t expected[] = { 'E', 'G', 'W', 'S', 4, 0,	6,   0, 9, 0, 0,
					    0,	 1,   0,   3,	0, 'o', 'k', 0, 0, 0 };
	struct eg_verdict verdict = { .go = 1, .line = "ok" };
	struct eg_wire_buffer out;

	(void)state;
	eg_wire_put_verdict(&out, &verdict);
	assert_int_equal(out.length, sizeof(expected));
	assert_memory_equal(out.data, expected, sizeof(expected));
}

static void a_bad_header_is_rejected(void **state)
{
	/* A byte of a good header, and what it must not be. */
	static const struct {
		size_t at;
		uint8_t value;
	} bad[] = { { 0, 'X' }, { 3, 0 }, { 4, 1 },   { 5, 1 },	 { 6, 0 },
		    { 6, 10 },	{ 7, 1 }, { 9, 255 }, { 10, 1 }, { 11, 255 } };
	struct eg_verdict verdict = { .line = "ok" };
	struct eg_wire_buffer out;
	struct eg_wire_header header;

	(void)state;
	for (size_t i = 0; i < EG_COUNT(bad); i++) {
		eg_wire_put_verdict(&out, &verdict);
		out.data[bad[i].at] = bad[i].value;
		assert_int_equal(eg_wire_get_header(out.data, &header), -EPROTO);
	}
}

static void a_bad_ready_is_rejected(void **state)
{
	/* Offsets in the body: outcome, huge page, warnings, devices, 32 bytes of pages, count. */
	static const struct {
		size_t at;
		uint8_t value;
		const char *what;
	} bad[] = {
		{ 0, 4, "outcome" },
		{ 1, 2, "flag" },
		{ 5, 1, "warnings" },
		{ 9, 1, "devices" },
		{ 42, 5, "count over limit" },
		{ 42, 1, "bytes left over" },
		{ 42, 3, "too few bytes" },
		{ 44, 0, "empty text" },
		{ 44, 9, "text over limit" },
		{ 45, 1, "text over limit" },
		{ 44, 5, "no final 0" },
		{ 46, 'X', "id" },
		{ 48, 'X', "id" },
		{ 48, 0, "0 inside" },
		{ 52, 9, "finding's outcome" },
		{ 53, 9, "finding's blame" },
		{ 54, 0, "empty subject" },
		{ 60, '\n', "control character" },
		{ 60, 0x7f, "control character" },
	};
	struct eg_ready ready = some_ready();
	struct eg_ready got;
	struct eg_wire_buffer out;

	(void)state;
	for (size_t i = 0; i < EG_COUNT(bad); i++) {
		eg_wire_put_ready(&out, &ready);
		out.data[EG_WIRE_HEADER + bad[i].at] = bad[i].value;
		if (eg_wire_get_ready(out.data + EG_WIRE_HEADER, out.length - EG_WIRE_HEADER,
				      &got) != -EPROTO)
			fail_msg("accepted: %s", bad[i].what);
	}
}

static void a_cut_message_is_rejected_at_every_length(void **state)
{
	struct eg_ready ready = some_ready();
	struct eg_ready got;
	struct eg_wire_claim claim = { .kind = EG_WIRE_HELLO, .node = "n1" };
	struct eg_wire_buffer out;

	(void)state;
	eg_wire_put_ready(&out, &ready);
	for (size_t n = 0; n + EG_WIRE_HEADER < out.length; n++)
		assert_int_equal(eg_wire_get_ready(out.data + EG_WIRE_HEADER, n, &got), -EPROTO);
	eg_wire_put_claim(&out, &claim);
	for (size_t n = 0; n < out.length; n++)
		assert_int_equal(eg_wire_get_claim(out.data, n, &claim), -EPROTO);
	assert_int_equal(eg_wire_get_claim(out.data, out.length + 1, &claim), -EPROTO);
}

static void a_failure_without_a_finding_is_rejected(void **state)
{
	struct eg_ready ready = { .outcome = EG_FAIL };
	struct eg_wire_buffer out;

	(void)state;
	eg_wire_put_ready(&out, &ready);
	assert_int_equal(eg_wire_get_ready(out.data + EG_WIRE_HEADER, out.length - EG_WIRE_HEADER,
					   &ready),
			 -EPROTO);
}

static void what_is_sent_is_made_printable_and_cut(void **state)
{
	/* The verdict's lines stay lines; nothing else may have any. */
	struct eg_verdict verdict = {
		.line = "a\nb\033",
		.finding_count = 1,
		.findings = { { .id = "EG901", .text = "c\nd" } },
	};
	struct eg_verdict got;
	struct eg_credential credential;
	struct eg_credential back;
	struct eg_wire_buffer out;

	(void)state;
	eg_wire_put_verdict(&out, &verdict);
	assert_int_equal(eg_wire_get_verdict(out.data + EG_WIRE_HEADER, out.length - EG_WIRE_HEADER,
					     &got),
			 0);
	assert_string_equal(got.line, "a\nb ");
	assert_string_equal(got.findings[0].text, "c d");
	memset(credential.text, 'x', sizeof(credential.text));
	eg_wire_put_credential(&out, EG_WIRE_HELLO, &credential);
	assert_int_equal(eg_wire_get_credential(out.data + EG_WIRE_HEADER,
						out.length - EG_WIRE_HEADER, &back),
			 0);
	assert_int_equal(strlen(back.text), EG_CREDENTIAL_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ready_comes_back_as_it_was),
		cmocka_unit_test(a_verdict_and_a_claim_come_back),
		cmocka_unit_test(a_challenge_comes_back),
		cmocka_unit_test(the_bytes_are_fixed),
		cmocka_unit_test(a_bad_header_is_rejected),
		cmocka_unit_test(a_bad_ready_is_rejected),
		cmocka_unit_test(a_cut_message_is_rejected_at_every_length),
		cmocka_unit_test(a_failure_without_a_finding_is_rejected),
		cmocka_unit_test(what_is_sent_is_made_printable_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
