/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ready - a node's own report as it is told to the leader of a session. Pure.
 */
#ifndef EG_SESSION_READY_H
#define EG_SESSION_READY_H

struct eg_ready;
struct eg_report;

/* Outcome, the worst findings first, good devices; nothing about huge pages. */
void eg_ready_from_report(const struct eg_report *report, struct eg_ready *ret);

#endif
