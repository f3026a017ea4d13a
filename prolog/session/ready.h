/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ready - a node's own report as it is told to the leader of a session, and
 * what comes back. Pure.
 */
#ifndef EG_SESSION_READY_H
#define EG_SESSION_READY_H

struct eg_ready;
struct eg_report;
struct eg_wire_finding;

/* Outcome, the worst findings first, good devices; nothing about huge pages. */
void eg_ready_from_report(const struct eg_report *report, struct eg_ready *ret);

/* The other way: what was told of this node becomes one of its report's findings. */
void eg_ready_to_report(const struct eg_wire_finding *finding, struct eg_report *report);

#endif
