/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mount_parts - the three folders a node replaces. Each function returns 0 or
 * -errno; @root is the node's folder in the fabric.
 */
#ifndef SE_MOUNT_PARTS_H
#define SE_MOUNT_PARTS_H

/* @root/sys over /sys, with cgroups, processors and interfaces of the machine inside. */
int se_mount_sys(const char *root);

/* A /dev with copies of the device files there are, the node's, and a /dev/shm of its own. */
int se_mount_dev(const char *root);

/*
 * Name @library in /etc/ld.so.preload. When something else than the root file
 * system's own folder is mounted on /etc, that is private to this namespace
 * already and the file is written into it; else an overlay goes over /etc,
 * whose changes end with the namespace.
 */
int se_mount_preload(const char *root, const char *library);

#endif
