/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_link - a device through libfabric, as jobs use it: an RDM endpoint of
 * the provider's with small queues, an address vector, a completion queue.
 */
#ifndef EG_BURST_FABRIC_LINK_H
#define EG_BURST_FABRIC_LINK_H

struct eg_err;
struct eg_fabric_lib;
struct eg_link;
struct fi_info;

/* Open what @info stands for: 0 with *@ret for eg_endpoint_open(), or -errno. */
int eg_fabric_link_open(const struct eg_fabric_lib *lib, struct fi_info *info, struct eg_link **ret,
			struct eg_err *err);

#endif
