/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void mark_cut(char *text, int length)
{
	if (length >= EG_ERR_TEXT_MAX)
		memcpy(text + EG_ERR_TEXT_MAX - 4, "...", 4);
}

int eg_err_set(struct eg_err *err, int code, const char *fmt, ...)
{
	int saved = errno;
	va_list args;

	if (err) {
		err->code = code;
		va_start(args, fmt);
		mark_cut(err->text, vsnprintf(err->text, sizeof(err->text), fmt, args));
		va_end(args);
	}
	errno = saved;
	return -code;
}

int eg_err_errno(struct eg_err *err, int code, const char *fmt, ...)
{
	int saved = errno;
	char text[EG_ERR_TEXT_MAX];
	char why[80];
	va_list args;

	if (err) {
		va_start(args, fmt);
		(void)vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		(void)eg_err_set(err, code, "%s: %s", text, strerror_r(code, why, sizeof(why)));
	}
	errno = saved;
	return -code;
}

int eg_err_prefix(struct eg_err *err, const char *fmt, ...)
{
	char context[EG_ERR_TEXT_MAX];
	char cause[EG_ERR_TEXT_MAX];
	va_list args;

	if (!err)
		return -EIO;
	va_start(args, fmt);
	(void)vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	memcpy(cause, err->text, sizeof(cause));
	return eg_err_set(err, err->code, "%s: %s", context, cause);
}
