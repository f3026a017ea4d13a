/* SPDX-License-Identifier: BSD-3-Clause */
/* What is believed by hand: names are learned, all else is as strict as in a step. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/burst/claim.h"
#include "common/burst/hand.h"
#include "common/burst/session.h"
#include "tests/unit/hand_side.h"

/* @claim, sealed as @uid, as the leader by hand takes it. */
static int hello_of(const struct eg_wire_claim *claim, uint32_t uid, struct eg_wire_claim *ret)
{
	struct eg_wire_buffer out;
	struct side side;
	int rc;

	new_side(&side, 0, "n1", &own_uid);
	side.auth = test_seal_auth(&uid);
	assert_int_equal(eg_claim_seal(&side.session, claim, &out, NULL), 0);
	rc = eg_claim_check_hello(&side.session, out.data + EG_WIRE_HEADER,
				  out.length - EG_WIRE_HEADER, 21000, ret);
	if (rc == -EPERM)
		assert_int_equal(side.hand.sealed_uid, uid);
	end_side(&side);
	return rc;
}

static void any_name_is_taken_that_can_be_shown(void **state)
{
	static const char *const bad[] = { "", " ", "n 2", "n\x01", "n\x7f", "n\xc3\xa4", "n2 " };
	static const char *const good[] = { "n2", "ip-10-0-0-7.ec2.internal", "x", "fe80::1%eth0" };

	(void)state;
	for (size_t i = 0; i < EG_COUNT(bad); i++)
		assert_false(eg_hand_name_is_good(bad[i]));
	for (size_t i = 0; i < EG_COUNT(good); i++)
		assert_true(eg_hand_name_is_good(good[i]));
}

static void a_hello_by_hand_is_as_strict_but_for_the_name(void **state)
{
	struct eg_wire_claim good, claim, got;
	struct side side;

	(void)state;
	new_side(&side, 1, "whatever.it.is", &own_uid);
	eg_claim_init(&good, &side.session, EG_WIRE_HELLO, 1, 21000);
	end_side(&side);
	assert_int_equal(hello_of(&good, 2001, &got), 0);
	assert_string_equal(got.node, "whatever.it.is");
	assert_int_equal(hello_of(&good, 0, &got), 0);
	assert_int_equal(hello_of(&good, 2002, &got), -EPERM);
#define BAD(field, value)                                                \
	do {                                                             \
		claim = good;                                            \
		claim.field = (value);                                   \
		assert_int_equal(hello_of(&claim, 2001, &got), -EACCES); \
	} while (0)
	BAD(kind, EG_WIRE_WELCOME);
	BAD(job, 17);
	BAD(step, 1);
	BAD(count, 3);
	BAD(port, 21001);
	BAD(index, 0);
	BAD(index, 2);
	BAD(node[0], '\0');
	BAD(node[0], '\xc3');
	/* A control character becomes a blank on the way. */
	BAD(node[1], '\n');
}

static int welcome_of(const struct eg_wire_claim *claim, struct eg_wire_claim *hello, uint32_t uid,
		      char *ret_name)
{
	struct eg_wire_buffer out;
	struct side side;
	int rc;

	new_side(&side, 1, "n2", &own_uid);
	side.auth = test_seal_auth(&uid);
	assert_int_equal(eg_claim_seal(&side.session, claim, &out, NULL), 0);
	rc = eg_claim_check_welcome(&side.session, out.data + EG_WIRE_HEADER,
				    out.length - EG_WIRE_HEADER, hello);
	strcpy(ret_name, side.names[0]);
	end_side(&side);
	return rc;
}

static void a_welcome_by_hand_is_bound_to_the_hello(void **state)
{
	struct eg_wire_claim hello, good, claim;
	char name[EG_NODE_NAME_MAX];
	struct side leader, member;

	(void)state;
	new_side(&leader, 0, "n1", &own_uid);
	new_side(&member, 1, "n2", &own_uid);
	eg_claim_init(&hello, &member.session, EG_WIRE_HELLO, 1, 21000);
	assert_int_equal(eg_claim_nonce(hello.nonce), 0);
	eg_claim_init(&good, &leader.session, EG_WIRE_WELCOME, 1, 21000);
	memcpy(good.nonce, hello.nonce, sizeof(good.nonce));
	end_side(&leader);
	end_side(&member);
	assert_int_equal(welcome_of(&good, &hello, 2001, name), 0);
	assert_string_equal(name, "n1");
	assert_int_equal(welcome_of(&good, &hello, 2002, name), -EPERM);
	assert_string_equal(name, "");
	assert_int_equal(welcome_of(&hello, &hello, 2001, name), -EACCES);
#undef BAD
#define BAD(field, value)                                                          \
	do {                                                                       \
		claim = good;                                                      \
		claim.field = (value);                                             \
		assert_int_equal(welcome_of(&claim, &hello, 2001, name), -EACCES); \
		assert_string_equal(name, "");                                     \
	} while (0)
	/* An old one. */
	BAD(nonce[0], (uint8_t)(good.nonce[0] + 1));
	BAD(job, 17);
	BAD(index, 0);
	BAD(port, 21001);
	BAD(node[0], '\0');
	BAD(node[1], ' ');
}

static void refusals_come_back_and_bad_ones_do_not(void **state)
{
	struct eg_refusal refusal = { .reason = EG_REFUSAL_UID,
				      .uid = 1,
				      .refused_uid = 0x01020304 };
	struct eg_refusal got;
	struct eg_wire_buffer out;
	struct eg_wire_header header;

	(void)state;
	eg_wire_put_refusal(&out, &refusal);
	assert_int_equal(eg_wire_get_header(out.data, &header), 0);
	assert_int_equal(eg_wire_get_version(out.data), EG_WIRE_VERSION);
	assert_int_equal(eg_wire_get_refusal(out.data + EG_WIRE_HEADER, header.length, &got), 0);
	assert_memory_equal(&refusal, &got, sizeof(got));
	for (size_t n = 0; n < header.length; n++)
		assert_int_equal(eg_wire_get_refusal(out.data + EG_WIRE_HEADER, n, &got), -EPROTO);
	out.data[EG_WIRE_HEADER] = EG_REFUSAL_SESSION + 1;
	assert_int_equal(eg_wire_get_refusal(out.data + EG_WIRE_HEADER, header.length, &got),
			 -EPROTO);
	out.data[EG_WIRE_HEADER] = 0;
	assert_int_equal(eg_wire_get_refusal(out.data + EG_WIRE_HEADER, header.length, &got),
			 -EPROTO);
	out.data[0] = 'x';
	assert_int_equal(eg_wire_get_version(out.data), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_name_is_taken_that_can_be_shown),
		cmocka_unit_test(a_hello_by_hand_is_as_strict_but_for_the_name),
		cmocka_unit_test(a_welcome_by_hand_is_bound_to_the_hello),
		cmocka_unit_test(refusals_come_back_and_bad_ones_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
