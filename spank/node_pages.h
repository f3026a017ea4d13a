/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * node_pages - what --efa-huge-page=auto needs to know of a node where no
 * helper looks at it: a few files of sysfs.
 */
#ifndef EG_SPANK_NODE_PAGES_H
#define EG_SPANK_NODE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

struct eg_node_pages {
	uint32_t devices; /* EFA devices with a verbs device */
	uint64_t size_kib; /* 2048, or 0 where the node has no pages of that size */
	uint64_t available; /* free - reserved + what may still be overcommitted */
};

/* Read them below @sysfs ("/sys"): 0 or -errno. Reads some ten small files, never blocks. */
int eg_node_pages_read(const char *sysfs, struct eg_node_pages *ret);

/* Is verbs device @name an EFA? */
bool eg_node_is_efa(const char *sysfs, const char *name);

#endif
