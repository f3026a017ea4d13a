/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/tell.h"

#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include <slurm/spank.h>

static void tell(const char *text, void (*out)(const char *, ...))
{
	while (text && *text) {
		const size_t length = strcspn(text, "\n");

		if (length)
			out("%.*s", (int)length, text);
		text += length;
		text += *text == '\n';
	}
}

void eg_tell_user(const char *text)
{
	tell(text, slurm_spank_log);
}

void eg_tell_log(const char *text)
{
	tell(text, slurm_info);
}
