/* SPDX-License-Identifier: BSD-3-Clause */
/* No authentication: the payload in hex, and whoever sends it counts as the same user. */
#include <errno.h>
#include <string.h>

#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/hex.h"
#include "common/burst/wire.h"

#define PREFIX "NONE:"

static int none_seal(void *context, const struct eg_auth_payload *payload,
		     struct eg_credential *ret, struct eg_err *err)
{
	(void)context;
	if (strlen(PREFIX) + 2 * payload->length >= sizeof(ret->text))
		return eg_err_set(err, EMSGSIZE, "claim of %zu bytes", payload->length);
	strcpy(ret->text, PREFIX);
	(void)eg_hex_put(ret->text + strlen(PREFIX), payload->data, payload->length);
	return 0;
}

static int none_unseal(void *context, const struct eg_credential *credential,
		       struct eg_auth_payload *ret, struct eg_err *err)
{
	const char *hex = credential->text + strlen(PREFIX);
	long length;

	if (strncmp(credential->text, PREFIX, strlen(PREFIX)) != 0)
		return eg_err_set(err, EACCES, "it authenticates, this side does not");
	length = eg_hex_get(hex, strlen(hex), ret->data, sizeof(ret->data));
	if (length < 0)
		return eg_err_set(err, EACCES, "no claim in hex digits");
	ret->length = (size_t)length;
	ret->uid = *(const uint32_t *)context;
	return 0;
}

void eg_auth_none_open(uint32_t *uid, struct eg_auth *ret)
{
	*ret = (struct eg_auth){ .context = uid, .seal = none_seal, .unseal = none_unseal };
}
