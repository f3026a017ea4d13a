/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/hex.h"

#include <errno.h>
#include <string.h>

static const char digits_of[] = "0123456789abcdef";

char *eg_hex_put(char *text, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		*text++ = digits_of[data[i] >> 4];
		*text++ = digits_of[data[i] & 15];
	}
	*text = '\0';
	return text;
}

static int value_of(char digit)
{
	const char *at = digit ? strchr(digits_of, digit) : NULL;

	return at ? (int)(at - digits_of) : -1;
}

long eg_hex_get(const char *text, size_t digits, uint8_t *ret, size_t size)
{
	if (digits % 2 || digits / 2 > size)
		return -EINVAL;
	for (size_t i = 0; i < digits / 2; i++) {
		int high = value_of(text[2 * i]);
		int low = high < 0 ? -1 : value_of(text[2 * i + 1]);

		if (low < 0)
			return -EINVAL;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return (long)(digits / 2);
}
