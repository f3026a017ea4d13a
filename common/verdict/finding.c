/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/verdict/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"

static const char *const outcome_names[] = {
	[EG_PASS] = "pass",
	[EG_WARN] = "warn",
	[EG_UNKNOWN] = "unknown",
	[EG_FAIL] = "fail",
};

static const char *const blame_names[] = {
	[EG_BLAME_NONE] = "none", [EG_BLAME_NODE] = "node",	  [EG_BLAME_DEVICE] = "device",
	[EG_BLAME_PAIR] = "pair", [EG_BLAME_CLUSTER] = "cluster",
};

static int find_word(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(words[i], word))
			return (int)i;
	}
	return -1;
}

const char *eg_outcome_name(enum eg_outcome outcome)
{
	return outcome_names[outcome];
}

int eg_outcome_parse(const char *name)
{
	return find_word(outcome_names, EG_COUNT(outcome_names), name);
}

const char *eg_blame_name(enum eg_blame blame)
{
	return blame_names[blame];
}

int eg_blame_parse(const char *name)
{
	return find_word(blame_names, EG_COUNT(blame_names), name);
}

int eg_outcome_exit_code(enum eg_outcome outcome)
{
	static const int codes[] = {
		[EG_PASS] = 0, [EG_WARN] = 1, [EG_FAIL] = 2, [EG_UNKNOWN] = 3
	};

	return codes[outcome];
}

void eg_findings_clear(struct eg_findings *ret)
{
	ret->count = ret->dropped = 0;
}

void eg_findings_copy(struct eg_findings *ret, const struct eg_findings *findings)
{
	memcpy(ret, findings,
	       offsetof(struct eg_findings, list) + findings->count * sizeof(findings->list[0]));
}

static void copy(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from ? from : "");
}

static void fill(struct eg_finding *finding, const struct eg_finding_spec *spec)
{
	const struct eg_id_text *entry = eg_id_find(spec->id);

	copy(finding->id, sizeof(finding->id), spec->id);
	finding->outcome = spec->outcome;
	finding->blame = spec->blame;
	copy(finding->subject, sizeof(finding->subject), spec->subject);
	copy(finding->seen, sizeof(finding->seen), spec->seen);
	copy(finding->expected, sizeof(finding->expected), spec->expected);
	copy(finding->remedy, sizeof(finding->remedy), entry ? entry->remedy : NULL);
}

/*
 * The place for one more. A full list gives up its last entry for a worse one,
 * so that what decides the verdict is never among the dropped.
 */
static struct eg_finding *place(struct eg_findings *findings, enum eg_outcome outcome)
{
	if (findings->count < EG_FINDINGS_MAX)
		return &findings->list[findings->count++];
	findings->dropped++;
	if (outcome > eg_findings_outcome(findings))
		return &findings->list[EG_FINDINGS_MAX - 1];
	return NULL;
}

void eg_findings_add(struct eg_findings *findings, const struct eg_finding_spec *spec,
		     const char *fmt, ...)
{
	struct eg_finding *finding = place(findings, spec->outcome);
	va_list args;

	if (!finding)
		return;
	fill(finding, spec);
	va_start(args, fmt);
	(void)vsnprintf(finding->text, sizeof(finding->text), fmt, args);
	va_end(args);
}

const struct eg_finding *eg_findings_worst(const struct eg_findings *findings)
{
	const struct eg_finding *worst = NULL;

	for (size_t i = 0; i < findings->count; i++) {
		if (!worst || findings->list[i].outcome > worst->outcome)
			worst = &findings->list[i];
	}
	return worst;
}

enum eg_outcome eg_findings_outcome(const struct eg_findings *findings)
{
	const struct eg_finding *worst = eg_findings_worst(findings);

	return worst ? worst->outcome : EG_PASS;
}
