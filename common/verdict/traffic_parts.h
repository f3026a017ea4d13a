/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * traffic_parts - what eg_judge_traffic() is made of. Private to common/verdict.
 */
#ifndef EG_VERDICT_TRAFFIC_PARTS_H
#define EG_VERDICT_TRAFFIC_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct eg_finding_spec;
struct eg_standing;
struct eg_traffic_facts;
struct eg_traffic_findings;

#define EG_ACCUSED_PARTNERS 8 /* that are told apart */

/* A device that passed with no other node. */
struct eg_accused {
	uint32_t node;
	uint8_t device;
	bool dead; /* proven */
	bool isolated; /* its whole node: works at home, reaches nobody */
	bool shown; /* one of its failures was with a device that is good: only such ones count */
	bool corrupt; /* wrong bytes among the failures that count */
	bool by_itself; /* it also fails with its own node's devices, which do not all fail */
	uint32_t strikes; /* failures with devices that are good */
	uint32_t partners[EG_ACCUSED_PARTNERS]; /* their nodes */
	uint32_t partner_count;
	const char *text; /* of a failure that counts, of wrong bytes first; NULL */
};

/* One session being judged. */
struct eg_traffic_case {
	const struct eg_traffic_facts *facts;
	struct eg_traffic_findings *findings;
	struct eg_standing *standings; /* by node and device */
	uint32_t *accused_at; /* by node and device: place in @accused, counted from 1; 0 none */
	struct eg_accused *accused;
	size_t accused_count;
	uint32_t present; /* nodes with a device to offer */
	uint32_t tried, good; /* devices in tries between nodes; those that passed once */
	uint32_t blamed; /* devices that are dead */
	uint32_t *group; /* by node: the one its group is named after */
	bool islands; /* groups that fail with each other, seen at two pairs */
	uint32_t across_a, across_b; /* a pair of them, or of one that is no island yet */
	uint32_t across; /* how many such pairs, up to 2 */
};

/* Add a finding about @node or EG_NODE_ALL: 0 or -ENOMEM. */
int eg_traffic_add(struct eg_traffic_findings *findings, uint32_t node,
		   const struct eg_finding_spec *spec, const char *fmt, ...) EG_PRINTF(4, 5);

/* Who passes with whom? Sets group, across and islands. */
void eg_traffic_group(struct eg_traffic_case *the);

/* Do both nodes pass with somebody, and belong to different groups? */
bool eg_traffic_is_across(const struct eg_traffic_case *the, uint32_t a, uint32_t b);

/* Does the node pass with any other? */
bool eg_traffic_has_group(const struct eg_traffic_case *the, uint32_t node);

/* Who passed with nobody, and is that proven? Sets accused and blamed. 0 or -ENOMEM. */
int eg_traffic_accuse(struct eg_traffic_case *the);

/* EG402, EG403, EG406 for the dead, EG409 for the isolated. 0 or -ENOMEM. */
int eg_traffic_blame(struct eg_traffic_case *the);

/* EG407 and EG409 for the failures nobody is blamed for. 0 or -ENOMEM. */
int eg_traffic_pairs(struct eg_traffic_case *the);

/* EG404 and EG405: what is slow. 0 or -ENOMEM. */
int eg_traffic_speed(struct eg_traffic_case *the);

/* EG409 for instance types that cannot talk to each other. 0 or -ENOMEM. */
int eg_traffic_types(struct eg_traffic_case *the);

/* EG901 for nodes that had no partner because all others read in another way. 0 or -ENOMEM. */
int eg_traffic_ways(struct eg_traffic_case *the);

/* The entry of a device that is accused, or NULL. */
struct eg_accused *eg_accused_find(const struct eg_traffic_case *the, uint32_t node,
				   uint8_t device);

/* "EFA 0000:90:1b.0 (rdmap144s27)" */
#define EG_DEVICE_TEXT 96
const char *eg_traffic_device_text(const struct eg_traffic_facts *facts, uint32_t node,
				   uint8_t device, char *text);

#endif
