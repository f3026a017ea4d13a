/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/instance_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/base/fd.h"
#include "common/base/pci_addr.h"

#define COLUMNS 13 /* without the places, which may be left out */
#define COLUMN_PEERS 10
#define LINE_MAX_BYTES 2048 /* 64 places are 960 */
#define NUMA_MAX 63

/* etc/instances.conf itself; the Makefile knows that this file depends on it. */
__asm__(".section .rodata\n"
	".global eg_instances_conf\n"
	".hidden eg_instances_conf\n"
	"eg_instances_conf:\n"
	".incbin \"etc/instances.conf\"\n"
	".global eg_instances_conf_end\n"
	".hidden eg_instances_conf_end\n"
	"eg_instances_conf_end:\n"
	".byte 0\n"
	".previous\n");
extern const char eg_instances_conf[], eg_instances_conf_end[];

/* One row being read: its words, and what is wrong with it. */
struct row {
	char text[LINE_MAX_BYTES];
	char *words[COLUMNS + 1];
	size_t count;
	const char *fault; /* the first column that is wrong, NULL none */
};

void eg_instance_rows_builtin(struct eg_instance_rows *ret)
{
	*ret = (struct eg_instance_rows){ .text = eg_instances_conf,
					  .end = eg_instances_conf_end,
					  .name = "built-in instances.conf" };
}

static void refuse(struct row *row, const char *column)
{
	if (!row->fault)
		row->fault = column;
}

static uint32_t number(struct row *row, const char *word, const char *column, unsigned long min,
		       unsigned long max)
{
	char *end = NULL;
	unsigned long value;

	errno = 0;
	value = strtoul(word, &end, 10);
	if (errno || word[0] < '0' || word[0] > '9' || *end || value < min || value > max)
		refuse(row, column);
	return (uint32_t)value;
}

/* Is @word the second of two words, the first, or neither? */
static bool choice(struct row *row, const char *word, const char *column, const char *no,
		   const char *yes)
{
	if (strcmp(word, no) != 0 && strcmp(word, yes) != 0)
		refuse(row, column);
	return !strcmp(word, yes);
}

static void text(struct row *row, const char *word, const char *column, char *ret, size_t size)
{
	if (strlen(word) >= size ||
	    strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
		    strlen(word))
		refuse(row, column);
	(void)snprintf(ret, size, "%s", word);
}

static uint16_t device_id(struct row *row, const char *word)
{
	char *end = NULL;
	unsigned long value;

	if (!strcmp(word, "-"))
		return 0;
	value = strtoul(word, &end, 16);
	if (strncmp(word, "0xefa", 5) != 0 || strlen(word) != 6 || *end)
		refuse(row, "ID");
	return (uint16_t)value;
}

/* "0000:10:1b.0@0" or without the NUMA node. */
static void place(struct row *row, char *word, struct eg_place *ret)
{
	char *at = strchr(word, '@');

	ret->numa_node = -1;
	if (at) {
		*at = '\0';
		ret->numa_node = (int)number(row, at + 1, "PLACES", 0, NUMA_MAX);
	}
	if (!eg_pci_addr_parse(word, &ret->pci))
		refuse(row, "PLACES");
}

static void read_places(struct row *row, char *list, struct eg_instance_type *ret)
{
	char *next = list;
	char *word;

	while ((word = strsep(&next, ",")) && ret->place_count < EG_DEVICES_MAX) {
		place(row, word, &ret->places[ret->place_count]);
		if (ret->place_count && eg_pci_addr_compare(ret->places[ret->place_count - 1].pci,
							    ret->places[ret->place_count].pci) >= 0)
			refuse(row, "PLACES");
		ret->place_count++;
	}
	if (word || ret->place_count != ret->devices)
		refuse(row, "PLACES");
}

static void read_row(struct row *row, struct eg_instance_type *ret)
{
	char **words = row->words;

	*ret = (struct eg_instance_type){ .place_count = 0 };
	text(row, words[0], "TYPE", ret->name, sizeof(ret->name));
	ret->devices = number(row, words[1], "EFA", 1, EG_DEVICES_MAX);
	ret->gbps_each = number(row, words[2], "EACH", 1, 100000);
	ret->gbps = number(row, words[3], "ALL", 1, 1000000);
	ret->generation = number(row, words[4], "GEN", 0, 99);
	ret->device_id = device_id(row, words[5]);
	ret->rdma_read = choice(row, words[6], "READ", "no", "yes");
	ret->rdma_write = choice(row, words[7], "WRITE", "no", "yes");
	ret->accelerators = number(row, words[8], "ACC", 0, 1024);
	text(row, words[9], "ACC", ret->accelerator, sizeof(ret->accelerator));
	if (!strcmp(words[9], "-"))
		ret->accelerator[0] = '\0';
	ret->only_own = choice(row, words[10], "PEERS", "any", "own");
	text(row, words[11], "CONF", ret->confidence, sizeof(ret->confidence));
	if (strcmp(ret->confidence, "high") != 0 && strcmp(ret->confidence, "medium") != 0 &&
	    strcmp(ret->confidence, "low") != 0)
		refuse(row, "CONF");
	text(row, words[12], "SRC", ret->sources, sizeof(ret->sources));
	if (row->count > COLUMNS)
		read_places(row, words[COLUMNS], ret);
}

/* The words up to a comment; more than there are columns are counted, not kept. */
static void split(struct row *row, char *next)
{
	char *word;

	row->count = 0;
	while ((word = strsep(&next, " \t\r"))) {
		if (!*word)
			continue;
		if (*word == '#')
			return;
		if (row->count <= COLUMNS)
			row->words[row->count] = word;
		row->count++;
	}
}

/* The next line into @row->text: its length, -1 at the end, LINE_MAX_BYTES when it is too long. */
static ssize_t take_line(struct eg_instance_rows *rows, struct row *row)
{
	size_t left = (size_t)(rows->end - rows->text), length;
	const char *newline;

	if (!left)
		return -1;
	newline = memchr(rows->text, '\n', left);
	length = newline ? (size_t)(newline - rows->text) : left;
	if (length < sizeof(row->text)) {
		memcpy(row->text, rows->text, length);
		row->text[length] = '\0';
	}
	rows->text += length + (newline != NULL);
	rows->line++;
	return (ssize_t)(length < sizeof(row->text) ? length : sizeof(row->text));
}

int eg_instance_rows_next(struct eg_instance_rows *rows, struct eg_instance_type *ret,
			  struct eg_err *err)
{
	struct row row = { .fault = NULL };
	struct eg_instance_type type;
	ssize_t length;

	while ((length = take_line(rows, &row)) >= 0) {
		if (length == LINE_MAX_BYTES || memchr(row.text, '\0', (size_t)length))
			return eg_err_set(err, EINVAL, "%s:%u: not a line of text", rows->name,
					  rows->line);
		split(&row, row.text);
		if (!row.count)
			continue;
		if (row.count != COLUMNS && row.count != COLUMNS + 1)
			return eg_err_set(err, EINVAL, "%s:%u: %zu columns, expected %d or %d",
					  rows->name, rows->line, row.count, COLUMNS, COLUMNS + 1);
		read_row(&row, &type);
		if (row.fault)
			return eg_err_set(err, EINVAL, "%s:%u: column %s is wrong", rows->name,
					  rows->line, row.fault);
		*ret = type;
		return 1;
	}
	return 0;
}

int eg_instance_rows_find(struct eg_instance_rows *rows, const char *name,
			  struct eg_instance_type *ret, struct eg_err *err)
{
	struct eg_instance_type type;
	int found = 0, rc;

	while ((rc = eg_instance_rows_next(rows, &type, err)) > 0) {
		if (strcmp(type.name, name) != 0)
			continue;
		if (found)
			return eg_err_set(err, EINVAL, "%s:%u: '%s' has two rows", rows->name,
					  rows->line, type.name);
		*ret = type;
		found = 1;
	}
	return rc < 0 ? rc : found;
}

static int find_in_file(const char *path, const char *name, struct eg_instance_type *ret,
			struct eg_err *err)
{
	EG_CLEANUP(eg_free) char *bytes = malloc(EG_INSTANCE_FILE_BYTES_MAX);
	struct eg_instance_rows rows = { .text = bytes, .name = path };
	ssize_t length;

	if (!bytes)
		return eg_err_errno(err, ENOMEM, "'%s'", path);
	length = eg_file_read_text(AT_FDCWD, path, bytes, EG_INSTANCE_FILE_BYTES_MAX, err);
	if (length == -ENOENT)
		return 0;
	if (length < 0)
		return (int)length;
	rows.end = bytes + length;
	return eg_instance_rows_find(&rows, name, ret, err);
}

int eg_instance_type_find(const char *path, const char *name, struct eg_instance_type *ret,
			  struct eg_err *err)
{
	struct eg_instance_rows builtin;
	int rc = path ? find_in_file(path, name, ret, err) : 0;

	if (rc)
		return rc;
	eg_instance_rows_builtin(&builtin);
	return eg_instance_rows_find(&builtin, name, ret, err);
}

/* The row of @name in the built-in table, or NULL; without reading the others. */
static const char *builtin_row(const char *name)
{
	char start[64 + 3];
	int length = snprintf(start, sizeof(start), "\n%s ", name);

	if (!name[0] || strpbrk(name, " \t\n") || length >= (int)sizeof(start))
		return NULL;
	return memmem(eg_instances_conf, (size_t)(eg_instances_conf_end - eg_instances_conf), start,
		      (size_t)length);
}

/* Is the column PEERS of the row at @at "own"? Its line ends before @end. */
static bool is_own_row(const char *at, const char *end)
{
	for (int column = 0; column < COLUMN_PEERS; column++) {
		while (at < end && *at != ' ' && *at != '\n')
			at++;
		while (at < end && *at == ' ')
			at++;
	}
	return end - at > 3 && !strncmp(at, "own ", 4);
}

/* A session asks for each of its thousands of nodes: nothing but what decides is read. */
uint8_t eg_instance_type_apart(const char *name)
{
	const char *row = builtin_row(name);
	uint8_t place = 0;

	if (!row || !is_own_row(row + 1, eg_instances_conf_end))
		return 0;
	for (const char *line = eg_instances_conf; line <= row + 1; line = strchr(line, '\n') + 1)
		place = (uint8_t)(place +
				  (*line != '#' && is_own_row(line, eg_instances_conf_end)));
	return place;
}
