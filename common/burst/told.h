/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * told - which findings of traffic each node of a session is told: those about
 * itself, then those about all. Pure; a node takes as long as it has findings.
 */
#ifndef EG_BURST_TOLD_H
#define EG_BURST_TOLD_H

#include <stdint.h>

struct eg_traffic_findings;
struct eg_verdict;

struct eg_told {
	const struct eg_traffic_findings *findings;
	uint32_t nodes;
	uint32_t *first; /* by node, the last for all: place in the list from 1; 0 none */
	uint32_t *next; /* by finding: of the same node */
};

/* @findings, which may be NULL, must stay as they are. 0 or -ENOMEM. */
int eg_told_init(struct eg_told *told, const struct eg_traffic_findings *findings, uint32_t nodes);

/* Put the findings for @node into @ret, as many as it takes. */
void eg_told_fill(const struct eg_told *told, uint32_t node, struct eg_verdict *ret);

/* Takes zeroed ones. */
void eg_told_done(struct eg_told *told);

#endif
