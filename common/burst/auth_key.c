/* SPDX-License-Identifier: BSD-3-Clause */
/* Authentication by a key of the session: the payload in hex and a code over it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/burst/auth.h"
#include "common/burst/hex.h"
#include "common/burst/wire.h"

#define PREFIX "KEY1:"

/* Of an eg_auth, whose context this is. */
struct key {
	uint8_t bytes[EG_MAC_BYTES];
	uint32_t uid;
};

static void code_of(const struct key *key, const struct eg_auth_payload *payload,
		    uint8_t ret[EG_MAC_BYTES])
{
	static const char label[] = "efagate.credential/1";
	const struct eg_mac_part parts[] = {
		{ label, sizeof(label) },
		{ payload->data, payload->length },
	};

	eg_mac(key->bytes, sizeof(key->bytes), parts, EG_COUNT(parts), ret);
}

static int key_seal(void *context, const struct eg_auth_payload *payload, struct eg_credential *ret,
		    struct eg_err *err)
{
	uint8_t code[EG_MAC_BYTES];
	char *to = ret->text + strlen(PREFIX);

	if (strlen(PREFIX) + 2 * (payload->length + sizeof(code)) >= sizeof(ret->text))
		return eg_err_set(err, EMSGSIZE, "claim of %zu bytes", payload->length);
	code_of(context, payload, code);
	strcpy(ret->text, PREFIX);
	to = eg_hex_put(to, code, sizeof(code));
	(void)eg_hex_put(to, payload->data, payload->length);
	return 0;
}

static int key_unseal(void *context, const struct eg_credential *credential,
		      struct eg_auth_payload *ret, struct eg_err *err)
{
	const struct key *key = context;
	const char *hex = credential->text + strlen(PREFIX);
	uint8_t got[EG_MAC_BYTES], code[EG_MAC_BYTES];
	size_t digits;
	long length = -1;

	if (strncmp(credential->text, PREFIX, strlen(PREFIX)) != 0)
		return eg_err_set(err, EACCES, "it does not authenticate by a key");
	digits = strlen(hex);
	if (digits >= 2 * sizeof(got) &&
	    eg_hex_get(hex, 2 * sizeof(got), got, sizeof(got)) == (long)sizeof(got))
		length = eg_hex_get(hex + 2 * sizeof(got), digits - 2 * sizeof(got), ret->data,
				    sizeof(ret->data));
	if (length < 0)
		return eg_err_set(err, EACCES, "no claim in hex digits");
	ret->length = (size_t)length;
	code_of(key, ret, code);
	if (!eg_mac_equal(got, code, sizeof(code)))
		return eg_err_set(err, EACCES, "another session key: of another file, user or job");
	ret->uid = key->uid;
	return 0;
}

int eg_auth_key_open(const uint8_t bytes[EG_MAC_BYTES], uint32_t uid, struct eg_auth *ret,
		     struct eg_err *err)
{
	struct key *key = calloc(1, sizeof(*key));

	*ret = (struct eg_auth){ 0 };
	if (!key)
		return eg_err_set(err, ENOMEM, "session key: no memory");
	memcpy(key->bytes, bytes, EG_MAC_BYTES);
	key->uid = uid;
	*ret = (struct eg_auth){ .context = key,
				 .seal = key_seal,
				 .unseal = key_unseal,
				 .challenges = true,
				 .keyed = true };
	memcpy(ret->key, bytes, EG_MAC_BYTES);
	return 0;
}

void eg_auth_key_close(struct eg_auth *auth)
{
	if (auth->context)
		explicit_bzero(auth->context, sizeof(struct key));
	free(auth->context);
	explicit_bzero(auth, sizeof(*auth));
}
