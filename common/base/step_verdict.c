/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/step_verdict.h"

#include <string.h>

static bool printable(unsigned char c)
{
	return c >= ' ' && c != 0x7f;
}

void eg_step_verdict_init(struct eg_step_verdict *verdict, const char *line)
{
	size_t i;

	memset(verdict, 0, sizeof(*verdict));
	verdict->magic = EG_STEP_VERDICT_MAGIC;
	verdict->version = EG_STEP_VERDICT_VERSION;
	verdict->size = sizeof(*verdict);
	for (i = 0; line[i] && i + 1 < sizeof(verdict->line); i++)
		verdict->line[i] = line[i];
	for (i = 0; verdict->line[i]; i++) {
		if (!printable((unsigned char)verdict->line[i]))
			verdict->line[i] = ' ';
	}
}

bool eg_step_verdict_valid(const struct eg_step_verdict *verdict, size_t length)
{
	if (length != sizeof(*verdict) || verdict->magic != EG_STEP_VERDICT_MAGIC ||
	    verdict->version != EG_STEP_VERDICT_VERSION || verdict->size != sizeof(*verdict))
		return false;
	if (verdict->go > 1 || verdict->say > 1 || verdict->huge_page > 1)
		return false;
	if (!memchr(verdict->line, '\0', sizeof(verdict->line)))
		return false;
	for (const char *c = verdict->line; *c; c++) {
		if (!printable((unsigned char)*c))
			return false;
	}
	return true;
}
