/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/usage.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "prolog/commands/commands.h"

int eg_usage_refuse(const char *command, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "efagate %s: %s; efagate %s --help says more\n", command, text, command);
	return EG_EXIT_USAGE;
}

int eg_usage_bad_option(const char *command, int result, char **argv)
{
	if (result == ':')
		return eg_usage_refuse(command, "option '%s' needs a value", argv[optind - 1]);
	/* A short option stands in optopt, a long one is the word just passed. */
	if (optopt && isascii(optopt) && isgraph(optopt))
		return eg_usage_refuse(command, "unknown option '-%c'", optopt);
	return eg_usage_refuse(command, "unknown option '%s'", argv[optind - 1]);
}

int eg_usage_number(const char *command, const char *option, const char *text, const long *range,
		    long *ret)
{
	char *end = NULL;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || !isdigit((unsigned char)text[0]) || *end || value < range[0] ||
	    value > range[1])
		return eg_usage_refuse(command, "%s '%s': expected a number from %ld to %ld",
				       option, text, range[0], range[1]);
	*ret = value;
	return 0;
}
