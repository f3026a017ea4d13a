/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/burst/wire_bytes.h"

#include <errno.h>
#include <string.h>

bool eg_wire_printable(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

void eg_put_bytes(struct eg_wire_buffer *out, const void *data, size_t size)
{
	if (size > sizeof(out->data) - out->length)
		return;
	memcpy(out->data + out->length, data, size);
	out->length += size;
}

void eg_put_number(struct eg_wire_buffer *out, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	eg_put_bytes(out, bytes, size);
}

static void put_text(struct eg_wire_buffer *out, const char *text, size_t max, bool lines)
{
	size_t length = strnlen(text, max - 1);

	eg_put_number(out, length + 1, 2);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		bool good = (c >= ' ' && c != 0x7f) || (lines && c == '\n');

		eg_put_number(out, good ? c : ' ', 1);
	}
	eg_put_number(out, 0, 1);
}

void eg_put_text(struct eg_wire_buffer *out, const char *text, size_t max)
{
	put_text(out, text, max, false);
}

void eg_put_lines(struct eg_wire_buffer *out, const char *text, size_t max)
{
	put_text(out, text, max, true);
}

void eg_put_begin(struct eg_wire_buffer *out, enum eg_wire_type type)
{
	out->length = 0;
	eg_put_number(out, EG_WIRE_MAGIC, 4);
	eg_put_number(out, EG_WIRE_VERSION, 2);
	eg_put_number(out, type, 2);
	eg_put_number(out, 0, 4);
}

void eg_put_end(struct eg_wire_buffer *out)
{
	size_t whole = out->length;

	out->length = EG_WIRE_HEADER - 4;
	eg_put_number(out, whole - EG_WIRE_HEADER, 4);
	out->length = whole;
}

const uint8_t *eg_get_bytes(struct eg_reader *in, size_t size)
{
	const uint8_t *data = in->data;

	if (in->bad || size > in->left) {
		in->bad = true;
		return NULL;
	}
	in->data += size;
	in->left -= size;
	return data;
}

uint64_t eg_get_number(struct eg_reader *in, size_t size, uint64_t max)
{
	const uint8_t *data = eg_get_bytes(in, size);
	uint64_t value = 0;

	for (size_t i = 0; data && i < size; i++)
		value |= (uint64_t)data[i] << (8 * i);
	if (value > max) {
		in->bad = true;
		return 0;
	}
	return value;
}

static void get_text(struct eg_reader *in, char *ret, size_t size)
{
	size_t length = eg_get_number(in, 2, size);
	const uint8_t *data = eg_get_bytes(in, length);

	ret[0] = '\0';
	if (!data || !length || data[length - 1] || memchr(data, 0, length - 1)) {
		in->bad = true;
		return;
	}
	memcpy(ret, data, length);
}

void eg_get_text(struct eg_reader *in, char *ret, size_t size)
{
	get_text(in, ret, size);
	if (!eg_wire_printable(ret))
		in->bad = true;
}

void eg_get_lines(struct eg_reader *in, char *ret, size_t size)
{
	get_text(in, ret, size);
	if (!eg_step_text_valid(ret, strlen(ret)))
		in->bad = true;
}

int eg_get_finish(const struct eg_reader *in)
{
	return in->bad || in->left ? -EPROTO : 0;
}
