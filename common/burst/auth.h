/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * auth - who sent this: a few bytes sealed so that the receiver knows the
 * sender's uid and that nothing was changed.
 *
 * Function pointers, because sites differ (munge or a key), and because the
 * session is tested without a daemon.
 */
#ifndef EG_BURST_AUTH_H
#define EG_BURST_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/burst/mac.h"

struct eg_credential;
struct eg_err;

#define EG_AUTH_PAYLOAD_MAX 512 /* a claim with the longest node name */

struct eg_auth_payload {
	uint8_t data[EG_AUTH_PAYLOAD_MAX];
	size_t length;
	uint32_t uid; /* of the sender, set by unseal */
};

struct eg_auth {
	void *context;

	/*
	 * Nothing else keeps a credential from being used twice: a HELLO is to
	 * be bound to bytes that the leader has just drawn. False where one can
	 * be unsealed once (munge).
	 */
	bool challenges;
	bool keyed; /* messages behind the WELCOME carry a code, see eg_claim_conn_key() */
	uint8_t key[EG_MAC_BYTES]; /* of the session; 0 where credentials keep secrets (munge) */

	/* A credential over @payload. 0 or -errno. */
	int (*seal)(void *context, const struct eg_auth_payload *payload, struct eg_credential *ret,
		    struct eg_err *err);

	/* 0, or -EACCES for a credential that is forged, used, too old or not one; or -errno. */
	int (*unseal)(void *context, const struct eg_credential *credential,
		      struct eg_auth_payload *ret, struct eg_err *err);
};

/*
 * Load libmunge.so.2. @socket is munged's, NULL for the library's default.
 * Only processes of the effective user *@reader can unseal what is sealed
 * here (NULL: everybody), so that it keeps secrets from others.
 * Both functions take a few ms each; with a stopped munged they block beyond
 * 6 s, so the caller needs a timer that ends it.
 * Returns 0 or -ELIBACC. To be closed with eg_auth_munge_close().
 */
int eg_auth_munge_open(const char *socket, const uint32_t *reader, struct eg_auth *ret,
		       struct eg_err *err);

/* Takes a zeroed @auth. */
void eg_auth_munge_close(struct eg_auth *auth);

/*
 * By @key, which only @uid's processes in this session have (key_file.h):
 * what it sealed was sealed by @uid. The key is copied. Does not block.
 * Returns 0 or -ENOMEM. To be closed with eg_auth_key_close().
 */
int eg_auth_key_open(const uint8_t key[EG_MAC_BYTES], uint32_t uid, struct eg_auth *ret,
		     struct eg_err *err);

/* Takes a zeroed @auth. */
void eg_auth_key_close(struct eg_auth *auth);

/*
 * Nothing is proved: every claim is taken, as sealed by *@uid, which stays the
 * caller's. For two people on hosts without munge. Nothing to be closed.
 */
void eg_auth_none_open(uint32_t *uid, struct eg_auth *ret);

#endif
