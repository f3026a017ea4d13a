/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/policy.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"
#include "common/verdict/finding.h"

static const char *const words[] = { "warn", "drain", "ignore" };

/* Faults that no other node, no fabric and no job's setting can cause, and traffic with proof. */
static const char *const drains[] = { "EG101", "EG102", "EG103", "EG104", "EG105",
				      "EG107", "EG110", "EG402", "EG403", "EG406" };

/* Not about one node: a drain would take good nodes away. */
static const char *const never[] = { "EG206", "EG401", "EG407", "EG408", "EG409", "EG410" };

static bool is_one_of(const char *id, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(id, list[i]))
			return true;
	}
	return false;
}

/* The place of @id in eg_id_table(), or -1. */
static int place_of(const char *id)
{
	const struct eg_id_text *table = eg_id_table();

	for (int i = 0; table[i].id && i < EG_POLICY_IDS_MAX; i++) {
		if (!strcmp(table[i].id, id))
			return i;
	}
	return -1;
}

void eg_policy_init(struct eg_policy *policy)
{
	const struct eg_id_text *table = eg_id_table();

	memset(policy, 0, sizeof(*policy));
	for (int i = 0; table[i].id && i < EG_POLICY_IDS_MAX; i++) {
		if (is_one_of(table[i].id, drains, EG_COUNT(drains)))
			policy->words[i] = EG_POLICY_DRAIN;
	}
}

int eg_policy_set(struct eg_policy *policy, const char *id, const char *word, struct eg_err *err)
{
	int place = place_of(id);
	size_t at = 0;

	while (at < EG_COUNT(words) && strcmp(words[at], word) != 0)
		at++;
	if (place < 0)
		return eg_err_set(err, EINVAL, "%.60s: no such id", id);
	if (at == EG_COUNT(words))
		return eg_err_set(err, EINVAL, "%s = %.60s: not one of drain|warn|ignore", id,
				  word);
	if (at == EG_POLICY_DRAIN && (id[2] == '9' || is_one_of(id, never, EG_COUNT(never))))
		return eg_err_set(err, EINVAL, "%s = drain: proves no single node bad", id);
	policy->words[place] = (uint8_t)at;
	return 0;
}

enum eg_policy_word eg_policy_of(const struct eg_policy *policy, const char *id)
{
	int place = place_of(id);

	return place < 0 ? EG_POLICY_WARN : (enum eg_policy_word)policy->words[place];
}

const char *eg_policy_word_name(enum eg_policy_word word)
{
	return words[word];
}

bool eg_policy_is_traffic(const char *id)
{
	return id[0] && id[1] && (id[2] == '3' || id[2] == '4');
}

void eg_policy_apply(const struct eg_policy *policy, struct eg_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (eg_policy_of(policy, findings->list[i].id) == EG_POLICY_IGNORE)
			findings->list[i].outcome = EG_PASS;
	}
}
