/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * burst - the gate's traffic with the other nodes of the job, whose gates run
 * at the same moment. Everything about it happens in a process with a
 * deadline; what it finds is told and kept, and drains nobody: a single
 * session proves no node bad (decide.c).
 */
#ifndef EG_GATE_BURST_H
#define EG_GATE_BURST_H

#include <stdint.h>

struct eg_gate;
struct eg_report;

/*
 * Exchange traffic when there is something to exchange it with: a Prolog of a
 * job of several nodes, this node not proven bad already. Adds findings to
 * @report, and the bursts to its devices. Blocks until @deadline_ms at most,
 * plus 200 ms to end the process.
 */
void eg_gate_burst(const struct eg_gate *gate, int64_t deadline_ms, struct eg_report *report);

#endif
