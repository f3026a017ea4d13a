/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * qp_states - which changes of a queue pair the kernel's driver lets pass.
 */
#ifndef SE_QP_STATES_H
#define SE_QP_STATES_H

#include <stdbool.h>
#include <stdint.h>

/* Bits of ib_uverbs_modify_qp.attr_mask that a device with these queue types knows. */
#define SE_QP_ATTR_STATE (1u << 0)
#define SE_QP_ATTR_CUR_STATE (1u << 1)
#define SE_QP_ATTR_EN_SQD (1u << 2)
#define SE_QP_ATTR_PKEY (1u << 4)
#define SE_QP_ATTR_PORT (1u << 5)
#define SE_QP_ATTR_QKEY (1u << 6)
#define SE_QP_ATTR_RNR_RETRY (1u << 11)
#define SE_QP_ATTR_SQ_PSN (1u << 16)

enum se_qp_state {
	SE_QP_RESET,
	SE_QP_INIT,
	SE_QP_READY_TO_RECEIVE,
	SE_QP_READY_TO_SEND,
	SE_QP_SQ_DRAINED,
	SE_QP_SQ_ERROR,
	SE_QP_ERROR,
	SE_QP_STATES,
};

/* Whether a queue pair in @state takes what others send it. */
bool se_qp_receives(uint32_t state);

/*
 * Whether a queue pair may go from @from to @to with the attributes @mask.
 * Returns 0, -EOPNOTSUPP (an attribute this device never takes) or -EINVAL.
 */
int se_qp_change_allowed(uint32_t from, uint32_t to, uint32_t mask);

#endif
