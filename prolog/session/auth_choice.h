/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * auth_choice - in which of the ways a session's nodes prove themselves to
 * each other, and opening that.
 */
#ifndef EG_SESSION_AUTH_CHOICE_H
#define EG_SESSION_AUTH_CHOICE_H

#include <stdint.h>

#include "common/burst/auth.h"

struct eg_config;
struct eg_err;
struct eg_session;

enum eg_auth_way {
	EG_AUTH_MUNGE,
	EG_AUTH_KEY,
	EG_AUTH_NONE, /* by hand: whoever comes is believed */
};

struct eg_auth_choice {
	enum eg_auth_way way;
	const char *munge_socket; /* NULL: the library's default */
	/* EG_AUTH_KEY: the session's key, or else the file it is derived from; */
	const uint8_t *key;
	const char *key_file;
	const char *why; /* or why there is neither */
};

/* What the site says: way and file, which stay @config's. */
void eg_auth_choice_configure(const struct eg_config *config, struct eg_auth_choice *ret);

/*
 * Open it for @session, whose job, step and user are set and whose uid must
 * stay where it is: 0 or -errno with a text. May block as the file system of
 * the key's file does.
 */
int eg_auth_choice_open(const struct eg_auth_choice *choice, struct eg_session *session,
			struct eg_auth *ret, struct eg_err *err);

/* Takes a zeroed @auth. */
void eg_auth_choice_close(const struct eg_auth_choice *choice, struct eg_auth *auth);

#endif
