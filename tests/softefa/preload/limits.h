/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * limits - what the emulated device says it can do. Queues are small, because
 * libfabric fills packet pools of their size.
 */
#ifndef SE_LIMITS_H
#define SE_LIMITS_H

#define SE_SQ_WRS 256u
#define SE_RQ_WRS 512u
#define SE_SQ_SGES 2u
#define SE_RQ_SGES 1u
#define SE_CQES 32768u
#define SE_PDS 256u
#define SE_AHS 2048u
#define SE_MR_BYTES (1ull << 44)
#define SE_VENDOR 0x1d0fu

#endif
