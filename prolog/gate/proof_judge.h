/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * proof_judge - what follows from all that reports say about a node: the
 * gate's own rules, applied afterwards. Pure.
 */
#ifndef EG_GATE_PROOF_JUDGE_H
#define EG_GATE_PROOF_JUDGE_H

#include <stdint.h>

struct eg_claim;
struct eg_config;
struct eg_proof;

enum eg_proof_word {
	EG_PROOF_NOTHING, /* nothing stands against the node */
	EG_PROOF_PROVEN,
	EG_PROOF_ONE_SESSION, /* of traffic, and no second session agrees */
	EG_PROOF_NOT_ITS_OWN, /* a failure that blames no single node */
	EG_PROOF_NOT_TO_DRAIN, /* a failure, and the site does not drain for its id */
	EG_PROOF_UNKNOWN, /* the node could not be looked at */
};

struct eg_proof_verdict {
	enum eg_proof_word word;
	const struct eg_claim *claim; /* what it is about; NULL for EG_PROOF_NOTHING */
	const struct eg_claim *earlier; /* the session that found the same before, or NULL */
};

/*
 * Judge @proof by @config, of which strike_gap_s, strike_window_s and unknown
 * count. Nothing counts that was said before @since, when the node booted.
 */
void eg_proof_judge(const struct eg_proof *proof, const struct eg_config *config, int64_t since,
		    struct eg_proof_verdict *ret);

/* The partition whose keys hold for what stands against @proof's node; "" none or not known. */
const char *eg_proof_partition(const struct eg_proof *proof);

#endif
