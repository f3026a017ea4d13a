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
 * Find the receiver of @entry, which device @from sends. Returns SE_STATUS_OK or
 * the status the request ends with.
 */
int se_route_find(uint32_t from, const struct se_send_entry *entry, struct se_route *ret);

/* How a request ends that does not get through, and after how long. */
struct se_cut {
	uint64_t retry_ns;
	int status;
};

/*
 * Whether a request of @from to @to gets no answer now; @both_ways when data
 * comes back, as for RDMA READ. @ret is filled when it is so. Else, where faults
 * are set, *@passed is set: tried again the request is not counted once more.
 */
bool se_route_is_cut(uint32_t from, uint32_t to, bool both_ways, bool *passed, struct se_cut *ret);

/* Whether this try of a request is lost on the way. */
bool se_route_drops(uint32_t from, uint32_t to);

/* The status that requests of @from to @to are made to end with, 0 for their own. */
int se_route_forced_status(uint32_t from, uint32_t to);

/* When @bytes sent now have arrived on a slow link, 0 when it is not slow. */
uint64_t se_route_arrival_ns(uint32_t from, uint32_t to, uint64_t bytes);

/* Whether payload that goes between the devices is damaged. */
bool se_route_corrupts(uint32_t from, uint32_t to);

#endif
