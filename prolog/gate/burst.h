/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * burst - the gate's traffic with the other nodes of the job, whose gates run
 * at the same moment. Everything about it happens in a process with a
 * deadline; what it finds is told and kept, and drains nobody: a single
 * session proves no node bad (decide.c).
 */
#ifndef EG_GATE_BURST_H
#define EG_GATE_BURST_H

#include <stdbool.h>
#include <stdint.h>

struct eg_gate;
struct eg_report;

/*
 * Will eg_gate_burst() exchange traffic? That loads libfabric and opens every
 * device with it, so that it need not be asked before.
 */
bool eg_gate_burst_is_due(const struct eg_gate *gate, const struct eg_report *report);

/*
 * Exchange traffic when there is something to exchange it with and reason to:
 * a Prolog of a job of several nodes, this node not proven bad already, its
 * last traffic older than pass_ttl_s or the job asked, no other job here. Adds
 * findings to @report, and the bursts to its devices; gate->pass is kept in
 * step. Blocks until @deadline_ms at most, plus 200 ms to end the process.
 */
void eg_gate_burst(struct eg_gate *gate, int64_t deadline_ms, struct eg_report *report);

/*
 * The gate has nothing to ask of its partners. Leave a process that takes part
 * if one of them wants traffic within a second, and then acts on what it finds
 * with @act; it holds nothing of the gate's. Does not block.
 */
void eg_gate_leave_partner(struct eg_gate *gate, struct eg_report *report,
			   int (*act)(struct eg_gate *gate, struct eg_report *report));

#endif
