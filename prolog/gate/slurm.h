/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slurm - the only place that talks to Slurm: scontrol as a child with a
 * deadline, because libslurm changes its name with each release and a call
 * to an absent slurmctld takes 19 s.
 */
#ifndef EG_GATE_SLURM_H
#define EG_GATE_SLURM_H

#include <limits.h>
#include <stdint.h>

#include "prolog/gate/slurm_nodes.h"

struct eg_config;
struct eg_err;

struct eg_slurm {
	char scontrol[PATH_MAX]; /* "" not found */
	char conf[PATH_MAX + 16]; /* "SLURM_CONF=...", "" not said */
};

/* @slurm_conf is the value of SLURM_CONF or NULL. What is missing is said by the calls. */
void eg_slurm_init(const struct eg_config *config, const char *slurm_conf, struct eg_slurm *ret);

/*
 * All nodes with their states and reasons; one call to slurmctld.
 * Returns 0 or -errno; blocks until @deadline_ms plus 200 ms at most, as do the others.
 */
int eg_slurm_read_nodes(const struct eg_slurm *slurm, int64_t deadline_ms,
			struct eg_slurm_nodes *ret, struct eg_err *err);

/*
 * When a gate that began at @start_ms and now, at @now_ms, turns to Slurm must
 * have done: @timeout_ms (scontrol_timeout_ms) from now, and 7.7 s after its
 * begin, so that slurmd does not call the Prolog hung (MessageTimeout - 2 s,
 * 8 s by default); a site that gives scontrol longer than that accepts it. A
 * second and a half it has in any case.
 */
int64_t eg_slurm_deadline_ms(int64_t start_ms, int64_t now_ms, uint32_t timeout_ms);

/* Put @node (a plain name) into @state, "drain" or "fail", for @reason. 0 or -errno. */
int eg_slurm_drain(const struct eg_slurm *slurm, const struct eg_slurm_node *node,
		   const char *state, int64_t deadline_ms, struct eg_err *err);

/* Take the reason away from a node that is in service. 0 or -errno. */
int eg_slurm_clear_reason(const struct eg_slurm *slurm, const char *name, int64_t deadline_ms,
			  struct eg_err *err);

/* Back into service. 0 or -errno. */
int eg_slurm_resume(const struct eg_slurm *slurm, const char *name, int64_t deadline_ms,
		    struct eg_err *err);

#endif
