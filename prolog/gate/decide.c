/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/decide.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/verdict/finding.h"
#include "common/verdict/reason.h"
#include "prolog/policy.h"

/* What a reason's template can name. */
struct reason_words {
	const char *id, *text, *job;
};

static bool takes_away(const struct eg_finding *finding, const struct eg_policy *policy,
		       bool traffic)
{
	return finding->outcome == EG_FAIL &&
	       (finding->blame == EG_BLAME_NODE || finding->blame == EG_BLAME_DEVICE) &&
	       eg_policy_is_traffic(finding->id) == traffic &&
	       eg_policy_of(policy, finding->id) == EG_POLICY_DRAIN;
}

/* The first from @from on, or NULL. */
static const struct eg_finding *find(const struct eg_findings *findings,
				     const struct eg_policy *policy, bool traffic, size_t from)
{
	struct eg_policy defaults;

	if (!policy) {
		eg_policy_init(&defaults);
		policy = &defaults;
	}
	for (size_t i = from; i < findings->count; i++) {
		if (takes_away(&findings->list[i], policy, traffic))
			return &findings->list[i];
	}
	return NULL;
}

const struct eg_finding *eg_gate_proof(const struct eg_findings *findings,
				       const struct eg_policy *policy)
{
	return find(findings, policy, false, 0);
}

const struct eg_finding *eg_gate_suspicion(const struct eg_findings *findings,
					   const struct eg_policy *policy, size_t from)
{
	return find(findings, policy, true, from);
}

bool eg_gate_is_unknown(const struct eg_finding *finding)
{
	static const char *const ids[] = { "EG105", "EG901", "EG902" };

	for (size_t i = 0; i < EG_COUNT(ids); i++) {
		if (finding->outcome == EG_UNKNOWN && !strcmp(finding->id, ids[i]))
			return true;
	}
	return false;
}

const struct eg_finding *eg_gate_unknown(const struct eg_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (eg_gate_is_unknown(&findings->list[i]))
			return &findings->list[i];
	}
	return NULL;
}

/* The value of the word that @template begins with, and its length; NULL: none. */
static const char *word_value(const char *template, const struct reason_words *words,
			      size_t *ret_length)
{
	static const char *const names[] = { "{id}", "{text}", "{job}" };
	const char *const values[] = { words->id, words->text, words->job };

	for (size_t i = 0; i < EG_COUNT(names); i++) {
		*ret_length = strlen(names[i]);
		if (!strncmp(template, names[i], *ret_length))
			return values[i];
	}
	return NULL;
}

char *eg_gate_reason(const char *template, const struct eg_finding *finding, uint32_t job_id,
		     char *ret)
{
	char job[24] = "", text[EG_REASON_MAX];
	struct reason_words words = { finding->id, finding->text, job };
	size_t length = 0, skip;

	if (!template[0])
		return eg_reason_text(finding, job_id, ret);
	if (job_id)
		(void)snprintf(job, sizeof(job), " (job %u)", job_id);
	while (*template && length < EG_REASON_MAX - 1) {
		const char *value = word_value(template, &words, &skip);

		(void)snprintf(text, sizeof(text), "%.*s", value ? EG_REASON_MAX - 1 : 1,
			       value ? value : template);
		template += value ? skip : 1;
		length += (size_t)snprintf(ret + length, EG_REASON_MAX - length, "%s", text);
	}
	for (char *at = ret; *at; at++) {
		if (*at == '"' || !isascii((unsigned char)*at) || !isprint((unsigned char)*at))
			*at = *at == '"' ? '\'' : ' ';
	}
	return ret;
}

enum eg_gate_step eg_gate_decide(const struct eg_gate_view *view)
{
	if (!view->proven)
		return EG_GATE_RUN;
	if (!view->enforce)
		return EG_GATE_OBSERVE;
	if (view->grace)
		return EG_GATE_GRACE;
	if (!view->read)
		return EG_GATE_UNREAD;
	if (view->out_of_service)
		return view->owed ? EG_GATE_DELIVER : EG_GATE_KEEP;
	return view->drained >= view->cap ? EG_GATE_CAPPED : EG_GATE_DRAIN;
}

int eg_gate_exit_code(enum eg_gate_step step)
{
	/* Exit code 1 drains too: where the cap is not known it could drain them all. */
	return step == EG_GATE_DRAIN || step == EG_GATE_KEEP || step == EG_GATE_UNDONE ||
	       step == EG_GATE_DELIVER;
}
