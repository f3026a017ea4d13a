/* SPDX-License-Identifier: BSD-3-Clause */
/* No authentication: the payload in hex, and whoever sends it counts as the same user. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/wire.h"

#define PREFIX "NONE:"

static int none_seal(void *context, const struct eg_auth_payload *payload,
		     struct eg_credential *ret, struct eg_err *err)
{
	char *to = ret->text + strlen(PREFIX);

	(void)context;
	if (strlen(PREFIX) + 2 * payload->length >= sizeof(ret->text))
		return eg_err_set(err, EMSGSIZE, "claim of %zu bytes", payload->length);
	strcpy(ret->text, PREFIX);
	for (size_t i = 0; i < payload->length; i++)
		to += sprintf(to, "%02x", payload->data[i]);
	return 0;
}

static int none_unseal(void *context, const struct eg_credential *credential,
		       struct eg_auth_payload *ret, struct eg_err *err)
{
	const char *hex = credential->text + strlen(PREFIX);
	unsigned int byte;

	if (strncmp(credential->text, PREFIX, strlen(PREFIX)) != 0)
		return eg_err_set(err, EACCES, "it authenticates, this side does not");
	ret->length = strlen(hex) / 2;
	if (ret->length > sizeof(ret->data))
		return eg_err_set(err, EACCES, "claim of %zu bytes", ret->length);
	for (size_t i = 0; i < ret->length; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return eg_err_set(err, EACCES, "no hex digits");
		ret->data[i] = (uint8_t)byte;
	}
	ret->uid = *(const uint32_t *)context;
	return 0;
}

void eg_auth_none_open(uint32_t *uid, struct eg_auth *ret)
{
	*ret = (struct eg_auth){ .context = uid, .seal = none_seal, .unseal = none_unseal };
}
