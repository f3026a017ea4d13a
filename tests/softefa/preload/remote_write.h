/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * remote_write - carrying out RDMA WRITE.
 */
#ifndef SE_REMOTE_WRITE_H
#define SE_REMOTE_WRITE_H

#include "op.h"
#include "route.h"

/*
 * Write what @op says along @route. Returns an se_status; with immediate data
 * SE_STATUS_REMOTE_NOT_READY when the receiver has no buffer posted.
 */
int se_remote_write(const struct se_op *op, const struct se_route *route);

#endif
