/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <rdma/efa-abi.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <string.h>

#include "route.h"
#include "session.h"
#include "verbs_attr.h"
#include "verbs_call.h"

/* An address handle's number is the device's row, the same for every process. */
static uint32_t number_of(const uint8_t *gid)
{
	for (uint32_t row = 0; row < SE_DEVICES_MAX; row++)
		if (atomic_load(&se_device_at(row)->state) == SE_LIVE &&
		    memcmp(se_device_at(row)->gid, gid, SE_GID_SIZE) == 0)
			return row;
	return SE_AH_NOWHERE;
}

/* A receiver names the sender by its handle only if it has made one. */
static void mark_known(struct se_open_device *open_device, uint32_t number, bool known)
{
	struct se_context *context = &se_map.shared->contexts[open_device->context];
	uint64_t bit = 1ull << (number % 64);

	if (number >= SE_DEVICES_MAX)
		return;
	if (known)
		atomic_fetch_or(&context->ah_known[number / 64], bit);
	else
		atomic_fetch_and(&context->ah_known[number / 64], ~bit);
}

int se_verbs_create_ah(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct ib_uverbs_create_ah request;
	struct {
		struct ib_uverbs_create_ah_resp core;
	} resp;
	struct efa_ibv_create_ah_resp driver = { 0 };
	uint32_t number;

	if (!se_attr_input(call, UVERBS_ATTR_CORE_IN, &request, sizeof(request)) ||
	    !request.attr.is_global) {
		se_count(open_device->device, SE_COUNT_create_ah_err, 1);
		return -EINVAL;
	}
	number = number_of(request.attr.grh.dgid);
	if (open_device->ah_users[number] == UINT16_MAX)
		return -ENOMEM;
	open_device->ah_users[number]++;
	mark_known(open_device, number, true);
	resp.core.ah_handle = number;
	driver.efa_address_handle = (uint16_t)number;
	se_attr_output(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	se_attr_output(call, UVERBS_ATTR_UHW_OUT, &driver, sizeof(driver));
	return 0;
}

int se_verbs_destroy_ah(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	uint64_t number = se_attr_number(call, UVERBS_ATTR_DESTROY_AH_HANDLE);

	if (number >= SE_AH_NUMBERS || open_device->ah_users[number] == 0)
		return -ENOENT;
	if (--open_device->ah_users[number] == 0)
		mark_known(open_device, (uint32_t)number, false);
	return 0;
}
