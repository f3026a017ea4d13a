/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stats - how the counts of a step's nodes reach its user: srun listens, each
 * node's plugin connects once when its last task has ended, and srun, the one
 * writer, prints the table at its end. The kernel holds what comes until then;
 * nobody waits and no thread runs meanwhile.
 *
 * The token, which only the user's own processes can see, keeps others from
 * putting rows into the table.
 */
#ifndef EG_SPANK_STATS_H
#define EG_SPANK_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spank/counts.h"
#include "spank/stats_table.h"

/* Slurm hands on what begins with SLURM_ also under --export=NONE. */
#define EG_STATS_VARIABLE "SLURM_EFAGATE_STATS"
#define EG_STATS_WHERE_MAX 160

/* srun's side. */
struct eg_stats_server {
	int fd; /* listening, -1 none */
	uint32_t nodes; /* that will connect; of a heterogeneous step at least so many */
	char token[EG_STATS_TOKEN_MAX];
};

/*
 * Listen on a port of the kernel's choice; @ret_where is what nodes need:
 * "TOKEN PORT ADDRESS...". How many nodes there are is set later. 0 or -errno.
 */
int eg_stats_listen(struct eg_stats_server *ret, char ret_where[EG_STATS_WHERE_MAX]);

/* Print what came and close; waits at most a second for nodes that are late. */
void eg_stats_finish(struct eg_stats_server *server, void (*out)(const char *line));

/*
 * A node's side: send @counts to @where, trying its addresses in turn.
 * 0, -ETIMEDOUT or -errno; blocks for 500 ms at most.
 */
int eg_stats_send(const char *where, const char *node, const struct eg_counts *counts);

#endif
