/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * config - efagate.conf: what the site says, read and checked as a whole.
 *
 * Keys, ranges and defaults are in config_keys.def. An unknown key, a key said
 * twice or a value out of range is an error with file and line, and then
 * nothing of the file counts. Behind the keys may stand sections: [policy],
 * what is made of each id, and [partition NAME], keys that hold for the jobs
 * of that partition instead.
 */
#ifndef EG_PROLOG_CONFIG_H
#define EG_PROLOG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "prolog/policy.h"

struct eg_err;

#define EG_CONFIG_DEFAULT EG_SYSCONFDIR "/efagate/efagate.conf"
#define EG_CONFIG_BYTES_MAX 65536
#define EG_CONFIG_LINE_MAX 190 /* inih reads lines of up to 198 characters */

#define EG_CONFIG_PATH_MAX 256 /* more than fits in a line */
#define EG_CONFIG_WORD_MAX 16
#define EG_CONFIG_SECTIONS_MAX 48 /* inih cuts their names at 50 characters */

struct eg_config {
#define TEXT(name, size, start, sentence) char name[size];
#define FILE_PATH(name, start, sentence) char name[EG_CONFIG_PATH_MAX];
#define WORD(name, words, start, sentence) char name[EG_CONFIG_WORD_MAX];
#define NUMBER(name, min, max, start, sentence) uint32_t name;
#include "prolog/config_keys.def"
#undef TEXT
#undef FILE_PATH
#undef WORD
#undef NUMBER
	struct eg_policy policy;
};

/* What stands in the table about one key, as text. */
struct eg_config_key {
	const char *name;
	const char *range; /* "a|b", "0 to 64", "text", "path" */
	const char *start; /* the default, "" empty */
	const char *sentence;
};

/* The keys in the order of the table; the last has the name NULL. */
const struct eg_config_key *eg_config_keys(void);

/* The value of @key as text in @ret (EG_CONFIG_PATH_MAX bytes), which is returned. */
const char *eg_config_value(const struct eg_config *config, const struct eg_config_key *key,
			    char *ret);

/* Each key with its range, default and sentence, for --help. */
void eg_config_print_keys(FILE *to);

/* Everything at its default. */
void eg_config_init(struct eg_config *config);

/* mode = enforce */
bool eg_config_enforces(const struct eg_config *config);

/*
 * Parse @length bytes of @text; @name stands for the file in messages.
 * Returns 0 with @ret filled, or -EINVAL with "FILE:LINE: what is wrong".
 */
int eg_config_parse(const char *name, const char *text, size_t length, struct eg_config *ret,
		    struct eg_err *err);

struct eg_config_text {
	const char *name, *text;
	size_t length;
};

/* The same for a job of @partition, NULL: of none. */
int eg_config_parse_for(const struct eg_config_text *text, const char *partition,
			struct eg_config *ret, struct eg_err *err);

/*
 * Read @path; NULL means EG_CONFIG_DEFAULT, which may be missing: then all has
 * its default. Returns 0, -EINVAL, or the errno of reading a file that was named.
 */
int eg_config_load(const char *path, struct eg_config *ret, struct eg_err *err);

/* The same for a job of @partition, NULL: of none. */
int eg_config_load_for(const char *path, const char *partition, struct eg_config *ret,
		       struct eg_err *err);

#endif
