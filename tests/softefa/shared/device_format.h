/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * device_format - what an EFA device and its user-space driver exchange: the
 * entries of the send, receive and completion rings, little-endian.
 *
 * Messages, RDMA read, and RDMA write, which rdma-core knows from version 46 on.
 */
#ifndef SE_DEVICE_FORMAT_H
#define SE_DEVICE_FORMAT_H

#include <stdint.h>

enum se_operation { SE_OP_SEND = 0, SE_OP_RDMA_READ = 1, SE_OP_RDMA_WRITE = 2 };

/* se_send_entry.control */
#define SE_SEND_OPERATION 0x0f
#define SE_SEND_HAS_IMM 0x10
#define SE_SEND_INLINE 0x20
/* se_send_entry.control2 */
#define SE_SEND_WANTS_COMPLETION 0x10

#define SE_KEY_MASK 0xffffffu
#define SE_INLINE_MAX 32
#define SE_SEND_SGES 2
#define SE_NO_AH 0xffff

/* One piece of memory, local (key is an lkey) or remote (key is an rkey). */
struct se_memory_ref {
	uint32_t length;
	uint32_t key;
	uint32_t addr_low;
	uint32_t addr_high;
};

struct se_send_entry {
	uint16_t request;
	uint8_t control;
	uint8_t control2;
	uint16_t dest_qpn;
	uint16_t length; /* bytes when inline, else number of pieces */
	uint32_t imm;
	uint16_t ah;
	uint16_t reserved;
	uint32_t qkey;
	uint8_t reserved2[12];
	union {
		struct se_memory_ref pieces[SE_SEND_SGES];
		uint8_t data[SE_INLINE_MAX];
		struct {
			struct se_memory_ref remote;
			struct se_memory_ref local;
		} rdma;
	};
};

struct se_recv_entry {
	uint32_t addr_low;
	uint32_t addr_high;
	uint16_t request;
	uint16_t length;
	uint32_t key_control;
};

/* se_completion.flags */
#define SE_CQE_PHASE 0x01
#define SE_CQE_FROM_SEND (1 << 1)
#define SE_CQE_FROM_RECV (2 << 1)
#define SE_CQE_HAS_IMM 0x08
#define SE_CQE_OPERATION_SHIFT 4
#define SE_CQE_UNSOLICITED 0x80 /* no receive was taken for it */

struct se_completion {
	uint16_t request;
	uint8_t status;
	uint8_t flags;
	uint16_t qpn;
	uint16_t length;
	/* from here on only for what a receive queue completes */
	uint16_t ah;
	uint16_t src_qpn;
	uint32_t imm;
	/* only in 32-byte entries; that of an RDMA write has the high half of its length here */
	union {
		uint8_t src_gid[16];
		uint16_t length_high;
	};
};

enum se_status {
	SE_STATUS_OK = 0,
	SE_STATUS_FLUSHED = 1,
	SE_STATUS_LOCAL_INVALID_OPERATION = 3,
	SE_STATUS_LOCAL_INVALID_AH = 4,
	SE_STATUS_LOCAL_INVALID_KEY = 5,
	SE_STATUS_LOCAL_BAD_LENGTH = 6,
	SE_STATUS_REMOTE_BAD_ADDRESS = 7,
	SE_STATUS_REMOTE_ABORT = 8,
	SE_STATUS_REMOTE_BAD_QPN = 9,
	SE_STATUS_REMOTE_NOT_READY = 10,
	SE_STATUS_REMOTE_BAD_LENGTH = 11,
	SE_STATUS_REMOTE_BAD_STATUS = 12,
	SE_STATUS_REMOTE_UNRESPONSIVE = 13,
	SE_STATUS_REMOTE_UNREACHABLE = 15,
};

_Static_assert(sizeof(struct se_send_entry) == 64, "send ring entry");
_Static_assert(sizeof(struct se_recv_entry) == 16, "receive ring entry");
_Static_assert(sizeof(struct se_completion) == 32, "completion ring entry");

static inline uint64_t se_join_addr(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

#endif
