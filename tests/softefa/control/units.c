/* SPDX-License-Identifier: BSD-3-Clause */
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_NS 3600000000000ull
#define RATE_MAX 10000000000000ull
#define ERROR_MAX 133

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit times[] = {
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ NULL, 0 },
};

static const struct unit rates[] = {
	{ "kbit", 1000 },
	{ "mbit", 1000000 },
	{ "gbit", 1000000000 },
	{ NULL, 0 },
};

static bool read_unit(const char *text, const struct unit *units, uint64_t most, uint64_t *ret)
{
	char *end;
	unsigned long long number;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || number == 0)
		return false;
	for (; units->name; units++)
		if (strcmp(end, units->name) == 0)
			break;
	if (!units->name || number > most / units->factor)
		return false;
	*ret = number * units->factor;
	return true;
}

bool se_units_time(const char *text, uint64_t *ret_ns)
{
	return read_unit(text, times, HOUR_NS, ret_ns);
}

bool se_units_rate(const char *text, uint64_t *ret_bits_per_second)
{
	return read_unit(text, rates, RATE_MAX, ret_bits_per_second);
}

bool se_units_error(const char *text, uint32_t *ret)
{
	for (uint32_t error = 1; error <= ERROR_MAX; error++) {
		const char *name = strerrorname_np((int)error);

		if (name && strcmp(name, text) == 0) {
			*ret = error;
			return true;
		}
	}
	if (!isdigit((unsigned char)*text) || strlen(text) > 3)
		return false;
	*ret = (uint32_t)atoi(text);
	return *ret >= 1 && *ret <= ERROR_MAX;
}
