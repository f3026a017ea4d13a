/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/pattern.h"

#include <string.h>

/* A mixer of 64 bits: neighbouring places and seeds have nothing in common. */
static uint64_t word_at(uint64_t seed, uint64_t place)
{
	uint64_t x = seed + place * 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 32)) * 0xff51afd7ed558ccdULL;
	return x ^ (x >> 29);
}

void eg_pattern_fill(void *data, size_t size, uint64_t seed, uint64_t offset)
{
	uint8_t *to = data;

	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t word = word_at(seed, (offset + i) / 8);

		memcpy(to + i, &word, sizeof(word));
	}
}

bool eg_pattern_check(const void *data, size_t size, uint64_t seed, uint64_t offset,
		      size_t *ret_wrong)
{
	const uint8_t *from = data;

	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t word = word_at(seed, (offset + i) / 8);

		if (!memcmp(from + i, &word, sizeof(word)))
			continue;
		*ret_wrong = i;
		while (from[*ret_wrong] == ((const uint8_t *)&word)[*ret_wrong - i])
			++*ret_wrong;
		return false;
	}
	return true;
}
