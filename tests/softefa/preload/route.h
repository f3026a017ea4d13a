/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * route - from a work request to the queue pair it is for, and whether the
 * faults that are set let it pass.
 */
#ifndef SE_ROUTE_H
#define SE_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "op.h"

/* Number that stands for every address without a device. */
#define SE_AH_NOWHERE (SE_DEVICES_MAX + 1)

struct se_route {
	uint32_t from; /* device rows */
	uint32_t to;
	struct se_block *block; /* of the receiving device */
	struct se_qp *qp; /* the receiver */
	/* its rows when it was found; it may be gone and its place taken since */
	struct se_owner owner;
	uint32_t recv_cq;
};

/*
 * Find the receiver of @op. Returns SE_STATUS_OK or the status the request ends
 * with.
 */
int se_route_find(const struct se_op *op, struct se_route *ret);

/*
 * Whether the link between two devices is cut now. @ret_retry_ns is set to how
 * long the sender keeps trying when it is.
 */
bool se_route_is_cut(uint32_t from, uint32_t to, uint64_t *ret_retry_ns);

/* When @bytes sent now have arrived on a slow link, 0 when it is not slow. */
uint64_t se_route_arrival_ns(uint32_t from, uint32_t to, uint64_t bytes);

/* Whether payload that goes between the devices is damaged. */
bool se_route_corrupts(uint32_t from, uint32_t to);

#endif
