/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * judge_parts - what eg_judge_node() is made of. Private to common/verdict.
 */
#ifndef EG_VERDICT_JUDGE_PARTS_H
#define EG_VERDICT_JUDGE_PARTS_H

#include <stdint.h>

struct eg_node_facts;
struct eg_findings;

/* How many there are on PCI: EG101, EG102, EG109. */
void eg_judge_number(const struct eg_node_facts *facts, struct eg_findings *findings);

/* Each device in the lowest layer it is lost in: EG103-EG107, EG110, and EG205. */
void eg_judge_layers(const struct eg_node_facts *facts, struct eg_findings *findings);

/* Devices against each other: EG108. */
void eg_judge_siblings(const struct eg_node_facts *facts, struct eg_findings *findings);

/* Each device where its type has it: EG111. */
void eg_judge_places(const struct eg_node_facts *facts, struct eg_findings *findings);

/* What the job finds beside the devices: EG201-EG204, EG206. */
void eg_judge_host(const struct eg_node_facts *facts, struct eg_findings *findings);

/* How many devices open. */
uint32_t eg_judge_open_count(const struct eg_node_facts *facts);

/* What Kubernetes offers against what is here: EG207. */
void eg_judge_promise(const struct eg_node_facts *facts, struct eg_findings *findings);

#endif
