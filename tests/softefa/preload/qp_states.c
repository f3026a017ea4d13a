/* SPDX-License-Identifier: BSD-3-Clause */
#include "qp_states.h"

#include <errno.h>
#include <stddef.h>

#define KNOWN                                                                            \
	(SE_QP_ATTR_STATE | SE_QP_ATTR_CUR_STATE | SE_QP_ATTR_EN_SQD | SE_QP_ATTR_PKEY | \
	 SE_QP_ATTR_PORT | SE_QP_ATTR_QKEY | SE_QP_ATTR_RNR_RETRY | SE_QP_ATTR_SQ_PSN)
#define SETUP (SE_QP_ATTR_PKEY | SE_QP_ATTR_PORT | SE_QP_ATTR_QKEY)
#define RUNNING (SE_QP_ATTR_CUR_STATE | SE_QP_ATTR_QKEY | SE_QP_ATTR_RNR_RETRY)

static const struct {
	uint32_t from;
	uint32_t to;
	uint32_t required;
	uint32_t optional;
} changes[] = {
	{ SE_QP_RESET, SE_QP_INIT, SETUP, 0 },
	{ SE_QP_INIT, SE_QP_INIT, 0, SETUP },
	{ SE_QP_INIT, SE_QP_READY_TO_RECEIVE, 0, SE_QP_ATTR_PKEY | SE_QP_ATTR_QKEY },
	{ SE_QP_READY_TO_RECEIVE, SE_QP_READY_TO_SEND, SE_QP_ATTR_SQ_PSN, RUNNING },
	{ SE_QP_READY_TO_SEND, SE_QP_READY_TO_SEND, 0, RUNNING },
	{ SE_QP_READY_TO_SEND, SE_QP_SQ_DRAINED, 0, SE_QP_ATTR_EN_SQD },
	{ SE_QP_SQ_DRAINED, SE_QP_READY_TO_SEND, 0, RUNNING },
	{ SE_QP_SQ_DRAINED, SE_QP_SQ_DRAINED, 0, SE_QP_ATTR_PKEY | SE_QP_ATTR_QKEY },
	{ SE_QP_SQ_ERROR, SE_QP_READY_TO_SEND, 0, RUNNING },
};

bool se_qp_receives(uint32_t state)
{
	return state >= SE_QP_READY_TO_RECEIVE && state < SE_QP_ERROR;
}

int se_qp_change_allowed(uint32_t from, uint32_t to, uint32_t mask)
{
	uint32_t given = mask & ~(SE_QP_ATTR_STATE | SE_QP_ATTR_CUR_STATE);

	if (mask & ~KNOWN)
		return -EOPNOTSUPP;
	if (to >= SE_QP_STATES)
		return -EINVAL;
	if (to == SE_QP_RESET || to == SE_QP_ERROR)
		return given ? -EINVAL : 0;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		bool matches = changes[i].from == from && changes[i].to == to;

		if (matches && (given & changes[i].required) == changes[i].required &&
		    !(given & ~(changes[i].required | changes[i].optional)))
			return 0;
	}
	return -EINVAL;
}
