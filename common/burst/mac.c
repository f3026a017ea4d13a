/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/mac.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>

void eg_mac(const void *key, size_t key_size, const struct eg_mac_part *parts, size_t count,
	    uint8_t ret[EG_MAC_BYTES])
{
	struct hmac_sha256_ctx context;

	hmac_sha256_set_key(&context, key_size, key);
	for (size_t i = 0; i < count; i++)
		hmac_sha256_update(&context, parts[i].size, parts[i].data);
	hmac_sha256_digest(&context, EG_MAC_BYTES, ret);
}

bool eg_mac_equal(const uint8_t *a, const uint8_t *b, size_t size)
{
	return memeql_sec(a, b, size) != 0;
}
