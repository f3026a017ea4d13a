/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * look - how the gate finds out about its node: facts by a child, findings
 * by judging.
 */
#ifndef EG_GATE_LOOK_H
#define EG_GATE_LOOK_H

struct eg_gate;
struct eg_report;

/*
 * Fill @ret. Never fails: what went wrong is a finding. Blocks for
 * gate_timeout_ms plus 200 ms. With a fresh pass neither libfabric is loaded
 * nor traffic exchanged; gate->pass is kept in step with what is found.
 */
void eg_gate_look(struct eg_gate *gate, struct eg_report *ret);

#endif
