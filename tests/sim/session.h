/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * session - one session over a simulated fabric, with the real plan, conduct
 * and judge, and what the truth says of its findings.
 */
#ifndef EG_SIM_SESSION_H
#define EG_SIM_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/fabric.h"

struct sim_scenario {
	const char *name;
	uint32_t nodes;
	uint8_t devices;
	uint32_t sessions;
	struct sim_rates rates;
};

/* Sums over sessions. */
struct sim_sums {
	uint64_t sessions;
	uint64_t blamed_good; /* nodes or devices blamed that are good */
	uint64_t faults, found; /* solid ones of nodes and devices; named as such */
	uint64_t rounds; /* most of a session */
	uint64_t rounds_sum;
	uint64_t messages; /* HELLO to verdict, both directions */
	uint64_t stopped; /* sessions without GO */
	uint64_t cluster; /* sessions in which the cluster was named */
	uint64_t warned; /* sessions that go with warnings */
};

/* Run session number @index of @scenario and add it to @sums: 0 or -errno. */
int sim_session_run(const struct sim_scenario *scenario, uint64_t index, struct sim_sums *sums);

#endif
