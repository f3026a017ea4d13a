/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric - a simulated fabric: which device reaches which at which moment,
 * from given rates of faults and a seed. The same for the same seed.
 */
#ifndef EG_SIM_FABRIC_H
#define EG_SIM_FABRIC_H

#include <stdbool.h>
#include <stdint.h>

/* Rates are shares of 1. */
struct sim_rates {
	double bad_nodes; /* solid: no device reaches anything, its own included */
	double bad_devices;
	double bad_pairs; /* of nodes: nothing between the two, both else good */
	double transient_tries; /* one try of two devices, independent */
	double transient_pairs; /* all tries of two nodes in one stage */
	uint32_t island; /* nodes that reach only each other; 0 none */
	bool closed; /* nothing between nodes */
	uint32_t outage_nodes; /* that fail everything for a while */
	uint32_t outage_min_ms, outage_max_ms; /* for how long, evenly drawn */
};

struct sim_fabric {
	const struct sim_rates *rates;
	uint64_t seed;
	uint32_t nodes;
	uint8_t devices;
	bool *bad_node; /* by node */
	bool *bad_device; /* by node and device */
	bool *island; /* by node */
	struct sim_outage {
		uint32_t from_ms, to_ms;
	} * outages; /* by node; empty: from == to */
};

/* Draw the faults: 0 or -ENOMEM. The moment of an outage lies within @span_ms. */
int sim_fabric_init(struct sim_fabric *fabric, uint32_t span_ms);

/* Takes zeroed ones. */
void sim_fabric_done(struct sim_fabric *fabric);

/* A stage, as the fabric sees it. */
struct sim_stage {
	unsigned int number;
	uint32_t from_ms, to_ms; /* since the session's start */
};

/*
 * Does a try within the stage fail? The worst is assumed of an outage: one
 * moment of it anywhere in the stage fails all tries of the node.
 */
bool sim_fabric_fails(const struct sim_fabric *fabric, const struct sim_stage *stage, uint32_t a,
		      uint8_t a_device, uint32_t b, uint8_t b_device);

#endif
