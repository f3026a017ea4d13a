/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/auth.h"

#include <dlfcn.h>
#include <errno.h>
#include <munge.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/burst/wire.h"

#define TTL_S 60 /* a session takes seconds; the rest is for clocks that differ */

/* Loaded, not linked: sites with another authentication have no libmunge. */
struct munge {
	void *library;
	munge_ctx_t sealing; /* decoding overwrites a context, so that has none but the socket's */
	char *socket;
	__typeof__(munge_encode) *encode;
	__typeof__(munge_decode) *decode;
	__typeof__(munge_strerror) *strerror;
	__typeof__(munge_ctx_create) *ctx_create;
	__typeof__(munge_ctx_destroy) *ctx_destroy;
	__typeof__(munge_ctx_set) *ctx_set;
};

static int fail(const struct munge *munge, munge_err_t code, int number, struct eg_err *err)
{
	return eg_err_set(err, number, "munge: %s", munge->strerror(code));
}

static int munge_seal(void *context, const struct eg_auth_payload *payload,
		      struct eg_credential *ret, struct eg_err *err)
{
	const struct munge *munge = context;
	EG_CLEANUP(eg_free) char *text = NULL;
	munge_err_t code =
		munge->encode(&text, munge->sealing, payload->data, (int)payload->length);

	if (code != EMUNGE_SUCCESS)
		return fail(munge, code, EIO, err);
	if (strlen(text) >= sizeof(ret->text))
		return eg_err_set(err, EMSGSIZE, "munge: credential of %zu bytes", strlen(text));
	strcpy(ret->text, text);
	return 0;
}

static int new_context(const struct munge *munge, munge_ctx_t *ret, struct eg_err *err)
{
	*ret = munge->ctx_create();
	if (!*ret)
		return eg_err_set(err, ENOMEM, "munge: no memory");
	if (munge->socket &&
	    munge->ctx_set(*ret, MUNGE_OPT_SOCKET, munge->socket) != EMUNGE_SUCCESS)
		return eg_err_set(err, EINVAL, "munge: socket '%s'", munge->socket);
	return 0;
}

static int munge_unseal(void *context, const struct eg_credential *credential,
			struct eg_auth_payload *ret, struct eg_err *err)
{
	const struct munge *munge = context;
	EG_CLEANUP(eg_free) void *data = NULL;
	munge_ctx_t decoding = NULL;
	munge_err_t code = EMUNGE_BAD_CRED;
	int length = 0;
	uid_t uid = 0;
	gid_t gid = 0;
	int rc = 0;

	/* Garbage of strangers does not reach munged. */
	if (strncmp(credential->text, "MUNGE:", 6) != 0)
		return fail(munge, code, EACCES, err);
	rc = new_context(munge, &decoding, err);
	if (!rc)
		code = munge->decode(credential->text, decoding, &data, &length, &uid, &gid);
	if (decoding)
		munge->ctx_destroy(decoding);
	if (rc)
		return rc;
	if (code == EMUNGE_SOCKET || code == EMUNGE_NO_MEMORY)
		return fail(munge, code, EIO, err);
	if (code != EMUNGE_SUCCESS)
		return fail(munge, code, EACCES, err);
	if (length < 0 || (size_t)length > sizeof(ret->data))
		return eg_err_set(err, EACCES, "munge: payload of %d bytes", length);
	if (data)
		memcpy(ret->data, data, (size_t)length);
	ret->length = (size_t)length;
	ret->uid = uid;
	return 0;
}

#define FIND(munge, name, symbol) \
	(((munge)->name = (__typeof__((munge)->name))dlsym((munge)->library, symbol)) != NULL)

static int find_symbols(struct munge *munge, struct eg_err *err)
{
	if (FIND(munge, encode, "munge_encode") && FIND(munge, decode, "munge_decode") &&
	    FIND(munge, strerror, "munge_strerror") &&
	    FIND(munge, ctx_create, "munge_ctx_create") &&
	    FIND(munge, ctx_destroy, "munge_ctx_destroy") && FIND(munge, ctx_set, "munge_ctx_set"))
		return 0;
	return eg_err_set(err, ELIBACC, "libmunge.so.2: %s", dlerror());
}

static int restrict_reader(const struct munge *munge, const uint32_t *reader, struct eg_err *err)
{
	if (!reader || munge->ctx_set(munge->sealing, MUNGE_OPT_UID_RESTRICTION, (uid_t)*reader) ==
			       EMUNGE_SUCCESS)
		return 0;
	return eg_err_set(err, EINVAL, "munge: reader of uid %u", *reader);
}

static int fill_munge(struct munge *munge, const char *socket, const uint32_t *reader,
		      struct eg_err *err)
{
	int rc;

	munge->library = dlopen("libmunge.so.2", RTLD_NOW | RTLD_LOCAL);
	if (!munge->library)
		return eg_err_set(err, ELIBACC, "%s", dlerror());
	rc = find_symbols(munge, err);
	if (rc)
		return rc;
	if (socket) {
		munge->socket = strdup(socket);
		if (!munge->socket)
			return eg_err_set(err, ENOMEM, "munge: no memory");
	}
	rc = new_context(munge, &munge->sealing, err);
	if (!rc && munge->ctx_set(munge->sealing, MUNGE_OPT_TTL, TTL_S) != EMUNGE_SUCCESS)
		rc = eg_err_set(err, EINVAL, "munge: time to live of %d s", TTL_S);
	return rc ? rc : restrict_reader(munge, reader, err);
}

int eg_auth_munge_open(const char *socket, const uint32_t *reader, struct eg_auth *ret,
		       struct eg_err *err)
{
	struct munge *munge = calloc(1, sizeof(*munge));
	int rc;

	*ret = (struct eg_auth){
		.context = munge, .seal = munge_seal, .unseal = munge_unseal, .keyed = true
	};
	if (!munge)
		return eg_err_set(err, ENOMEM, "munge: no memory");
	rc = fill_munge(munge, socket, reader, err);
	if (rc)
		eg_auth_munge_close(ret);
	return rc;
}

void eg_auth_munge_close(struct eg_auth *auth)
{
	struct munge *munge = auth->context;

	if (munge) {
		if (munge->sealing)
			munge->ctx_destroy(munge->sealing);
		if (munge->library)
			(void)dlclose(munge->library);
		free(munge->socket);
		free(munge);
	}
	*auth = (struct eg_auth){ 0 };
}
