/* SPDX-License-Identifier: BSD-3-Clause */
/* The arguments of plugstack.conf: what the site says. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "spank/options.h"

#define FORBID "forbid_"

static int set_helper(struct eg_options *options, const char *path, struct eg_err *err)
{
	if (path[0] != '/')
		return eg_err_set(err, EINVAL,
				  "plugstack.conf: helper: '%.120s' is not an "
				  "absolute path",
				  path);
	if (strlen(path) >= sizeof(options->helper))
		return eg_err_set(err, EINVAL, "plugstack.conf: helper: a path too long");
	(void)strcpy(options->helper, path);
	return 0;
}

static int set_timeout(struct eg_options *options, const char *text, struct eg_err *err)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || *end || !isdigit((unsigned char)text[0]) || value < EG_STEP_TIMEOUT_MIN_MS ||
	    value > EG_STEP_TIMEOUT_MAX_MS)
		return eg_err_set(err, EINVAL,
				  "plugstack.conf: timeout_ms: '%.60s' is not a number from %d "
				  "to %d",
				  text, EG_STEP_TIMEOUT_MIN_MS, EG_STEP_TIMEOUT_MAX_MS);
	options->timeout_ms = (int)value;
	return 0;
}

static int set_auth(struct eg_options *options, const char *word, struct eg_err *err)
{
	if (strcmp(word, "munge") != 0 && strcmp(word, "key") != 0)
		return eg_err_set(err, EINVAL,
				  "plugstack.conf: auth: '%.60s' is not one of munge, key", word);
	options->auth_key = word[0] == 'k';
	return 0;
}

/* The option whose argument is the @length bytes at @name, -1 for none. */
static int find_option(const char *name, size_t length)
{
	for (int i = 0; i < EG_OPTION_COUNT; i++) {
		const char *argument = eg_option_def((enum eg_option)i)->argument;

		if (strlen(argument) == length && !strncmp(argument, name, length))
			return i;
	}
	return -1;
}

/* The place of the word that is the @length bytes at @word, -1 for none. */
static int find_word(const struct eg_option_def *def, const char *word, size_t length)
{
	for (int i = 0; def->words[i]; i++) {
		if (strlen(def->words[i]) == length && !strncmp(def->words[i], word, length))
			return i;
	}
	return -1;
}

/* verify=burst, or verify@PARTITION=burst with @partition. */
static int set_word(struct eg_options *options, enum eg_option option, const char *partition,
		    const char *word, struct eg_err *err)
{
	const struct eg_option_def *def = eg_option_def(option);
	const int place = find_word(def, word, strlen(word));
	const size_t length = partition ? (size_t)(word - 1 - partition) : 0;
	struct eg_partition_word *entry;

	if (place < 0)
		return eg_err_set(err, EINVAL, "plugstack.conf: %s: '%.60s' is not one of %s",
				  def->argument, word, def->list);
	if (!partition) {
		options->site[option] = place;
		options->said[option] = true;
		return 0;
	}
	if (!length || length >= EG_PARTITION_NAME_MAX)
		return eg_err_set(err, EINVAL,
				  "plugstack.conf: %s@: a name of 1 to %d characters "
				  "was expected",
				  def->argument, EG_PARTITION_NAME_MAX - 1);
	if (options->partition_count == EG_PARTITION_WORDS_MAX)
		return eg_err_set(err, EINVAL, "plugstack.conf: more than %d words for partitions",
				  EG_PARTITION_WORDS_MAX);
	entry = &options->partition_words[options->partition_count++];
	memcpy(entry->partition, partition, length);
	entry->option = option;
	entry->word = place;
	return 0;
}

/* force=verify,on_failure */
static int set_force(struct eg_options *options, const char *names, struct eg_err *err)
{
	bool forced[EG_OPTION_COUNT] = { false };

	for (const char *at = names, *end; at; at = *end ? end + 1 : NULL) {
		int option;

		end = strchrnul(at, ',');
		option = find_option(at, (size_t)(end - at));
		if (option < 0)
			return eg_err_set(err, EINVAL,
					  "plugstack.conf: force: '%.*s' is not one of verify, "
					  "on_failure, huge_page, stats",
					  (int)(end - at > 60 ? 60 : end - at), at);
		forced[option] = true;
	}
	for (int i = 0; i < EG_OPTION_COUNT; i++)
		options->forced[i] |= forced[i];
	return 0;
}

/* forbid_verify=burst,full */
static int set_forbidden(struct eg_options *options, enum eg_option option, const char *words,
			 struct eg_err *err)
{
	const struct eg_option_def *def = eg_option_def(option);
	unsigned int forbidden = 0;

	for (const char *at = words, *end; at; at = *end ? end + 1 : NULL) {
		int word;

		end = strchrnul(at, ',');
		word = find_word(def, at, (size_t)(end - at));
		if (word < 0)
			return eg_err_set(err, EINVAL,
					  "plugstack.conf: " FORBID "%s: '%.*s' is not one of %s",
					  def->argument, (int)(end - at > 60 ? 60 : end - at), at,
					  def->list);
		forbidden |= 1u << word;
	}
	options->forbidden[option] |= forbidden;
	return 0;
}

static int unknown(const char *argument, struct eg_err *err)
{
	return eg_err_set(err, EINVAL,
			  "plugstack.conf: unknown argument '%.60s', known are verify=, "
			  "on_failure=, huge_page=, stats= (each also with @PARTITION and behind "
			  "forbid_), force=, helper=, auth=, timeout_ms=",
			  argument);
}

int eg_options_argument(struct eg_options *options, const char *argument, struct eg_err *err)
{
	const char *equal = strchr(argument, '=');
	const char *partition;
	size_t length;
	int option;

	if (!equal)
		return unknown(argument, err);
	if (!strncmp(argument, "helper=", 7))
		return set_helper(options, equal + 1, err);
	if (!strncmp(argument, "auth=", 5))
		return set_auth(options, equal + 1, err);
	if (!strncmp(argument, "timeout_ms=", 11))
		return set_timeout(options, equal + 1, err);
	if (!strncmp(argument, "force=", 6))
		return set_force(options, equal + 1, err);
	if (!strncmp(argument, FORBID, strlen(FORBID))) {
		argument += strlen(FORBID);
		option = find_option(argument, (size_t)(equal - argument));
		return option < 0 ? unknown(argument - strlen(FORBID), err)
				  : set_forbidden(options, (enum eg_option)option, equal + 1, err);
	}
	partition = memchr(argument, '@', (size_t)(equal - argument));
	length = (size_t)((partition ? partition : equal) - argument);
	option = find_option(argument, length);
	if (option < 0)
		return unknown(argument, err);
	return set_word(options, (enum eg_option)option, partition ? partition + 1 : NULL,
			equal + 1, err);
}
