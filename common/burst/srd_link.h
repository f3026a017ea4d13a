/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * srd_link - a device by a queue pair of our own, through rdma-core alone:
 * EFA's scalable reliable datagrams (SRD), with the RDMA reads of the device.
 *
 * What libfabric puts on top costs more than all else of a check: its address
 * vector is 40 MB a device, its load takes 0.2 s (1.17 on Debian). A path, a
 * security group, a device's rate and its data are the same without it.
 * Devices without RDMA reads cannot be used so.
 */
#ifndef EG_BURST_SRD_LINK_H
#define EG_BURST_SRD_LINK_H

#include <stdbool.h>

struct eg_err;
struct eg_link;
struct eg_target;

/* GID, queue pair and its key; no other kind has addresses of this length. */
#define EG_SRD_ADDRESS_BYTES 24

/*
 * Open the verbs device @name, which opened before. 0 with *@ret for
 * eg_endpoint_open(), or -errno.
 */
int eg_srd_link_open(const char *name, struct eg_link **ret, struct eg_err *err);

/* Is it the address of a link of this kind? */
bool eg_srd_is_target(const struct eg_target *target);

#endif
