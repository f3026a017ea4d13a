/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * decide - what follows from findings: the rules of the gate and of
 * `efagate drain`, pure.
 */
#ifndef EG_GATE_DECIDE_H
#define EG_GATE_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eg_finding;
struct eg_findings;
struct eg_policy;

enum eg_gate_step {
	EG_GATE_RUN, /* nothing proven: the job runs */
	EG_GATE_OBSERVE, /* proven, but the site only wants to be told */
	EG_GATE_DRAIN, /* proven and to be drained */
	EG_GATE_KEEP, /* proven; out of service already, the reason there is kept */
	EG_GATE_CAPPED, /* proven; drained enough for now (EG903), the job runs */
	EG_GATE_UNREAD, /* proven; Slurm did not say what the cap needs, the job runs */
	EG_GATE_UNDONE, /* proven and allowed; the drain itself failed */
	EG_GATE_DELIVER, /* out of service as "Prolog error" for what this gate once could not say
			  */
	EG_GATE_GRACE, /* proven; the node booted just now, the job runs */
};

/* How things stand when a node is to be decided on. */
struct eg_gate_view {
	bool proven; /* eg_gate_proof() gave a finding */
	bool enforce;
	bool read; /* Slurm has told what follows */
	bool out_of_service;
	bool owed; /* its reason is slurmd's own, in the place of ours */
	bool grace; /* the node booted just now */
	uint32_t drained, cap; /* nodes drained by efagate in the window, and the limit */
};

/*
 * The finding that proves a fault of this node alone, or NULL: outcome fail,
 * blame on the node or a device, an id that @policy (NULL: the default) says
 * to drain for, and that is read from the node itself, not from traffic.
 */
const struct eg_finding *eg_gate_proof(const struct eg_findings *findings,
				       const struct eg_policy *policy);

/* Such a finding of traffic: proof when a second session agrees. From @from on, NULL: no more. */
const struct eg_finding *eg_gate_suspicion(const struct eg_findings *findings,
					   const struct eg_policy *policy, size_t from);

/* What could not be looked at, EG901, EG902 or an EG105, or NULL: for unknown = drain. */
const struct eg_finding *eg_gate_unknown(const struct eg_findings *findings);

/* Is this one of those? */
bool eg_gate_is_unknown(const struct eg_finding *finding);

/*
 * The drain's reason: @template with {id}, {text} and {job}; where that is "",
 * eg_reason_text(). Returns @ret (EG_REASON_MAX bytes).
 */
char *eg_gate_reason(const char *template, const struct eg_finding *finding, uint32_t job_id,
		     char *ret);

enum eg_gate_step eg_gate_decide(const struct eg_gate_view *view);

/* The Prolog's exit code: 1 keeps the job from this node and makes slurmd drain it. */
int eg_gate_exit_code(enum eg_gate_step step);

#endif
