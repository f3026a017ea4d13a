/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * srd_status - how an EFA device says that a read failed: the status of its
 * completions, which libfabric gives as prov_errno and libibverbs as
 * vendor_err. Pure. The numbers are those of efa_io_defs.h in rdma-core and of
 * efa_errno.h in libfabric.
 */
#ifndef EG_BURST_SRD_STATUS_H
#define EG_BURST_SRD_STATUS_H

#include <stdint.h>

#define EG_SRD_UNKNOWN_PEER 14 /* the partner has not made us known to its device yet */

/* "Unresponsive receiver", in the words that libfabric has for it where they say it; never NULL. */
const char *eg_srd_status_text(uint32_t status);

/* The errno that libfabric gives for it, positive; EIO for those without one. */
int eg_srd_status_errno(uint32_t status);

#endif
