/* SPDX-License-Identifier: BSD-3-Clause */
#include "spank/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"

static const struct eg_option_def defs[EG_OPTION_COUNT] = {
	[EG_OPTION_VERIFY] = {
		.name = "efa-verify",
		.argument = "verify",
		.words = { "off", "check", "burst", NULL },
		.list = "off, check, burst",
		.hint = "off|check|burst",
		.usage = "start the tasks only on EFA devices that work: check looks at each "
			 "node, burst (also without a word) sends traffic between the nodes",
		.without = EG_VERIFY_BURST,
	},
	[EG_OPTION_ON_FAILURE] = {
		.name = "efa-on-failure",
		.argument = "on_failure",
		.words = { "stop", "warn", NULL },
		.list = "stop, warn",
		.hint = "stop|warn",
		.usage = "when --efa-verify finds a fault: stop the step with exit code 75 "
			 "(default), or start it and say so",
		.without = -1,
	},
	[EG_OPTION_HUGE_PAGE] = {
		.name = "efa-huge-page",
		.argument = "huge_page",
		.words = { "auto", "0", "keep", NULL },
		.list = "auto, 0, keep",
		.hint = "auto|0|keep",
		.usage = "FI_EFA_USE_HUGE_PAGE of the tasks: auto sets it to 0 where fork() would "
			 "run out of huge pages, 0 always, keep never; a value of yours stays",
		.without = -1,
	},
};

const struct eg_option_def *eg_option_def(enum eg_option option)
{
	return &defs[option];
}

void eg_options_init(struct eg_options *options)
{
	*options = (struct eg_options){
		.choice = { EG_VERIFY_OFF, EG_ON_FAILURE_STOP, EG_HUGE_PAGE_AS_IT_IS },
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

static int choose(struct eg_options *options, enum eg_option option, const char *word)
{
	int place = find_word(&defs[option], word);

	if (place < 0)
		return -EINVAL;
	options->choice[option] = place;
	options->given[option] = true;
	return 0;
}

int eg_options_choose(struct eg_options *options, enum eg_option option, const char *word,
		      struct eg_err *err)
{
	if (!choose(options, option, word))
		return 0;
	return eg_err_set(err, EINVAL, "--%s: '%.60s' is not one of %s", defs[option].name,
			  word ? word : "", defs[option].list);
}

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

/* The text behind "NAME=", NULL when @argument is not about @name. */
static const char *value_of(const char *argument, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(argument, name, length) && argument[length] == '=' ? argument + length + 1
									   : NULL;
}

int eg_options_argument(struct eg_options *options, const char *argument, struct eg_err *err)
{
	const char *value = value_of(argument, "helper");

	if (value)
		return set_helper(options, value, err);
	value = value_of(argument, "timeout_ms");
	if (value)
		return set_timeout(options, value, err);
	for (int i = 0; i < EG_OPTION_COUNT; i++) {
		value = value_of(argument, defs[i].argument);
		if (!value)
			continue;
		if (*value && !choose(options, (enum eg_option)i, value))
			return 0;
		return eg_err_set(err, EINVAL, "plugstack.conf: %s: '%.60s' is not one of %s",
				  defs[i].argument, value, defs[i].list);
	}
	return eg_err_set(err, EINVAL,
			  "plugstack.conf: unknown argument '%.60s', known are verify=, "
			  "on_failure=, huge_page=, helper=, timeout_ms=",
			  argument);
}

int eg_options_choice(const struct eg_options *options, enum eg_option option)
{
	if (option == EG_OPTION_HUGE_PAGE && !options->given[option] &&
	    options->choice[EG_OPTION_VERIFY] != EG_VERIFY_OFF)
		return EG_HUGE_PAGE_AUTO;
	return options->choice[option];
}

const char *eg_options_word(const struct eg_options *options, enum eg_option option)
{
	return defs[option].words[eg_options_choice(options, option)];
}
