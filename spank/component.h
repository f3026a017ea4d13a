/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * component - which of a step's nodes belong together.
 *
 * In a heterogeneous step the node list names the nodes of all components
 * while Slurm counts nodes within one: the list's index is not the node id,
 * and the nodes of one component need not stand together.
 */
#ifndef EG_SPANK_COMPONENT_H
#define EG_SPANK_COMPONENT_H

#include <stdint.h>

struct eg_err;

struct eg_component {
	char *nodes; /* compressed as it came when the list is the component, else with commas */
	uint32_t index; /* of this node in @nodes */
};

/* What Slurm tells a node about its place. */
struct eg_place {
	const char *list; /* nodes of the step, of all its components */
	const char *const *groups; /* NULL-terminated: nodes of each component of the job */
	const char *node; /* this one */
	uint32_t node_id; /* its number of ... */
	uint32_t count; /* ... those of its component in this step */
};

/*
 * Find the component at @place.
 * Returns 0 with @ret filled (release with eg_component_done()), or -errno
 * with the reason in @err and @ret untouched.
 */
int eg_component_find(const struct eg_place *place, struct eg_component *ret, struct eg_err *err);

/* Takes a zeroed one. */
void eg_component_done(struct eg_component *component);

#endif
