/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nodelist - Slurm's compressed list of nodes ("n[1-3,07],gpu5") taken apart.
 *
 * Own code because the list is wanted where no Slurm library may be linked.
 */
#ifndef EG_BASE_NODELIST_H
#define EG_BASE_NODELIST_H

#include <stddef.h>

struct eg_err;

#define EG_NODELIST_MAX 65536 /* nodes; Slurm's own MAX_SLURM_NODES is of that order */
#define EG_NODE_NAME_MAX 256

struct eg_nodelist {
	char **names;
	size_t count;
};

/*
 * Expand @text. One bracket group a name ("n[1-3]"), zero padding kept.
 * Returns 0, -EINVAL (text says where), -E2BIG or -ENOMEM.
 */
int eg_nodelist_parse(const char *text, struct eg_nodelist *ret, struct eg_err *err);

/* The index of @name, or -1. */
long eg_nodelist_find(const struct eg_nodelist *list, const char *name);

/* Takes zeroed and half-built lists. */
void eg_nodelist_done(struct eg_nodelist *list);

#endif
