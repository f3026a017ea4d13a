/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/commands/check_promise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/node/facts.h"

#define DEVICES_KEY "vpc.amazonaws.com/efa"
#define PAGES_KEY "hugepages-2Mi"

/* Kubernetes' suffixes of whole quantities. */
static const struct {
	const char *name;
	uint64_t factor;
} suffixes[] = {
	{ "", 1 },
	{ "k", 1000 },
	{ "M", 1000000 },
	{ "G", 1000000000 },
	{ "T", 1000000000000 },
	{ "Ki", 1ull << 10 },
	{ "Mi", 1ull << 20 },
	{ "Gi", 1ull << 30 },
	{ "Ti", 1ull << 40 },
};

static int parse_quantity(const char *text, uint64_t max, uint64_t *ret)
{
	unsigned long long number;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	for (size_t i = 0; !errno && i < EG_COUNT(suffixes); i++) {
		if (strcmp(end, suffixes[i].name) != 0)
			continue;
		if (number > max / suffixes[i].factor)
			return -EINVAL;
		*ret = number * suffixes[i].factor;
		return 0;
	}
	return -EINVAL;
}

static int take_word(const char *word, struct eg_promise_facts *ret, struct eg_err *err)
{
	uint64_t devices = 0;

	if (!strncmp(word, DEVICES_KEY "=", strlen(DEVICES_KEY) + 1)) {
		if (parse_quantity(word + strlen(DEVICES_KEY) + 1, EG_DEVICES_MAX, &devices))
			return eg_err_set(err, EINVAL, "'%.80s': expected a number from 0 to %d",
					  word, EG_DEVICES_MAX);
		ret->devices = (uint32_t)devices;
		ret->has_devices = true;
		return 0;
	}
	if (!strncmp(word, PAGES_KEY "=", strlen(PAGES_KEY) + 1)) {
		if (parse_quantity(word + strlen(PAGES_KEY) + 1, 1ull << 50, &ret->huge_page_bytes))
			return eg_err_set(err, EINVAL, "'%.80s': expected a size such as 5120Mi",
					  word);
		ret->has_huge_pages = true;
		return 0;
	}
	return eg_err_set(err, EINVAL, "'%.80s': expected " DEVICES_KEY "=N or " PAGES_KEY "=SIZE",
			  word);
}

int eg_check_promise_parse(const char *text, struct eg_promise_facts *ret, struct eg_err *err)
{
	EG_CLEANUP(eg_free) char *copy = strdup(text);
	char *rest = copy, *word;
	int rc = copy ? 0 : eg_err_errno(err, ENOMEM, "the numbers of Kubernetes");

	while (!rc && rest && (word = strsep(&rest, ",")))
		rc = take_word(word, ret, err);
	return rc;
}
