/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs_call - answering the uverbs interface of the kernel. One function for
 * each method and command, by subject; se_verbs_call() picks.
 *
 * Each returns 0 or the -errno that the ioctl fails with.
 */
#ifndef SE_VERBS_CALL_H
#define SE_VERBS_CALL_H

#include <rdma/rdma_user_ioctl_cmds.h>

#include "open_device.h"

typedef int (*se_verbs_fn)(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

/* Carry out one RDMA_VERBS_IOCTL. Blocks for as long as a `hang` fault is set. */
int se_verbs_call(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

/* verbs_device.c */
int se_verbs_get_context(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_query_device(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_query_device_ex(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_query_port(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_query_gid(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_query_gids(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

/* verbs_memory.c */
int se_verbs_alloc_pd(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_destroy_pd(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_reg_dmabuf_mr(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_reg_mr(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_destroy_mr(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

/* verbs_address.c */
int se_verbs_create_ah(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_destroy_ah(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

/* verbs_event.c */
int se_verbs_alloc_async(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_create_channel(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

/* verbs_cq.c */
int se_verbs_create_cq(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_destroy_cq(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

/* verbs_qp.c */
int se_verbs_create_qp(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_modify_qp(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_query_qp(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);
int se_verbs_destroy_qp(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

#endif
