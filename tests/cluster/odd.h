/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * odd - what the odd libraries are told: a variable of the environment or, for
 * programs that empty theirs as the gate does, the line of the file /run/NAME.
 */
#ifndef EG_TEST_ODD_H
#define EG_TEST_ODD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The word for @name, or NULL. */
static inline const char *odd(const char *name)
{
	static char line[64];
	const char *word = getenv(name);
	char path[64];
	FILE *file;

	if (word)
		return word;
	(void)snprintf(path, sizeof(path), "/run/%s", name);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	word = fgets(line, sizeof(line), file);
	(void)fclose(file);
	if (word)
		line[strcspn(line, "\n")] = '\0';
	return word;
}

#endif
