/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/verdict/speed_floor.h"

enum type { TYPE_TEXT, TYPE_PATH, TYPE_WORD, TYPE_NUMBER };

struct key {
	const char *name;
	enum type type;
	size_t offset;
	size_t size; /* of a text */
	const char *words; /* "a|b"; of a path the default */
	uint32_t min, max;
};

#define KEY(name, type, size, words, min, max) \
	{ #name, type, offsetof(struct eg_config, name), size, words, min, max },

static const struct key keys[] = {
#define TEXT(name, size, start, sentence) KEY(name, TYPE_TEXT, size, NULL, 0, 0)
#define FILE_PATH(name, start, sentence) KEY(name, TYPE_PATH, EG_CONFIG_PATH_MAX, start, 0, 0)
#define WORD(name, words, start, sentence) KEY(name, TYPE_WORD, EG_CONFIG_WORD_MAX, words, 0, 0)
#define NUMBER(name, min, max, start, sentence) KEY(name, TYPE_NUMBER, 0, NULL, min, max)
#include "prolog/config_keys.def"
#undef TEXT
#undef FILE_PATH
#undef WORD
#undef NUMBER
};

struct parser {
	struct eg_config config;
	bool seen[EG_COUNT(keys)];
	char fault[EG_ERR_TEXT_MAX]; /* the first, "" none */
};

void eg_config_init(struct eg_config *config)
{
	memset(config, 0, sizeof(*config));
#define TEXT(name, size, start, sentence) strcpy(config->name, start);
#define FILE_PATH(name, start, sentence) strcpy(config->name, start);
#define WORD(name, words, start, sentence) strcpy(config->name, start);
#define NUMBER(name, min, max, start, sentence) config->name = start;
#include "prolog/config_keys.def"
#undef TEXT
#undef FILE_PATH
#undef WORD
#undef NUMBER
}

bool eg_config_enforces(const struct eg_config *config)
{
	return !strcmp(config->mode, "enforce");
}

/* Keep the first fault; 0 is inih's word for it. */
static int fault(struct parser *parser, const char *fmt, ...) EG_PRINTF(2, 3);

static int fault(struct parser *parser, const char *fmt, ...)
{
	va_list args;

	if (parser->fault[0])
		return 0;
	va_start(args, fmt);
	(void)vsnprintf(parser->fault, sizeof(parser->fault), fmt, args);
	va_end(args);
	return 0;
}

static int set_number(struct parser *parser, const struct key *key, const char *value)
{
	unsigned long long number;
	char *end = NULL;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end)
		return fault(parser, "%s = %.60s: not a whole number", key->name, value);
	if (errno || number > key->max)
		return fault(parser, "%s = %.60s: above the limit %u", key->name, value, key->max);
	if (number < key->min)
		return fault(parser, "%s = %.60s: below the limit %u", key->name, value, key->min);
	*(uint32_t *)(void *)((char *)&parser->config + key->offset) = (uint32_t)number;
	return 1;
}

/* Is @value one of @words, "a|b"? */
static bool is_word(const char *words, const char *value)
{
	size_t length = strlen(value);

	for (const char *word = words; word; word = strchr(word, '|')) {
		word += *word == '|';
		if (length && !strchr(value, '|') && !strncmp(word, value, length) &&
		    (!word[length] || word[length] == '|'))
			return true;
	}
	return false;
}

static int set_text(struct parser *parser, const struct key *key, const char *value)
{
	if (key->type == TYPE_WORD && !is_word(key->words, value))
		return fault(parser, "%s = %.60s: not one of %s", key->name, value, key->words);
	/* A path may be empty where it is by default. */
	if (key->type == TYPE_PATH && value[0] != '/' && (value[0] || key->words[0]))
		return fault(parser, "%s = %.60s: not an absolute path", key->name, value);
	if (strlen(value) >= key->size)
		return fault(parser, "%s: longer than %zu characters", key->name, key->size - 1);
	if (!strcmp(key->name, "speed_floors") && eg_speed_floor_mistake(value))
		return fault(parser, "%s: '%.60s' is not TYPE=GBPS", key->name,
			     eg_speed_floor_mistake(value));
	memcpy((char *)&parser->config + key->offset, value, strlen(value) + 1);
	return 1;
}

static int take(void *user, const char *section, const char *name, const char *value)
{
	struct parser *parser = user;

	if (section[0])
		return fault(parser, "[%.60s]: no such section", section);
	for (size_t i = 0; i < EG_COUNT(keys); i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (parser->seen[i])
			return fault(parser, "%s: said twice", name);
		parser->seen[i] = true;
		return keys[i].type == TYPE_NUMBER ? set_number(parser, &keys[i], value)
						   : set_text(parser, &keys[i], value);
	}
	return fault(parser, "%.60s: no such key", name);
}

/* What inih would cut or skip in silence: the line it is in, or 0. */
static int find_unreadable(const char *text, size_t length, const char **ret_why)
{
	int line = 1;
	size_t column = 0;

	for (size_t i = 0; i < length; i++) {
		column = text[i] == '\n' ? 0 : column + 1;
		*ret_why = !text[i] ? "a zero byte" : "a line of more than 190 characters";
		if (!text[i] || column > EG_CONFIG_LINE_MAX)
			return line;
		line += text[i] == '\n';
	}
	return 0;
}

int eg_config_parse(const char *name, const char *text, size_t length, struct eg_config *ret,
		    struct eg_err *err)
{
	struct parser parser = { 0 };
	const char *why = NULL;
	int line = find_unreadable(text, length, &why);

	if (line)
		return eg_err_set(err, EINVAL, "%s:%d: %s", name, line, why);
	eg_config_init(&parser.config);
	line = ini_parse_string(text, take, &parser);
	if (line < 0)
		return eg_err_set(err, ENOMEM, "%s: out of memory", name);
	if (line)
		return eg_err_set(err, EINVAL, "%s:%d: %s", name, line,
				  parser.fault[0] ? parser.fault : "not 'key = value'");
	*ret = parser.config;
	return 0;
}

int eg_config_load(const char *path, struct eg_config *ret, struct eg_err *err)
{
	EG_CLEANUP(eg_free) char *text = malloc(EG_CONFIG_BYTES_MAX);
	const char *name = path ? path : EG_CONFIG_DEFAULT;
	ssize_t length;

	if (!text)
		return eg_err_set(err, ENOMEM, "%s: out of memory", name);
	length = eg_file_read_text(AT_FDCWD, name, text, EG_CONFIG_BYTES_MAX, err);
	if (length == -ENOENT && !path) {
		eg_config_init(ret);
		return 0;
	}
	if (length < 0)
		return (int)length;
	return eg_config_parse(name, text, (size_t)length, ret, err);
}
