/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_limits - how much fits into a fabric.
 */
#ifndef SE_FABRIC_LIMITS_H
#define SE_FABRIC_LIMITS_H

#include <stdint.h>

#define SE_NODES_MAX 64
#define SE_NODE_DEVICES 32
#define SE_DEVICES_MAX (SE_NODES_MAX * SE_NODE_DEVICES)
#define SE_PROCESSES_MAX 4096
#define SE_CONTEXTS_MAX 16384
#define SE_DEVICE_QPS 256
#define SE_DEVICE_CQS 512
#define SE_DEVICE_MRS 4096
#define SE_DEVICE_FAULTS 16
#define SE_NAME_MAX 64
#define SE_GID_SIZE 16
#define SE_BOOT_ID_MAX 40
#define SE_PAGE 4096u

/* Every context file has this length, sparse. */
#define SE_CONTEXT_BYTES (16u << 20)

#define SE_ROUND_PAGE(bytes) (((uint64_t)(bytes) + SE_PAGE - 1) & ~(uint64_t)(SE_PAGE - 1))

#endif
