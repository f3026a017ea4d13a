/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * act - what the gate does about its findings: record, drain, log.
 */
#ifndef EG_GATE_ACT_H
#define EG_GATE_ACT_H

struct eg_gate;
struct eg_report;

/*
 * found                           drain  exit  line           kept
 * pass                            -      0     -              pass
 * warning, unknown, ignored       -      0     warning        report
 * cluster cause (EG401, 409, 410) -      0     first node's   report
 * traffic, first session          -      0     warning        report, strike
 * traffic, second session agrees  as a fault of the node
 * fault of the node, observe      -      0     error          report
 * the same in boot_grace_s        -      0     error          report
 * Slurm not readable              -      0     error          report
 * cap reached (EG903)             -      0     alert, once    report
 * node out of service already     -      1     error          report
 * the same, as "Prolog error", and this gate owes the reason:
 *                                 reason 1     error          report
 * below the cap                   yes    1     error          report
 * the same, Slurm refuses         owed   1     error          report
 *
 * Returns the Prolog's exit code. Nothing at all happens on a pass. With a
 * proven fault and mode enforce it blocks for scontrol_timeout_ms at most,
 * 2 s more where report_dir does not answer, 2 s more to take its drain back; slurmctld is asked
 * three times (read, drain, read), a fourth time only to take its own drain back.
 */
int eg_gate_act(struct eg_gate *gate, struct eg_report *report);

#endif
