/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_seal - an eg_auth without a daemon: a credential is the uid and the
 * payload in hex. The uid is what the sender says, so a test can lie.
 */
#ifndef EG_TESTS_TEST_SEAL_H
#define EG_TESTS_TEST_SEAL_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/burst/auth.h"
#include "common/burst/wire.h"

static int test_seal(void *context, const struct eg_auth_payload *payload,
		     struct eg_credential *ret, struct eg_err *err)
{
	int at = sprintf(ret->text, "TEST:%08x:", *(uint32_t *)context);

	(void)err;
	for (size_t i = 0; i < payload->length; i++)
		at += sprintf(ret->text + at, "%02x", payload->data[i]);
	return 0;
}

static int test_unseal(void *context, const struct eg_credential *credential,
		       struct eg_auth_payload *ret, struct eg_err *err)
{
	const char *hex = credential->text + 14;

	(void)context;
	(void)err;
	if (sscanf(credential->text, "TEST:%8x:", &ret->uid) != 1)
		return -EACCES;
	ret->length = strlen(hex) / 2;
	for (size_t i = 0; i < ret->length && i < sizeof(ret->data); i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return -EACCES;
		ret->data[i] = (uint8_t)byte;
	}
	return 0;
}

/* @uid stays the caller's. */
static inline struct eg_auth test_seal_auth(uint32_t *uid)
{
	return (struct eg_auth){ .context = uid, .seal = test_seal, .unseal = test_unseal };
}

#endif
