/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire_bytes - numbers and texts as they stand in a message, put and taken.
 * What only wire*.c use.
 */
#ifndef EG_BURST_WIRE_BYTES_H
#define EG_BURST_WIRE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/burst/wire.h"

/* All that is put is smaller than a buffer; what would not fit is not put. */
void eg_put_bytes(struct eg_wire_buffer *out, const void *data, size_t size);
void eg_put_number(struct eg_wire_buffer *out, uint64_t value, size_t size);

/* @max counts the final 0; control characters become blanks. */
void eg_put_text(struct eg_wire_buffer *out, const char *text, size_t max);

/* Likewise; newlines stay. */
void eg_put_lines(struct eg_wire_buffer *out, const char *text, size_t max);

/* Around the body of a message. */
void eg_put_begin(struct eg_wire_buffer *out, enum eg_wire_type type);
void eg_put_end(struct eg_wire_buffer *out);

/* What is left to read; once bad, everything reads as 0. */
struct eg_reader {
	const uint8_t *data;
	size_t left;
	bool bad;
};

/* NULL when fewer are left. */
const uint8_t *eg_get_bytes(struct eg_reader *in, size_t size);

/* More than @max is bad. */
uint64_t eg_get_number(struct eg_reader *in, size_t size, uint64_t max);

/* @size counts the final 0. */
void eg_get_text(struct eg_reader *in, char *ret, size_t size);

/* Likewise; newlines may part its lines. */
void eg_get_lines(struct eg_reader *in, char *ret, size_t size);

/* 0, or -EPROTO when something was bad or is left over. */
int eg_get_finish(const struct eg_reader *in);

#endif
