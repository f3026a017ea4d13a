/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_child - libfabric asked in a process of its own, while the other layers
 * are looked at: it mostly waits. And a provider that ends its process, as efa
 * does on values it dislikes, leaves the other layers known.
 */
#ifndef EG_NODE_FABRIC_CHILD_H
#define EG_NODE_FABRIC_CHILD_H

#include <stddef.h>
#include <sys/types.h>

struct eg_err;
struct eg_fabric_device;

struct eg_fabric_child {
	pid_t pid; /* 0: none */
	int fd; /* its answer comes here */
};

/*
 * Start asking @library (NULL: by the loader's path). Call it before any thread
 * is started. 0 or -errno.
 */
int eg_fabric_child_start(const char *library, struct eg_fabric_child *ret, struct eg_err *err);

/*
 * Its answer, as eg_fabric_list() gives it, and the version into @version (""
 * unknown). Blocks until it comes or the process ends: callers are themselves
 * children with a deadline. -EIO with the reason when it ended without answer.
 */
ssize_t eg_fabric_child_answer(struct eg_fabric_child *child, struct eg_fabric_device *ret,
			       size_t max, char *version, size_t version_size, struct eg_err *err);

#endif
