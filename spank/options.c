/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"

#define LIST_MAX 64

void eg_options_init(struct eg_options *options)
{
	*options = (struct eg_options){
		.site = { EG_VERIFY_OFF, EG_ON_FAILURE_STOP, EG_HUGE_PAGE_AS_IT_IS, EG_STATS_OFF },
		.helper = EG_BINDIR "/efagate",
		.timeout_ms = EG_STEP_TIMEOUT_DEFAULT_MS,
	};
}

/* The place of @word, -1 when it is none of them. */
static int find_word(const struct eg_option_def *def, const char *word)
{
	if (!word || !*word)
		return def->without;
	for (int i = 0; def->words[i]; i++) {
		if (!strcmp(def->words[i], word))
			return i;
	}
	return -1;
}

/* "off, check": the words that are not forbidden. */
static void list_allowed(const struct eg_options *options, enum eg_option option, char *text)
{
	const struct eg_option_def *def = eg_option_def(option);
	size_t length = 0;

	text[0] = '\0';
	for (int i = 0; def->words[i]; i++) {
		if (options->forbidden[option] & 1u << i)
			continue;
		length += (size_t)snprintf(text + length, LIST_MAX - length, "%s%s",
					   length ? ", " : "", def->words[i]);
	}
}

/* The place of a word the user may choose, or -EINVAL; @name is where it was said. */
static int allowed_word(const struct eg_options *options, enum eg_option option, const char *name,
			const char *word, struct eg_err *err)
{
	int place = find_word(eg_option_def(option), word);
	char list[LIST_MAX];

	list_allowed(options, option, list);
	if (place < 0)
		return eg_err_set(err, EINVAL, "%s: '%.60s' is not one of %s", name,
				  word ? word : "", list);
	if (options->forbidden[option] & 1u << place)
		return eg_err_set(err, EINVAL, "%s: '%s' is not allowed on this cluster, only %s",
				  name, eg_option_def(option)->words[place], list);
	return place;
}

int eg_options_choose(struct eg_options *options, enum eg_option option, const char *word,
		      struct eg_err *err)
{
	char name[40];
	int place;

	(void)snprintf(name, sizeof(name), "--%s", eg_option_def(option)->name);
	place = allowed_word(options, option, name, word, err);
	if (place < 0)
		return place;
	options->user[option] = place;
	options->given[option] = true;
	return 0;
}

int eg_options_variable(const struct eg_options *options, enum eg_option option, const char *word,
			struct eg_err *err)
{
	int place = allowed_word(options, option, eg_option_def(option)->variable, word, err);

	return place < 0 ? place : 0;
}

void eg_options_set_partition(struct eg_options *options, const char *partition)
{
	if (strlen(partition) < sizeof(options->partition))
		(void)strcpy(options->partition, partition);
}

static const struct eg_partition_word *partition_word(const struct eg_options *options,
						      enum eg_option option)
{
	for (size_t i = 0; options->partition[0] && i < options->partition_count; i++) {
		const struct eg_partition_word *word = &options->partition_words[i];

		if (word->option == option && !strcmp(word->partition, options->partition))
			return word;
	}
	return NULL;
}

static bool site_said(const struct eg_options *options, enum eg_option option)
{
	return options->said[option] || partition_word(options, option);
}

static int site_word(const struct eg_options *options, enum eg_option option)
{
	const struct eg_partition_word *word = partition_word(options, option);

	return word ? word->word : options->site[option];
}

bool eg_options_overruled(const struct eg_options *options, enum eg_option option)
{
	return options->forced[option] && options->given[option] &&
	       options->user[option] != site_word(options, option);
}

bool eg_options_said(const struct eg_options *options, enum eg_option option)
{
	return options->given[option] || site_said(options, option);
}

int eg_options_choice(const struct eg_options *options, enum eg_option option)
{
	if (options->given[option] && !options->forced[option])
		return options->user[option];
	if (option == EG_OPTION_HUGE_PAGE && !options->forced[option] &&
	    !site_said(options, option) &&
	    eg_options_choice(options, EG_OPTION_VERIFY) != EG_VERIFY_OFF)
		return EG_HUGE_PAGE_AUTO;
	return site_word(options, option);
}

const char *eg_options_word(const struct eg_options *options, enum eg_option option)
{
	return eg_option_def(option)->words[eg_options_choice(options, option)];
}
