/* SPDX-License-Identifier: BSD-3-Clause */
/* What is believed in a session, and what the munge side says without a munged. */
#include "tests/unit/cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/claim.h"
#include "common/burst/session.h"
#include "tests/unit/test_seal.h"

static const char *const nodes[] = { "n1", "n2", "n3" };

static struct eg_session some_session(const struct eg_auth *auth)
{
	return (struct eg_session){
		.job = 17, .step = 2, .uid = 2001, .nodes = nodes, .count = 3, .auth = auth
	};
}

/* Seal @claim as @uid and let the leader look at it. */
static int hello_of(const struct eg_wire_claim *claim, uint32_t uid, bool root_only)
{
	struct eg_auth auth = test_seal_auth(&uid);
	struct eg_session session = some_session(&auth);
	struct eg_wire_buffer out;
	struct eg_wire_claim got;

	session.root_only = root_only;
	assert_int_equal(eg_claim_seal(&session, claim, &out, NULL), 0);
	return eg_claim_check_hello(&session, out.data + EG_WIRE_HEADER,
				    out.length - EG_WIRE_HEADER, 21001, &got);
}

static void a_hello_is_believed_only_when_everything_fits(void **state)
{
	struct eg_auth auth = { 0 };
	struct eg_session session = some_session(&auth);
	struct eg_wire_claim good, claim;

	(void)state;
	eg_claim_init(&good, &session, EG_WIRE_HELLO, 2, 21001);
	assert_int_equal(hello_of(&good, 2001, false), 0);
	assert_int_equal(hello_of(&good, 0, false), 0);
	assert_int_equal(hello_of(&good, 2002, false), -EACCES);
	assert_int_equal(hello_of(&good, 2001, true), -EACCES);
	assert_int_equal(hello_of(&good, 0, true), 0);
#define BAD(field, value)                                                 \
	do {                                                              \
		claim = good;                                             \
		claim.field = (value);                                    \
		assert_int_equal(hello_of(&claim, 2001, false), -EACCES); \
	} while (0)
	BAD(kind, EG_WIRE_WELCOME);
	BAD(job, 18);
	BAD(step, 3);
	BAD(count, 4);
	BAD(port, 21002);
	BAD(index, 0);
	BAD(index, 1);
	BAD(index, 3);
	BAD(node[1], '9');
}

static int welcome_of(const struct eg_wire_claim *claim, struct eg_wire_claim *hello, uint32_t uid)
{
	struct eg_auth auth = test_seal_auth(&uid);
	struct eg_session session = some_session(&auth);
	struct eg_wire_buffer out;

	assert_int_equal(eg_claim_seal(&session, claim, &out, NULL), 0);
	return eg_claim_check_welcome(&session, out.data + EG_WIRE_HEADER,
				      out.length - EG_WIRE_HEADER, hello);
}

static void a_welcome_is_bound_to_the_hello(void **state)
{
	struct eg_auth auth = { 0 };
	struct eg_session session = some_session(&auth);
	struct eg_wire_claim hello, good, claim;

	(void)state;
	eg_claim_init(&hello, &session, EG_WIRE_HELLO, 2, 21001);
	assert_int_equal(eg_claim_nonce(hello.nonce), 0);
	eg_claim_init(&good, &session, EG_WIRE_WELCOME, 2, 21001);
	memcpy(good.nonce, hello.nonce, sizeof(good.nonce));
	assert_int_equal(welcome_of(&good, &hello, 2001), 0);
	assert_int_equal(welcome_of(&good, &hello, 0), 0);
	assert_int_equal(welcome_of(&good, &hello, 2002), -EACCES);
	assert_int_equal(welcome_of(&hello, &hello, 2001), -EACCES);
#undef BAD
#define BAD(field, value)                                                    \
	do {                                                                 \
		claim = good;                                                \
		claim.field = (value);                                       \
		assert_int_equal(welcome_of(&claim, &hello, 2001), -EACCES); \
	} while (0)
	BAD(nonce[0], (uint8_t)(good.nonce[0] + 1));
	BAD(job, 18);
	BAD(step, 3);
	BAD(index, 1);
	BAD(count, 2);
	BAD(port, 21002);
	BAD(node[1], '2');
}

static void without_munged_there_is_an_error_not_a_credential(void **state)
{
	struct eg_auth auth;
	struct eg_err err = { 0 };
	struct eg_auth_payload payload = { .length = 3, .data = "abc" };
	struct eg_credential credential = { .text = "no credential" };

	(void)state;
	assert_int_equal(eg_auth_munge_open("/nonexistent/munge.socket", NULL, &auth, &err), 0);
	assert_int_equal(auth.unseal(auth.context, &credential, &payload, &err), -EACCES);
	assert_string_equal(err.text, "munge: Invalid credential format");
	assert_int_equal(auth.seal(auth.context, &payload, &credential, &err), -EIO);
	assert_non_null(strstr(err.text, "munge: "));
	eg_auth_munge_close(&auth);
	eg_auth_munge_close(&auth);
}

static void without_authentication_everybody_is_this_user(void **state)
{
	struct eg_auth_payload payload = { .length = EG_AUTH_PAYLOAD_MAX }, back = { 0 };
	struct eg_credential credential = { .text = "" };
	struct eg_err err = { 0 };
	struct eg_auth auth;
	uint32_t uid = 2001;

	(void)state;
	for (size_t i = 0; i < payload.length; i++)
		payload.data[i] = (uint8_t)i;
	eg_auth_none_open(&uid, &auth);
	assert_int_equal(auth.seal(auth.context, &payload, &credential, &err), 0);
	assert_int_equal(auth.unseal(auth.context, &credential, &back, &err), 0);
	assert_int_equal(back.length, payload.length);
	assert_memory_equal(back.data, payload.data, payload.length);
	assert_int_equal(back.uid, 2001);
	strcpy(credential.text + 5, "xy");
	assert_int_equal(auth.unseal(auth.context, &credential, &back, &err), -EACCES);
	strcpy(credential.text, "MUNGE:AwQFAAA");
	assert_int_equal(auth.unseal(auth.context, &credential, &back, &err), -EACCES);
	assert_string_equal(err.text, "it authenticates, this side does not");
	memset(credential.text, '0', sizeof(credential.text));
	memcpy(credential.text, "NONE:", 5);
	credential.text[sizeof(credential.text) - 1] = '\0';
	assert_int_equal(auth.unseal(auth.context, &credential, &back, &err), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_is_believed_only_when_everything_fits),
		cmocka_unit_test(a_welcome_is_bound_to_the_hello),
		cmocka_unit_test(without_munged_there_is_an_error_not_a_credential),
		cmocka_unit_test(without_authentication_everybody_is_this_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
