/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * judge_self - what the traffic between a node's own devices means. Pure:
 * facts in, findings out.
 *
 * EG403 a device that reaches none of the others, EG401 when none reaches any
 * (then no device is to blame), EG406 wrong bytes, EG407 a pair without proof,
 * EG901 what was not tried, and reads that were not the device's own.
 */
#ifndef EG_VERDICT_JUDGE_SELF_H
#define EG_VERDICT_JUDGE_SELF_H

struct eg_findings;
struct eg_node_facts;

/* Adds to @findings. Devices whose burst was not tried are passed over. */
void eg_judge_self(const struct eg_node_facts *facts, struct eg_findings *findings);

#endif
