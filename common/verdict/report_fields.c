/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/report_fields.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void eg_fields_refuse(struct eg_fields *fields, const char *key, const char *fmt, ...)
{
	char why[160];
	va_list args;

	if (fields->rc)
		return;
	va_start(args, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	fields->rc = eg_err_set(fields->err, EINVAL, "report: %s%.60s: %s", fields->path, key, why);
}

const char *eg_fields_type_name(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",
		[JSON_STRING] = "a string",  [JSON_INTEGER] = "a whole number",
		[JSON_REAL] = "a number",    [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",	     [JSON_NULL] = "null",
	};

	return names[json_typeof(value)];
}

const json_t *eg_fields_get(struct eg_fields *fields, const char *key)
{
	return json_object_get(fields->object, key);
}

/* The value of @key when it is of @type; another type is a fault, absence is not. */
static const json_t *get_typed(struct eg_fields *fields, const char *key, json_type type)
{
	const json_t *value = eg_fields_get(fields, key);
	const char *wanted = type == JSON_OBJECT   ? "an object"
			     : type == JSON_ARRAY  ? "a list"
			     : type == JSON_STRING ? "a string"
						   : "a whole number";

	if (value && json_typeof(value) != type) {
		eg_fields_refuse(fields, key, "expected %s, found %s", wanted,
				 eg_fields_type_name(value));
		return NULL;
	}
	return value;
}

struct eg_fields eg_fields_enter(struct eg_fields *fields, const char *key)
{
	struct eg_fields inner = *fields;

	inner.object = get_typed(fields, key, JSON_OBJECT);
	inner.rc = fields->rc;
	(void)snprintf(inner.path, sizeof(inner.path), "%.40s%.20s.", fields->path, key);
	return inner;
}

struct eg_fields eg_fields_enter_item(struct eg_fields *fields, const char *key, size_t index)
{
	struct eg_fields inner = *fields;
	const json_t *item = json_array_get(json_object_get(fields->object, key), index);

	(void)snprintf(inner.path, sizeof(inner.path), "%.20s[%zu]", key, index);
	inner.object = NULL;
	if (json_is_object(item))
		inner.object = item;
	else
		eg_fields_refuse(&inner, "", "expected an object, found %s",
				 eg_fields_type_name(item));
	strcat(inner.path, ".");
	return inner;
}

bool eg_fields_printable(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] < ' ' || text[i] > '~')
			return false;
	}
	return true;
}

void eg_fields_get_text(struct eg_fields *fields, const char *key, char *ret, size_t size)
{
	const json_t *value = get_typed(fields, key, JSON_STRING);
	size_t length = json_string_length(value);

	ret[0] = '\0';
	if (!value)
		return;
	if (length >= size)
		eg_fields_refuse(fields, key, "longer than %zu characters", size - 1);
	else if (!eg_fields_printable(json_string_value(value), length))
		eg_fields_refuse(fields, key, "holds a character that is not printable ASCII");
	else
		memcpy(ret, json_string_value(value), length + 1);
}

void eg_fields_need(struct eg_fields *fields, const char *key)
{
	if (!eg_fields_get(fields, key))
		eg_fields_refuse(fields, key, "is missing");
}

/* @missing is what an absent number stands for. */
int64_t eg_fields_get_number(struct eg_fields *fields, const char *key, int64_t max,
			     int64_t missing)
{
	const json_t *value = get_typed(fields, key, JSON_INTEGER);

	if (!value)
		return missing;
	if (json_integer_value(value) < 0 || json_integer_value(value) > max) {
		eg_fields_refuse(fields, key, "%lld is not in 0 to %lld",
				 (long long)json_integer_value(value), (long long)max);
		return missing;
	}
	return json_integer_value(value);
}

uint64_t eg_fields_get_thousandths(struct eg_fields *fields, const char *key, uint64_t max)
{
	const json_t *value = eg_fields_get(fields, key);
	double number = json_number_value(value) * 1000 + 0.5;

	if (!value)
		return 0;
	if (!json_is_number(value)) {
		eg_fields_refuse(fields, key, "expected a number, found %s",
				 eg_fields_type_name(value));
		return 0;
	}
	if (!(number >= 0 && number < (double)max + 1)) {
		eg_fields_refuse(fields, key, "%g is not in 0 to %g", json_number_value(value),
				 (double)max / 1000);
		return 0;
	}
	return (uint64_t)number;
}

enum eg_tri eg_fields_get_tri(struct eg_fields *fields, const char *key)
{
	const json_t *value = eg_fields_get(fields, key);

	if (!value)
		return EG_NOT_MEASURED;
	if (!json_is_boolean(value)) {
		eg_fields_refuse(fields, key, "expected true or false, found %s",
				 eg_fields_type_name(value));
		return EG_NOT_MEASURED;
	}
	return json_is_true(value) ? EG_YES : EG_NO;
}

/* The index of the text in @words (ended by NULL); -1 when absent. */
int eg_fields_get_word(struct eg_fields *fields, const char *key, const char *const *words)
{
	char text[32];

	eg_fields_get_text(fields, key, text, sizeof(text));
	if (fields->rc || !eg_fields_get(fields, key))
		return -1;
	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], text))
			return i;
	}
	eg_fields_refuse(fields, key, "'%s' is not one of its words", text);
	return -1;
}

size_t eg_fields_get_list(struct eg_fields *fields, const char *key, size_t max)
{
	const json_t *list = get_typed(fields, key, JSON_ARRAY);

	if (list && json_array_size(list) > max) {
		eg_fields_refuse(fields, key, "%zu entries, at most %zu", json_array_size(list),
				 max);
		return 0;
	}
	return list ? json_array_size(list) : 0;
}
