/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * remote_read - carrying out RDMA READ.
 */
#ifndef SE_REMOTE_READ_H
#define SE_REMOTE_READ_H

#include <stdint.h>

#include "op.h"
#include "route.h"

/* The most that one request reads. */
#define SE_READ_MAX (1u << 30)

/* Read what @op asks for along @route. Returns an se_status. */
int se_remote_read(const struct se_op *op, const struct se_route *route);

#endif
