/* SPDX-License-Identifier: BSD-3-Clause */
#include "listening.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_LISTEN 0x0a
#define SOCKET_PREFIX "socket:["

/* Whether @table, one of /proc/net/tcp, says that socket @inode listens. */
static bool table_has(const char *table, unsigned long inode)
{
	FILE *file = fopen(table, "re");
	char line[512];
	unsigned int state;
	unsigned long each;
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, " %*[^ ] %*[^ ] %*[^ ] %x %*[^ ] %*[^ ] %*[^ ] %*d %*d %lu",
			       &state, &each) == 2 &&
			state == STATE_LISTEN && each == inode;
	if (file)
		(void)fclose(file);
	return found;
}

static bool listens(const char *link)
{
	char target[64] = "";
	unsigned long inode;

	if (readlink(link, target, sizeof(target) - 1) < 0 ||
	    strncmp(target, SOCKET_PREFIX, strlen(SOCKET_PREFIX)) != 0)
		return false;
	inode = strtoul(target + strlen(SOCKET_PREFIX), NULL, 10);
	return table_has("/proc/net/tcp", inode) || table_has("/proc/net/tcp6", inode);
}

bool se_is_listening(void)
{
	bool found = false;
	glob_t links;

	if (glob("/proc/[0-9]*/fd/*", GLOB_NOSORT, NULL, &links) != 0)
		return false;
	for (size_t i = 0; i < links.gl_pathc && !found; i++)
		found = listens(links.gl_pathv[i]);
	globfree(&links);
	return found;
}
