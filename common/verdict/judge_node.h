/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * judge_node - what the facts of one node mean. Pure: facts in, findings out,
 * so that a saved report can be judged again.
 *
 * EG101-EG110 (devices, layer by layer), EG201-EG205 (host).
 */
#ifndef EG_VERDICT_JUDGE_NODE_H
#define EG_VERDICT_JUDGE_NODE_H

struct eg_node_facts;
struct eg_findings;

/* Adds to @findings. A layer that was not measured gives EG901 unknown, not a failure. */
void eg_judge_node(const struct eg_node_facts *facts, struct eg_findings *findings);

#endif
