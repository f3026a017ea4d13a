/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decide - what follows from findings: the rules of the gate and of
 * `efagate drain`, pure.
 */
#ifndef EG_GATE_DECIDE_H
#define EG_GATE_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

struct eg_finding;
struct eg_findings;

enum eg_gate_step {
	EG_GATE_RUN, /* nothing proven: the job runs */
	EG_GATE_OBSERVE, /* proven, but the site only wants to be told */
	EG_GATE_DRAIN, /* proven and to be drained */
	EG_GATE_KEEP, /* proven; out of service already, the reason there is kept */
	EG_GATE_CAPPED, /* proven; drained enough for now (EG903), the job runs */
	EG_GATE_UNREAD, /* proven; Slurm did not say what the cap needs, the job runs */
	EG_GATE_UNDONE, /* proven and allowed; the drain itself failed */
};

/* How things stand when a node is to be decided on. */
struct eg_gate_view {
	bool proven; /* eg_gate_proof() gave a finding */
	bool enforce;
	bool read; /* Slurm has told what follows */
	bool out_of_service;
	uint32_t drained, cap; /* nodes drained by efagate in the window, and the limit */
};

/*
 * The finding that proves a fault of this node alone, or NULL: outcome fail,
 * blame on the node or a device, and an id that is read from the node itself.
 */
const struct eg_finding *eg_gate_proof(const struct eg_findings *findings);

enum eg_gate_step eg_gate_decide(const struct eg_gate_view *view);

/* The Prolog's exit code: 1 keeps the job from this node and makes slurmd drain it. */
int eg_gate_exit_code(enum eg_gate_step step);

#endif
