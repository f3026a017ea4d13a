/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * instance_table - the EC2 instance types that can have EFA, and how much of it.
 *
 * One format, etc/instances.conf, which also explains it and says where the
 * figures are from: that file is built in, and a site's own file with the same
 * format adds rows or replaces them. The numbers are the most a type can have:
 * a launch template may attach fewer.
 */
#ifndef EG_NODE_INSTANCE_TABLE_H
#define EG_NODE_INSTANCE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/node/facts.h"

struct eg_err;

#define EG_INSTANCE_FILE_BYTES_MAX (256 * 1024) /* the built-in table has 34 kB */

struct eg_instance_type {
	char name[64]; /* "p4de.24xlarge" */
	uint32_t devices;
	uint32_t gbps_each, gbps; /* of one device, and of all together */
	uint32_t generation; /* 1 and up, 0 unknown */
	uint16_t device_id; /* 0xefa0 and up, 0 unknown */
	bool rdma_read, rdma_write; /* in hardware */
	uint32_t accelerators; /* GPUs and the like, 0 none */
	char accelerator[24]; /* "a100", "" none */
	bool only_own; /* talks EFA only with nodes of its own type */
	char confidence[8]; /* "high", "medium", "low" */
	char sources[8]; /* letters, see etc/instances.conf */
	struct eg_place places[EG_DEVICES_MAX]; /* of the devices, in bus order */
	size_t place_count; /* @devices, or 0: not known */
};

/* A text of rows being read. */
struct eg_instance_rows {
	const char *text, *end;
	const char *name; /* of the file, for messages */
	unsigned int line; /* of the row read last */
};

/* The table that is built in. */
void eg_instance_rows_builtin(struct eg_instance_rows *ret);

/*
 * The next row: 1 with @ret filled, 0 at the end, or -EINVAL with
 * "FILE:LINE: what is wrong" in @err. Any bytes may be read.
 */
int eg_instance_rows_next(struct eg_instance_rows *rows, struct eg_instance_type *ret,
			  struct eg_err *err);

/*
 * Find the row of @name in all of @rows: 1, 0 without one, or -EINVAL for a
 * text with a mistake anywhere or with two rows of that name.
 */
int eg_instance_rows_find(struct eg_instance_rows *rows, const char *name,
			  struct eg_instance_type *ret, struct eg_err *err);

/*
 * The row of type @name: of the site's file @path (NULL: none; one that is
 * missing has no rows), else of the built-in table. 1, 0, -EINVAL, or the errno
 * of reading the file.
 */
int eg_instance_type_find(const char *path, const char *name, struct eg_instance_type *ret,
			  struct eg_err *err);

/*
 * Does EFA of this type only reach nodes of the same type (p4d, p4de, dl1)?
 * Then its place among those types, counted from 1, else 0.
 */
uint8_t eg_instance_type_apart(const char *name);

#endif
