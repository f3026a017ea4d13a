/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slurm_nodes - what `scontrol --oneliner show nodes` prints, read; and the
 * cap on drains counted from it. Pure.
 */
#ifndef EG_GATE_SLURM_NODES_H
#define EG_GATE_SLURM_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct eg_err;

#define EG_SLURM_REASON_MAX 512 /* longer ones are somebody else's, and cut */

struct eg_slurm_node {
	char name[256];
	bool out_of_service; /* drained, failed, or down for a reason */
	char reason[EG_SLURM_REASON_MAX]; /* "" none */
	int64_t reason_time; /* seconds since 1970, 0 unknown */
	int64_t boot_time; /* the same, of the node's last boot */
	char host[256]; /* the host it is on, "" not said */
};

struct eg_slurm_nodes {
	struct eg_slurm_node *list;
	size_t count;
};

/* How many nodes efagate may have drained in which time. */
struct eg_cap {
	uint32_t limit; /* drain_cap: 0 means 2 % of the nodes, at least 1 */
	uint32_t window_s;
	int64_t now; /* seconds since 1970 */
	bool late; /* another gate may have settled before it could see this node's drain */
	const char *reason; /* drain_reason: nodes with these words count too; NULL or "": none */
};

/*
 * Lines of scontrol's own log, which stands in @text where stderr does, are
 * passed over. 0, -EINVAL when @text is something else, -ENOMEM. Release with
 * eg_slurm_nodes_done().
 */
int eg_slurm_nodes_parse(const char *text, struct eg_slurm_nodes *ret, struct eg_err *err);

/*
 * The entry of @name; else the only one on a host of that name, with or without
 * its domain, because reports made without Slurm name the host. Or NULL.
 */
struct eg_slurm_node *eg_slurm_nodes_find(const struct eg_slurm_nodes *nodes, const char *name);

/* Takes zeroed and half-built lists. */
void eg_slurm_nodes_done(struct eg_slurm_nodes *nodes);

/* A plain name: Slurm expands brackets and commas into other nodes. */
bool eg_slurm_name_is_plain(const char *name);

/* The limit for a cluster of this size. */
uint32_t eg_cap_limit(const struct eg_cap *cap, const struct eg_slurm_nodes *nodes);

/* Nodes, others than the one named @except, whose reason is ours and falls into the window. */
uint32_t eg_cap_count(const struct eg_cap *cap, const struct eg_slurm_nodes *nodes,
		      const char *except);

/*
 * Is @node within the limit, in order of time and name? Several gates that
 * drained at the same moment agree by this on who undoes it. A late one comes
 * behind all of its second.
 */
bool eg_cap_allows(const struct eg_cap *cap, const struct eg_slurm_nodes *nodes,
		   const struct eg_slurm_node *node);

#endif
