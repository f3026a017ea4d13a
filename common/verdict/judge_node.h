/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * judge_node - what the facts of one node mean. Pure: facts in, findings out,
 * so that a saved report can be judged again.
 *
 * EG101-EG111 (devices, layer by layer), EG201-EG207 (host).
 */
#ifndef EG_VERDICT_JUDGE_NODE_H
#define EG_VERDICT_JUDGE_NODE_H

#include <stdint.h>

struct eg_findings;
struct eg_huge_page_pool;
struct eg_node_facts;

/* Adds to @findings. A layer that was not measured gives EG901 unknown, not a failure. */
void eg_judge_node(const struct eg_node_facts *facts, struct eg_findings *findings);

/* Pages a process can still get: free, not promised to another, and what may be added. */
uint64_t eg_judge_huge_pages_available(const struct eg_huge_page_pool *pool);

/* Pages the job's ranks and their forks ask for when each opens every device. */
uint64_t eg_judge_huge_page_demand(const struct eg_node_facts *facts);

#endif
