/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/reason.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/verdict/finding.h"

#define PREFIX "efagate "

/* What scontrol and a log can carry on one line: printable ASCII without double quotes. */
static void clean(char *text)
{
	for (; *text; text++) {
		if (*text == '"')
			*text = '\'';
		else if (!isascii((unsigned char)*text) || !isprint((unsigned char)*text))
			*text = ' ';
	}
}

char *eg_reason_text(const struct eg_finding *finding, uint32_t job_id, char *text)
{
	char job[24] = "";
	size_t room, length;

	if (job_id)
		(void)snprintf(job, sizeof(job), " (job %u)", job_id);
	room = EG_REASON_MAX - strlen(job);
	length = (size_t)snprintf(text, room, PREFIX "%s: %s", finding->id, finding->text);
	if (length >= room)
		memcpy(text + room - 4, "...", 4);
	clean(text);
	strcat(text, job);
	return text;
}

bool eg_reason_is_ours(const char *reason)
{
	const char *id = reason + strlen(PREFIX);

	if (strncmp(reason, PREFIX "EG", strlen(PREFIX "EG")) != 0)
		return false;
	for (int i = 2; i < 5; i++) {
		if (!isdigit((unsigned char)id[i]))
			return false;
	}
	return id[5] == ':' && id[6] == ' ';
}
