/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * node_mount - turning the current mount namespace into a node: its /sys, its
 * /dev with the device files, and the preload library for every program.
 *
 * Only mounts are made, none outside this namespace; what they cover stays as
 * it is.
 */
#ifndef SE_NODE_MOUNT_H
#define SE_NODE_MOUNT_H

#include <limits.h>

struct se_node_mount {
	char root[PATH_MAX]; /* DIR/nodes/NODE */
	char library[PATH_MAX]; /* libsoftefa.so */
	const char *doing; /* the step that failed, for the message */
};

/*
 * Mount all of it. Returns 0 or -errno; the namespace is then half made and
 * should be given up.
 */
int se_node_mount(struct se_node_mount *mount);

/*
 * Whether this process has a mount namespace other than that of process 1.
 * Returns 1, 0, or -errno when it cannot be known.
 */
int se_node_mount_is_private(void);

#endif
