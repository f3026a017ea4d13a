/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/base/nodelist.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"

struct parser {
	const char *text; /* the whole list, for messages */
	const char *at;
	struct eg_nodelist list;
	struct eg_err *err;
};

static int refuse(struct parser *parser, const char *why)
{
	return eg_err_set(parser->err, EINVAL, "node list '%.120s', character %zu: %s",
			  parser->text, (size_t)(parser->at - parser->text) + 1, why);
}

static int append(struct parser *parser, const char *name)
{
	struct eg_nodelist *list = &parser->list;
	char **grown;

	if (list->count == EG_NODELIST_MAX)
		return eg_err_set(parser->err, E2BIG, "node list: more than %d nodes",
				  EG_NODELIST_MAX);
	grown = reallocarray(list->names, list->count + 1, sizeof(*grown));
	if (!grown)
		return eg_err_set(parser->err, ENOMEM, "node list: out of memory");
	list->names = grown;
	grown[list->count] = strdup(name);
	if (!grown[list->count])
		return eg_err_set(parser->err, ENOMEM, "node list: out of memory");
	list->count++;
	return 0;
}

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

/* Digits at the parser's place, their number and value; at most nine digits. */
static int number(struct parser *parser, unsigned long *ret, int *ret_width)
{
	int width = 0;
	unsigned long value = 0;

	for (; isdigit((unsigned char)*parser->at); parser->at++, width++) {
		if (width == 9)
			return refuse(parser, "a number of more than nine digits");
		value = value * 10 + (unsigned long)(*parser->at - '0');
	}
	if (!width)
		return refuse(parser, "a number was expected");
	*ret = value;
	*ret_width = width;
	return 0;
}

/* "3-7" or "5", behind @prefix. */
static int range(struct parser *parser, const char *prefix)
{
	char name[EG_NODE_NAME_MAX];
	unsigned long first, last;
	int width, last_width;
	int rc = number(parser, &first, &width);

	if (rc)
		return rc;
	last = first;
	if (*parser->at == '-') {
		parser->at++;
		rc = number(parser, &last, &last_width);
		if (!rc && last < first)
			rc = refuse(parser, "a range that runs backwards");
	}
	for (unsigned long i = first; !rc && i <= last; i++) {
		if (snprintf(name, sizeof(name), "%s%0*lu", prefix, width, i) >= (int)sizeof(name))
			return refuse(parser, "a name too long");
		rc = append(parser, name);
	}
	return rc;
}

static int bracket(struct parser *parser, const char *prefix)
{
	int rc;

	do {
		parser->at++; /* '[' or ',' */
		rc = range(parser, prefix);
	} while (!rc && *parser->at == ',');
	if (rc)
		return rc;
	if (*parser->at != ']')
		return refuse(parser, "']' was expected");
	parser->at++;
	return 0;
}

static int item(struct parser *parser)
{
	char prefix[EG_NODE_NAME_MAX];
	size_t length = 0;

	for (; name_char(*parser->at); parser->at++) {
		if (length + 1 == sizeof(prefix))
			return refuse(parser, "a name too long");
		prefix[length++] = *parser->at;
	}
	prefix[length] = '\0';
	if (!length)
		return refuse(parser, "a node name was expected");
	return *parser->at == '[' ? bracket(parser, prefix) : append(parser, prefix);
}

int eg_nodelist_parse(const char *text, struct eg_nodelist *ret, struct eg_err *err)
{
	struct parser parser = { .text = text, .at = text, .err = err };
	int rc;

	for (;;) {
		rc = item(&parser);
		if (rc || *parser.at != ',')
			break;
		parser.at++;
	}
	if (!rc && *parser.at)
		rc = refuse(&parser, "',' was expected");
	if (rc) {
		eg_nodelist_done(&parser.list);
		return rc;
	}
	*ret = parser.list;
	return 0;
}

long eg_nodelist_find(const struct eg_nodelist *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!strcmp(list->names[i], name))
			return (long)i;
	}
	return -1;
}

void eg_nodelist_done(struct eg_nodelist *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct eg_nodelist){ 0 };
}
