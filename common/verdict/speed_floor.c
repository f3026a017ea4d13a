/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/speed_floor.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define FLOOR_MAX 100000

/* The number behind "TYPE=" in the word at @word, 0 when it is not such a word. */
static uint32_t number_of(const char *word, size_t length, size_t *ret_type)
{
	const char *equals = memchr(word, '=', length);
	uint32_t number = 0;

	if (!equals || equals == word || equals + 1 == word + length)
		return 0;
	for (const char *c = equals + 1; c < word + length; c++) {
		if (!isdigit((unsigned char)*c))
			return 0;
		number = number * 10 + (uint32_t)(*c - '0');
		if (number > FLOOR_MAX)
			return 0;
	}
	*ret_type = (size_t)(equals - word);
	return number;
}

uint32_t eg_speed_floor(const char *floors, const char *type)
{
	size_t length, type_length = 0;

	for (const char *word = floors; word && *word; word += length) {
		uint32_t number;

		word += strspn(word, " ");
		length = strcspn(word, " ");
		number = number_of(word, length, &type_length);
		if (number && type_length == strlen(type) && !strncmp(word, type, type_length))
			return number;
	}
	return 0;
}

const char *eg_speed_floor_mistake(const char *floors)
{
	size_t length, type_length;

	for (const char *word = floors; *word; word += length) {
		word += strspn(word, " ");
		length = strcspn(word, " ");
		if (length && !number_of(word, length, &type_length))
			return word;
	}
	return NULL;
}
