/* SPDX-License-Identifier: BSD-3-Clause */
#include "verbs_call.h"

#include <errno.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <stddef.h>
#include <time.h>

#include "../shared/fault.h"
#include "../shared/verbs_names.h"
#include "session.h"
#include "verbs_attr.h"

#define HANG_LOOK_NS 20000000

struct row {
	uint16_t object;
	uint16_t method;
	bool is_release; /* allowed on a device that is gone */
	enum se_verb verb;
	se_verbs_fn answer;
};

static int invoke_write(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call);

static const struct row methods[] = {
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_INVOKE_WRITE, false, SE_VERB_ANY, invoke_write },
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_PORT, false, SE_VERB_query_port,
	  se_verbs_query_port },
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_GET_CONTEXT, false, SE_VERB_open,
	  se_verbs_get_context },
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_GID_ENTRY, false, SE_VERB_query_gid,
	  se_verbs_query_gid },
	{ UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_GID_TABLE, false, SE_VERB_query_gid,
	  se_verbs_query_gids },
	{ UVERBS_OBJECT_PD, UVERBS_METHOD_PD_DESTROY, true, SE_VERB_dealloc_pd,
	  se_verbs_destroy_pd },
	{ UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_CREATE, false, SE_VERB_create_cq, se_verbs_create_cq },
	{ UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_DESTROY, true, SE_VERB_destroy_cq,
	  se_verbs_destroy_cq },
	{ UVERBS_OBJECT_QP, UVERBS_METHOD_QP_CREATE, false, SE_VERB_create_qp, se_verbs_create_qp },
	{ UVERBS_OBJECT_QP, UVERBS_METHOD_QP_DESTROY, true, SE_VERB_destroy_qp,
	  se_verbs_destroy_qp },
	{ UVERBS_OBJECT_AH, UVERBS_METHOD_AH_DESTROY, true, SE_VERB_destroy_ah,
	  se_verbs_destroy_ah },
	{ UVERBS_OBJECT_MR, UVERBS_METHOD_REG_DMABUF_MR, false, SE_VERB_reg_mr,
	  se_verbs_reg_dmabuf_mr },
	{ UVERBS_OBJECT_MR, UVERBS_METHOD_MR_DESTROY, true, SE_VERB_dereg_mr, se_verbs_destroy_mr },
	{ UVERBS_OBJECT_ASYNC_EVENT, UVERBS_METHOD_ASYNC_EVENT_ALLOC, false, SE_VERB_open,
	  se_verbs_alloc_async },
};

static const struct command {
	uint32_t command;
	enum se_verb verb;
	se_verbs_fn answer;
} commands[] = {
	{ IB_USER_VERBS_CMD_QUERY_DEVICE, SE_VERB_query_device, se_verbs_query_device },
	{ IB_USER_VERBS_CMD_FLAG_EXTENDED | IB_USER_VERBS_EX_CMD_QUERY_DEVICE, SE_VERB_query_device,
	  se_verbs_query_device_ex },
	{ IB_USER_VERBS_CMD_ALLOC_PD, SE_VERB_alloc_pd, se_verbs_alloc_pd },
	{ IB_USER_VERBS_CMD_CREATE_AH, SE_VERB_create_ah, se_verbs_create_ah },
	{ IB_USER_VERBS_CMD_CREATE_COMP_CHANNEL, SE_VERB_ANY, se_verbs_create_channel },
	{ IB_USER_VERBS_CMD_REG_MR, SE_VERB_reg_mr, se_verbs_reg_mr },
	{ IB_USER_VERBS_CMD_MODIFY_QP, SE_VERB_modify_qp, se_verbs_modify_qp },
	{ IB_USER_VERBS_CMD_QUERY_QP, SE_VERB_query_qp, se_verbs_query_qp },
};

static const struct command *find_command(struct ib_uverbs_ioctl_hdr *call)
{
	uint32_t command = (uint32_t)se_attr_number(call, UVERBS_ATTR_WRITE_CMD);

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].command == command)
			return &commands[i];
	return NULL;
}

static int invoke_write(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	const struct command *command = find_command(call);

	return command ? command->answer(open_device, call) : -EPROTONOSUPPORT;
}

static const struct row *find_method(const struct ib_uverbs_ioctl_hdr *call)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (methods[i].object == call->object_id && methods[i].method == call->method_id)
			return &methods[i];
	return NULL;
}

static enum se_verb verb_of(const struct row *method, struct ib_uverbs_ioctl_hdr *call)
{
	const struct command *command;

	if (!method || method->answer != invoke_write)
		return method ? method->verb : SE_VERB_ANY;
	command = find_command(call);
	return command ? command->verb : SE_VERB_ANY;
}

static bool is_hung(struct se_device *device, enum se_verb verb)
{
	struct se_fault fault;

	return se_fault_acts(device, SE_FAULT_HANG, SE_ANY_NODE, &fault) &&
	       (fault.verb == SE_VERB_ANY || fault.verb == (uint32_t)verb);
}

static void wait_while_hung(struct se_device *device, enum se_verb verb)
{
	const struct timespec pause = { .tv_nsec = HANG_LOOK_NS };

	while (is_hung(device, verb))
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
	wait_while_hung(device, verb_of(method, call));
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
