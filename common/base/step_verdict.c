/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/step_verdict.h"

#include <string.h>

static bool printable(unsigned char c)
{
	return c >= ' ' && c != 0x7f;
}

/* @from into the @size bytes at @to; newlines stay where they part lines. */
static void copy_clean(char *to, size_t size, const char *from, bool lines)
{
	size_t i;

	memset(to, 0, size);
	for (i = 0; from[i] && i + 1 < size; i++) {
		const bool good = printable((unsigned char)from[i]) || (lines && from[i] == '\n');

		to[i] = good ? from[i] : ' ';
	}
}

void eg_step_verdict_init(struct eg_step_verdict *verdict, const char *line)
{
	memset(verdict, 0, sizeof(*verdict));
	verdict->magic = EG_STEP_VERDICT_MAGIC;
	verdict->version = EG_STEP_VERDICT_VERSION;
	verdict->size = sizeof(*verdict);
	copy_clean(verdict->line, sizeof(verdict->line), line, true);
}

void eg_step_verdict_note(struct eg_step_verdict *verdict, const char *note)
{
	copy_clean(verdict->note, sizeof(verdict->note), note, false);
}

bool eg_step_text_valid(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!printable((unsigned char)text[i]) && text[i] != '\n')
			return false;
	}
	return true;
}

/* Ends within its @size bytes, and is printable. */
static bool text_good(const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);

	return end && eg_step_text_valid(text, (size_t)(end - text));
}

bool eg_step_verdict_valid(const struct eg_step_verdict *verdict, size_t length)
{
	if (length != sizeof(*verdict) || verdict->magic != EG_STEP_VERDICT_MAGIC ||
	    verdict->version != EG_STEP_VERDICT_VERSION || verdict->size != sizeof(*verdict))
		return false;
	if (verdict->go > 1 || verdict->say > 1 || verdict->huge_page > 1 ||
	    verdict->text_size > EG_STEP_TEXT_MAX)
		return false;
	return text_good(verdict->id, sizeof(verdict->id)) &&
	       text_good(verdict->line, sizeof(verdict->line)) &&
	       text_good(verdict->note, sizeof(verdict->note));
}
