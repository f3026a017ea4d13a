/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/step/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"

enum {
	JOB = 1,
	STEP,
	UID,
	NODES,
	NODE,
	INDEX,
	COUNT,
	RANKS,
	VERIFY,
	ON_FAILURE,
	HUGE_PAGE,
	USER_HUGE_PAGE,
	TIMEOUT,
	CONFIG,
	REPORT,
	VERBOSE,
	GATE,
	MEMLOCK,
	PROVIDER,
	LIBRARY_PATH,
	PROVIDER_PATH
};

#define REQUIRED ((1u << CONFIG) - (1u << JOB) - (1u << USER_HUGE_PAGE))

static const struct option known[] = {
	{ "job", required_argument, NULL, JOB },
	{ "step", required_argument, NULL, STEP },
	{ "uid", required_argument, NULL, UID },
	{ "nodes", required_argument, NULL, NODES },
	{ "node", required_argument, NULL, NODE },
	{ "index", required_argument, NULL, INDEX },
	{ "count", required_argument, NULL, COUNT },
	{ "ranks", required_argument, NULL, RANKS },
	{ "verify", required_argument, NULL, VERIFY },
	{ "on-failure", required_argument, NULL, ON_FAILURE },
	{ "huge-page", required_argument, NULL, HUGE_PAGE },
	{ "user-huge-page", required_argument, NULL, USER_HUGE_PAGE },
	{ "timeout-ms", required_argument, NULL, TIMEOUT },
	{ "config", required_argument, NULL, CONFIG },
	{ "report", required_argument, NULL, REPORT },
	{ "verbose", required_argument, NULL, VERBOSE },
	{ "gate", required_argument, NULL, GATE },
	{ "memlock", required_argument, NULL, MEMLOCK },
	{ "provider", required_argument, NULL, PROVIDER },
	{ "library-path", required_argument, NULL, LIBRARY_PATH },
	{ "provider-path", required_argument, NULL, PROVIDER_PATH },
	{ NULL, 0, NULL, 0 },
};

static const char *name_of(int option)
{
	return known[option - 1].name;
}

static int take_number(int option, const char *text, uint32_t max, uint32_t *ret,
		       struct eg_err *err)
{
	char *end = NULL;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || !isdigit((unsigned char)text[0]) || *end || value > max)
		return eg_err_set(err, EINVAL, "--%s: '%s' is not a number up to %u",
				  name_of(option), text, max);
	*ret = (uint32_t)value;
	return 0;
}

/* Bytes, or "unlimited". */
static int take_memlock(const char *text, struct eg_step_options *ret, struct eg_err *err)
{
	char *end = NULL;
	unsigned long long value = UINT64_MAX;

	errno = 0;
	if (strcmp(text, "unlimited") != 0)
		value = strtoull(text, &end, 10);
	if (errno || (end && (!isdigit((unsigned char)text[0]) || *end)))
		return eg_err_set(err, EINVAL, "--%s: '%s' is neither a number nor unlimited",
				  name_of(MEMLOCK), text);
	ret->memlock_bytes = value;
	ret->memlock_binds = true;
	return 0;
}

/* The place of @text in @words, which NULL ends. */
static int take_word(int option, const char *text, const char *const *words, struct eg_err *err)
{
	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], text))
			return i;
	}
	return eg_err_set(err, EINVAL, "--%s: '%s' is not known", name_of(option), text);
}

static int take_choice(int option, const char *text, struct eg_step_options *ret,
		       struct eg_err *err)
{
	static const char *const verify[] = { "check", "burst", "full", NULL };
	static const char *const on_failure[] = { "stop", "warn", NULL };
	static const char *const huge_page[] = { "keep", "auto", "0", NULL };
	int rc;

	if (option == VERIFY) {
		rc = take_word(option, text, verify, err);
		ret->traffic = rc >= 1;
		ret->table = rc == 2;
	} else if (option == ON_FAILURE) {
		rc = take_word(option, text, on_failure, err);
		ret->start_anyway = rc == 1;
	} else {
		rc = take_word(option, text, huge_page, err);
		if (rc >= 0)
			ret->huge_page = (enum eg_step_huge_page)rc;
	}
	return rc < 0 ? rc : 0;
}

static int take_text(int option, const char *text, struct eg_step_options *ret, struct eg_err *err)
{
	switch (option) {
	case NODES:
		eg_nodelist_done(&ret->list);
		return eg_nodelist_parse(text, &ret->list, err);
	case NODE:
		ret->node = text;
		return 0;
	case USER_HUGE_PAGE:
		ret->user_huge_page = text;
		return 0;
	case REPORT:
		ret->report = text;
		return 0;
	case PROVIDER:
		ret->provider = text;
		return 0;
	case LIBRARY_PATH:
		ret->library_path = text;
		return 0;
	case PROVIDER_PATH:
		ret->provider_path = text;
		return 0;
	default:
		ret->config = text;
		return 0;
	}
}

static int take(int option, const char *text, struct eg_step_options *ret, struct eg_err *err)
{
	switch (option) {
	case JOB:
		return take_number(option, text, UINT32_MAX, &ret->job, err);
	case STEP:
		return take_number(option, text, UINT32_MAX, &ret->step, err);
	case UID:
		return take_number(option, text, UINT32_MAX - 1, &ret->uid, err);
	case INDEX:
		return take_number(option, text, EG_NODELIST_MAX - 1, &ret->index, err);
	case COUNT:
		return take_number(option, text, EG_NODELIST_MAX, &ret->count, err);
	case RANKS:
		return take_number(option, text, 1u << 20, &ret->ranks, err);
	case TIMEOUT:
		return take_number(option, text, 3600000, &ret->timeout_ms, err);
	case VERBOSE:
		ret->verbose = !strcmp(text, "1");
		return 0;
	case GATE:
		ret->gate = !strcmp(text, "1");
		return 0;
	case MEMLOCK:
		return take_memlock(text, ret, err);
	case VERIFY:
	case ON_FAILURE:
	case HUGE_PAGE:
		return take_choice(option, text, ret, err);
	default:
		return take_text(option, text, ret, err);
	}
}

/*
 * In a heterogeneous step the list names the nodes of all components, while
 * index and count are of this one: its first node is found from our own place.
 */
static int place(struct eg_step_options *options, struct eg_err *err)
{
	long own = eg_nodelist_find(&options->list, options->node);
	long first = own - (long)options->index;

	if (own < 0)
		return eg_err_set(err, EINVAL, "--node: '%s' is not in --nodes", options->node);
	if (!options->count || options->index >= options->count || first < 0 ||
	    (size_t)first + options->count > options->list.count)
		return eg_err_set(err, EINVAL, "--index %u and --count %u do not fit %zu nodes",
				  options->index, options->count, options->list.count);
	options->nodes = (const char *const *)options->list.names + first;
	return 0;
}

int eg_step_options_parse(int argc, char **argv, struct eg_step_options *ret, struct eg_err *err)
{
	unsigned int seen = 0;
	int option;

	memset(ret, 0, sizeof(*ret));
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		int rc;

		if (option == '?')
			return eg_err_set(err, EINVAL, "'%s' is not known", argv[optind - 1]);
		rc = take(option, optarg, ret, err);
		if (rc)
			return rc;
		seen |= 1u << option;
	}
	if (optind < argc)
		return eg_err_set(err, EINVAL, "'%s' is not known", argv[optind]);
	for (int i = JOB; i <= CONFIG; i++) {
		if ((REQUIRED & ~seen) & 1u << i)
			return eg_err_set(err, EINVAL, "--%s is missing", name_of(i));
	}
	return place(ret, err);
}

void eg_step_options_done(struct eg_step_options *options)
{
	eg_nodelist_done(&options->list);
}
