/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * learned - the number of EFA devices this instance was seen with when it was
 * known to be whole: what a launch template attaches, which no table knows.
 *
 * One file, one line, in a folder of root's own: "efagate-learned/1 KEY N". The
 * key is the instance's id, so that a copied disk does not bring the number of
 * another instance along; where it is not known the boot's id.
 */
#ifndef EG_NODE_LEARNED_H
#define EG_NODE_LEARNED_H

#include <stdint.h>

struct eg_err;

#define EG_LEARNED_FILE "learned" /* in the state folder */

/*
 * The number learned under @key: 1 with *@ret set; 0 when there is none, it is
 * of another key, or this user may not read it; -EINVAL for a file that holds
 * something else or that others than root can write to.
 */
int eg_learned_read(const char *path, const char *key, uint32_t *ret, struct eg_err *err);

/* Keep @devices under @key, in the place of what was learned before: 0 or -errno. */
int eg_learned_write(const char *path, const char *key, uint32_t devices, struct eg_err *err);

#endif
