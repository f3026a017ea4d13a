/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fabric_mail - the place where a process takes requests of peers that may not
 * reach into its memory: those of another user, or of another PID namespace.
 *
 * One request at a time. The sender holds @lock from the question to the
 * answer; the receiver's servant thread sleeps on @state.
 */
#ifndef SE_FABRIC_MAIL_H
#define SE_FABRIC_MAIL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "device_format.h"

#define SE_MAIL_PAYLOAD_BYTES 65536u

enum se_mail_state { SE_MAIL_IDLE, SE_MAIL_ASKED, SE_MAIL_TAKEN, SE_MAIL_ANSWERED };
enum se_mail_kind { SE_MAIL_MESSAGE, SE_MAIL_FETCH, SE_MAIL_STORE, SE_MAIL_NOTICE };

struct se_mail {
	pthread_mutex_t lock;
	uint32_t has_lock; /* prepared once and never again */
	_Atomic uint32_t state;
	uint32_t kind;
	uint32_t from; /* device rows */
	uint32_t source_qpn;
	uint32_t source_type; /* se_qp_type */
	struct se_send_entry entry; /* ah and dest_qpn say whom it is for */
	struct se_memory_ref remote; /* fetch, store */
	uint32_t bytes; /* of the payload */
	int32_t status;
	uint8_t payload[SE_MAIL_PAYLOAD_BYTES];
};

#endif
