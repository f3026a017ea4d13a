/* SPDX-License-Identifier: BSD-3-Clause */
#include "prolog/gate/proof_judge.h"

#include <stdbool.h>
#include <string.h>

#include "prolog/config.h"
#include "prolog/gate/decide.h"
#include "prolog/gate/proofs.h"

/* A survey does not say boot and instance; the time of the node's boot bounds it. */
static bool is_same_or_not_said(const char *a, const char *b)
{
	return !a[0] || !b[0] || !strcmp(a, b);
}

/* As the strikes of the gate agree, where sessions without a job are told apart by their time. */
static bool agrees(const struct eg_claim *then, const struct eg_claim *now,
		   const struct eg_config *config)
{
	int64_t age_s = now->time - then->time;

	return !strcmp(then->finding.id, now->finding.id) &&
	       !strcmp(then->finding.subject, now->finding.subject) &&
	       is_same_or_not_said(then->boot_id, now->boot_id) &&
	       is_same_or_not_said(then->instance, now->instance) &&
	       (then->job_id != now->job_id || !now->job_id) &&
	       age_s >= (int64_t)config->strike_gap_s && age_s <= (int64_t)config->strike_window_s;
}

/* Said since the boot, and since traffic passed? */
static bool stands(const struct eg_proof *proof, const struct eg_claim *claim, int64_t since)
{
	return claim->time >= since && claim->time > proof->traffic_time;
}

/* Is @now with @earlier more than what was found so far: proof before none, then the newest? */
static bool is_better(const struct eg_proof_verdict *so_far, const struct eg_claim *now,
		      const struct eg_claim *earlier)
{
	if (!so_far->claim)
		return true;
	if (!so_far->earlier != !earlier)
		return earlier != NULL;
	return now->time > so_far->claim->time;
}

/* The newest session's accusation that another agrees with, else the newest of all. */
static void judge_traffic(const struct eg_proof *proof, const struct eg_config *config,
			  int64_t since, struct eg_proof_verdict *ret)
{
	for (size_t i = 0; i < proof->traffic_count; i++) {
		const struct eg_claim *now = &proof->traffic[i], *earlier = NULL;

		if (!stands(proof, now, since))
			continue;
		for (size_t k = 0; k < proof->traffic_count && !earlier; k++) {
			if (stands(proof, &proof->traffic[k], since) &&
			    agrees(&proof->traffic[k], now, config))
				earlier = &proof->traffic[k];
		}
		if (!is_better(ret, now, earlier))
			continue;
		ret->claim = now;
		ret->earlier = earlier;
	}
	if (ret->claim)
		ret->word = ret->earlier ? EG_PROOF_PROVEN : EG_PROOF_ONE_SESSION;
}

static bool is_said(const struct eg_claim *claim, int64_t since)
{
	return claim->finding.id[0] && claim->time >= since;
}

static void judge_rest(const struct eg_proof *proof, int64_t since, struct eg_proof_verdict *ret)
{
	enum eg_blame blame = proof->worst.finding.blame;

	if (is_said(&proof->worst, since)) {
		ret->claim = &proof->worst;
		ret->word = blame == EG_BLAME_NODE || blame == EG_BLAME_DEVICE
				    ? EG_PROOF_NOT_TO_DRAIN
				    : EG_PROOF_NOT_ITS_OWN;
	} else if (is_said(&proof->unknown, since)) {
		ret->claim = &proof->unknown;
		ret->word = EG_PROOF_UNKNOWN;
	}
}

void eg_proof_judge(const struct eg_proof *proof, const struct eg_config *config, int64_t since,
		    struct eg_proof_verdict *ret)
{
	*ret = (struct eg_proof_verdict){ .word = EG_PROOF_NOTHING };
	if (is_said(&proof->own, since))
		ret->claim = &proof->own;
	else if (!strcmp(config->unknown, "drain") && is_said(&proof->unknown, since) &&
		 eg_gate_is_unknown(&proof->unknown.finding))
		ret->claim = &proof->unknown;
	if (ret->claim) {
		ret->word = EG_PROOF_PROVEN;
		return;
	}
	judge_traffic(proof, config, since, ret);
	if (!ret->claim)
		judge_rest(proof, since, ret);
}

const char *eg_proof_partition(const struct eg_proof *proof)
{
	const struct eg_claim *newest = NULL;

	if (proof->own.finding.id[0])
		return proof->own.partition;
	for (size_t i = 0; i < proof->traffic_count; i++) {
		if (!newest || proof->traffic[i].time > newest->time)
			newest = &proof->traffic[i];
	}
	return newest ? newest->partition : proof->unknown.partition;
}
