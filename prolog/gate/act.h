/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * act - what the gate does about its findings: record, drain, log.
 */
#ifndef EG_GATE_ACT_H
#define EG_GATE_ACT_H

struct eg_gate;
struct eg_report;

/*
 * Returns the Prolog's exit code. Nothing at all happens on a pass. With a
 * proven fault and mode enforce it blocks for scontrol_timeout_ms at most,
 * and 2 s more where report_dir does not answer; slurmctld is asked three
 * times (read, drain, read), a fourth time only to take its own drain back.
 */
int eg_gate_act(const struct eg_gate *gate, struct eg_report *report);

#endif
