/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * meminfo - /proc/meminfo of a node: the machine's, with the huge pages that
 * the node's sysfs has. A file that changes by itself cannot be mounted over.
 */
#ifndef SE_MEMINFO_H
#define SE_MEMINFO_H

/*
 * When a program of a node opens /proc/meminfo for reading, a descriptor of what
 * it says at this moment; otherwise -1, with errno as it was.
 */
int se_meminfo_open(const char *path, int flags);

#endif
