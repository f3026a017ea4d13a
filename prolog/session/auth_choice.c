/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/session/auth_choice.h"

#include <errno.h>
#include <string.h>

#include "common/base/err.h"
#include "common/burst/key_file.h"
#include "common/burst/session.h"
#include "prolog/config.h"

void eg_auth_choice_configure(const struct eg_config *config, struct eg_auth_choice *ret)
{
	ret->way = !strcmp(config->auth, "key") ? EG_AUTH_KEY : EG_AUTH_MUNGE;
	ret->key_file = config->auth_key;
}

static int open_key(const struct eg_auth_choice *choice, const struct eg_session *session,
		    struct eg_auth *ret, struct eg_err *err)
{
	const struct eg_key_use use = {
		.uid = session->root_only ? 0 : session->uid,
		.job = session->job,
		.step = session->step,
	};
	uint8_t key[EG_MAC_BYTES];
	int rc = 0;

	if (choice->key)
		return eg_auth_key_open(choice->key, use.uid, ret, err);
	if (!choice->key_file)
		return eg_err_set(err, ENOKEY, "%s", choice->why ? choice->why : "no session key");
	rc = eg_key_file_derive(choice->key_file, &use, key, err);
	if (!rc)
		rc = eg_auth_key_open(key, use.uid, ret, err);
	explicit_bzero(key, sizeof(key));
	return rc;
}

int eg_auth_choice_open(const struct eg_auth_choice *choice, struct eg_session *session,
			struct eg_auth *ret, struct eg_err *err)
{
	static const uint32_t root;

	*ret = (struct eg_auth){ 0 };
	switch (choice->way) {
	case EG_AUTH_NONE:
		eg_auth_none_open(&session->uid, ret);
		return 0;
	case EG_AUTH_KEY:
		return open_key(choice, session, ret, err);
	case EG_AUTH_MUNGE:
		break;
	}
	/* By hand the partner may be another user, who is to be told so. */
	if (session->hand)
		return eg_auth_munge_open(choice->munge_socket, NULL, ret, err);
	return eg_auth_munge_open(choice->munge_socket, session->root_only ? &root : &session->uid,
				  ret, err);
}

void eg_auth_choice_close(const struct eg_auth_choice *choice, struct eg_auth *auth)
{
	if (choice->way == EG_AUTH_MUNGE)
		eg_auth_munge_close(auth);
	else if (choice->way == EG_AUTH_KEY)
		eg_auth_key_close(auth);
}
