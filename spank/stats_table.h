/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stats_table - the messages nodes send srun for --efa-stats, and the one
 * table made of them. Pure: no I/O.
 */
#ifndef EG_SPANK_STATS_TABLE_H
#define EG_SPANK_STATS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spank/counts.h"

#define EG_STATS_TOKEN_MAX 33 /* 128 bits in hexadecimal digits, and the final 0 */
#define EG_STATS_MESSAGE_MAX 16384 /* 64 devices of some 200 characters */
#define EG_STATS_NODE_MAX 64

/* The counts of one node. */
struct eg_stats_node {
	char name[EG_STATS_NODE_MAX];
	struct eg_counts counts;
};

/* "TOKEN NODE\n", a line a device, "end\n": its length, or -ENAMETOOLONG. */
long eg_stats_message(const char *token, const char *node, const struct eg_counts *counts,
		      char *ret, size_t size);

/* Read such a message; false for any other, or another token. @text ends in 0. */
bool eg_stats_parse(const char *text, const char *token, struct eg_stats_node *ret);

/*
 * Print the table of the nodes line by line through @out, in order of their
 * names; @nodes get sorted. A device is marked when it has errors or timeouts,
 * when over 1 % of its packets were retransmitted, or when it moved less than
 * half of the median of its node's other devices. Without a device nothing.
 */
void eg_stats_print(struct eg_stats_node *nodes, size_t count, void (*out)(const char *line));

#endif
