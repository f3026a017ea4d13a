/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_map - a fabric's folder: making it, removing it, mapping its file.
 *
 * The folder holds `fabric` (see fabric.h), `contexts/` with a ring file for
 * each open device, and `nodes/` with what a node's /sys, /dev and /etc are
 * made of. Folders that every user writes to have mode 1777.
 */
#ifndef SE_FABRIC_MAP_H
#define SE_FABRIC_MAP_H

#include <limits.h>

#include "fabric.h"

struct se_fabric_map {
	struct se_fabric *shared; /* NULL when not open */
	struct se_block *_Atomic blocks[SE_DEVICES_MAX]; /* mapped on first use */
	struct se_mail *_Atomic mails[SE_PROCESSES_MAX];
	char dir[PATH_MAX];
};

/* Make the fabric folder @dir. Returns 0, -EEXIST, or another -errno. */
int se_fabric_create(const char *dir);

/*
 * Map the fabric file of @dir into @map, which is zeroed. Returns 0, -ENOENT
 * (no fabric there), -EPROTO (made by another version), -ESTALE (made before the
 * machine was last started: its locks are held by nobody), or another -errno.
 */
int se_fabric_open(struct se_fabric_map *map, const char *dir);

/* Unmap everything; fine on a zeroed @map. */
void se_fabric_close(struct se_fabric_map *map);

/* The block of device @row, mapped at the first call. NULL when that fails. */
struct se_block *se_fabric_block(struct se_fabric_map *map, uint32_t row);

/* The mail of process @row, in the same way. */
struct se_mail *se_fabric_mail(struct se_fabric_map *map, uint32_t row);

/* Row of the node called @name, or -ENOENT. */
int se_fabric_find_node(const struct se_fabric *shared, const char *name);

#endif
