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

#include <stddef.h>
#include <stdint.h>

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

	/* A credential that can be unsealed once. 0 or -errno. */
	int (*seal)(void *context, const struct eg_auth_payload *payload, struct eg_credential *ret,
		    struct eg_err *err);

	/* 0, or -EACCES for a credential that is forged, used, too old or not one; or -errno. */
	int (*unseal)(void *context, const struct eg_credential *credential,
		      struct eg_auth_payload *ret, struct eg_err *err);
};

/*
 * Load libmunge.so.2. @socket is munged's, NULL for the library's default.
 * Both functions take a few ms each; with a stopped munged they block beyond
 * 6 s, so the caller needs a timer that ends it.
 * Returns 0 or -ELIBACC. To be closed with eg_auth_munge_close().
 */
int eg_auth_munge_open(const char *socket, struct eg_auth *ret, struct eg_err *err);

/* Takes a zeroed @auth. */
void eg_auth_munge_close(struct eg_auth *auth);

/*
 * Nothing is proved: every claim is taken, as sealed by *@uid, which stays the
 * caller's. For two people on hosts without munge. Nothing to be closed.
 */
void eg_auth_none_open(uint32_t *uid, struct eg_auth *ret);

#endif
