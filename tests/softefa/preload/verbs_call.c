/* SPDX-License-Identifier: BSD-3-Clause */
#include "verbs_call.h"

#include <errno.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <stddef.h>
#include <time.h>

#include "../shared/fault.h"
#include "session.h"
#include "verbs_attr.h"

#define HANG_LOOK_NS 20000000

struct row {
	uint16_t object;
	uint16_t method;
	bool is_release; /* allowed on a device that is gone */
	se_verbs_fn answer;
};

static int invoke_write(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

static const struct row methods[] = {
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_INVOKE_WRITE, false, invoke_write },
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_PORT, false, se_verbs_query_port },
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_GET_CONTEXT, false, se_verbs_get_context },
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_GID_ENTRY, false, se_verbs_query_gid },
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_GID_TABLE, false, se_verbs_query_gids },
	{ UVERBS_OBJECT_PD, UVERBS_METHOD_PD_DESTROY, true, se_verbs_destroy_pd },
	{ UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_CREATE, false, se_verbs_create_cq },
	{ UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_DESTROY, true, se_verbs_destroy_cq },
	{ UVERBS_OBJECT_QP, UVERBS_METHOD_QP_CREATE, false, se_verbs_create_qp },
	{ UVERBS_OBJECT_QP, UVERBS_METHOD_QP_DESTROY, true, se_verbs_destroy_qp },
	{ UVERBS_OBJECT_AH, UVERBS_METHOD_AH_DESTROY, true, se_verbs_destroy_ah },
	{ UVERBS_OBJECT_MR, UVERBS_METHOD_MR_DESTROY, true, se_verbs_destroy_mr },
	{ UVERBS_OBJECT_ASYNC_EVENT, UVERBS_METHOD_ASYNC_EVENT_ALLOC, false, se_verbs_alloc_async },
};

static const struct {
	uint32_t command;
	se_verbs_fn answer;
} commands[] = {
	{ IB_USER_VERBS_CMD_QUERY_DEVICE, se_verbs_query_device },
	{ IB_USER_VERBS_CMD_FLAG_EXTENDED | IB_USER_VERBS_EX_CMD_QUERY_DEVICE,
	  se_verbs_query_device_ex },
	{ IB_USER_VERBS_CMD_ALLOC_PD, se_verbs_alloc_pd },
	{ IB_USER_VERBS_CMD_CREATE_AH, se_verbs_create_ah },
	{ IB_USER_VERBS_CMD_CREATE_COMP_CHANNEL, se_verbs_create_channel },
	{ IB_USER_VERBS_CMD_REG_MR, se_verbs_reg_mr },
	{ IB_USER_VERBS_CMD_MODIFY_QP, se_verbs_modify_qp },
	{ IB_USER_VERBS_CMD_QUERY_QP, se_verbs_query_qp },
};

static int invoke_write(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	uint32_t command = (uint32_t)se_attr_number(call, UVERBS_ATTR_WRITE_CMD);

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].command == command)
			return commands[i].answer(open_device, call);
	return -EPROTONOSUPPORT;
}

static const struct row *find_method(const struct ib_uverbs_ioctl_hdr *call)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].object == call->object_id && methods[i].method == call->method_id)
			return &methods[i];
	return NULL;
}

static void wait_while_hung(struct se_device *device)
{
	const struct timespec pause = { .tv_nsec = HANG_LOOK_NS };

	while (se_fault_acts(device, SE_FAULT_HANG, SE_ANY_NODE, NULL))
		(void)nanosleep(&pause, NULL);
}

int se_verbs_call(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	const struct row *method = find_method(call);
	struct se_device *device = se_device_at(open_device->device);
	int rc;

	/* the program is ending: its rows are given back, what is left to destroy is nothing */
	if (atomic_load(&open_device->has_left))
		return method && method->is_release ? 0 : -EIO;
	wait_while_hung(device);
	if (!method)
		return -EPROTONOSUPPORT;
	if (!method->is_release && (atomic_load(&device->fault_mask) & SE_FAULTS_ABSENT))
		return -EIO;
	se_count(open_device->device, SE_COUNT_submitted_cmds, 1);
	(void)pthread_mutex_lock(&open_device->lock);
	rc = method->answer(open_device, call);
	(void)pthread_mutex_unlock(&open_device->lock);
	se_count(open_device->device, SE_COUNT_completed_cmds, 1);
	return rc;
}
