/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * policy - what a site makes of each id: the section [policy] of efagate.conf.
 * Pure.
 */
#ifndef EG_PROLOG_POLICY_H
#define EG_PROLOG_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct eg_err;
struct eg_findings;

enum eg_policy_word {
	EG_POLICY_WARN, /* said and kept, drains nobody */
	EG_POLICY_DRAIN, /* a failure with this id takes the node out of service */
	EG_POLICY_IGNORE, /* as if it were a pass */
};

#define EG_POLICY_IDS_MAX 64 /* entries of eg_id_table() */

struct eg_policy {
	uint8_t words[EG_POLICY_IDS_MAX]; /* enum eg_policy_word, in the order of eg_id_table() */
};

/*
 * The defaults: drain for faults that are read from the node itself and that
 * nothing outside it can cause, and for those of traffic that is proven by
 * several partners (which then needs two sessions); warn for all others.
 */
void eg_policy_init(struct eg_policy *policy);

/*
 * Set @id, "EG105", to @word, "drain", "warn" or "ignore". 0, or -EINVAL with
 * what is wrong: cluster causes and efagate's own ids drain nobody.
 */
int eg_policy_set(struct eg_policy *policy, const char *id, const char *word, struct eg_err *err);

/* The word of @id; of an unknown id "warn". */
enum eg_policy_word eg_policy_of(const struct eg_policy *policy, const char *id);

const char *eg_policy_word_name(enum eg_policy_word word);

/* Is @id, when it drains, one of a session's traffic? Those need a second session that agrees. */
bool eg_policy_is_traffic(const char *id);

/* Findings whose id is ignored become passes. */
void eg_policy_apply(const struct eg_policy *policy, struct eg_findings *findings);

#endif
