/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * report_fields - taking checked values out of a JSON object. The first fault
 * sticks, with the key's path; what is read after it means nothing, so that
 * readers need not ask after each value. Private to the readers of
 * reports.
 */
#ifndef EG_VERDICT_REPORT_FIELDS_H
#define EG_VERDICT_REPORT_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/node/facts.h"

struct eg_findings;

struct eg_fields {
	const json_t *object; /* NULL reads as an empty object */
	char path[64]; /* "devices[3].", in front of its keys */
	int rc; /* 0, or the first fault's -EINVAL */
	struct eg_err *err;
};

/* Record a fault of @key, unless there was one before. */
void eg_fields_refuse(struct eg_fields *fields, const char *key, const char *fmt, ...)
	EG_PRINTF(3, 4);

/* "a string", "true": what @value is, for messages. */
const char *eg_fields_type_name(const json_t *value);

/* The value of @key, or NULL. */
const json_t *eg_fields_get(struct eg_fields *fields, const char *key);

/* Is this printable ASCII throughout? */
bool eg_fields_printable(const char *text, size_t length);

/* A fault when @key is absent. */
void eg_fields_need(struct eg_fields *fields, const char *key);

/*
 * The object of @key, or entry @index of the list @key. The caller hands its rc
 * back to @fields when done. An absent object reads as empty.
 */
struct eg_fields eg_fields_enter(struct eg_fields *fields, const char *key);
struct eg_fields eg_fields_enter_item(struct eg_fields *fields, const char *key, size_t index);

/* Text of fewer than @size printable characters, "" when absent. */
void eg_fields_get_text(struct eg_fields *fields, const char *key, char *ret, size_t size);

/* A whole number from 0 to @max; @missing is what an absent one stands for. */
int64_t eg_fields_get_number(struct eg_fields *fields, const char *key, int64_t max,
			     int64_t missing);

/* A number in thousandths, rounded, from 0 to @max of these; 0 when absent. */
uint64_t eg_fields_get_thousandths(struct eg_fields *fields, const char *key, uint64_t max);

/* EG_YES, EG_NO, or EG_NOT_MEASURED when absent. */
enum eg_tri eg_fields_get_tri(struct eg_fields *fields, const char *key);

/* The index of the text in @words (ended by NULL), -1 when absent. */
int eg_fields_get_word(struct eg_fields *fields, const char *key, const char *const *words);

/* The length of a list of at most @max entries, 0 when absent. */
size_t eg_fields_get_list(struct eg_fields *fields, const char *key, size_t max);

/* The list "findings" of a report, or of a node in a survey (report_read.c). */
void eg_report_read_findings(struct eg_fields *root, struct eg_findings *ret);

#endif
