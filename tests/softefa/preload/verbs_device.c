/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <rdma/efa-abi.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <string.h>

#include "../shared/device_format.h"
#include "../shared/fault.h"
#include "../shared/rate_label.h"
#include "limits.h"
#include "message.h"
#include "remote_read.h"
#include "session.h"
#include "verbs_attr.h"
#include "verbs_call.h"

#define PORT_ACTIVE 4
#define PHYS_LINK_UP 5
#define MTU_4096 5
#define GUID_OFFSET 8
/* Newer than the kernel header that is at hand. */
#define CAPS_RDMA_WRITE (1u << 5)
#define CAPS_UNSOLICITED_WRITE_RECV (1u << 6)

int se_verbs_get_context(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	const uint32_t vectors = 1;
	const uint64_t support = IB_UVERBS_CORE_SUPPORT_OPTIONAL_MR_ACCESS;
	const struct efa_ibv_alloc_ucontext_resp driver = {
		.cmds_supp_udata_mask =
			EFA_USER_CMDS_SUPP_UDATA_QUERY_DEVICE | EFA_USER_CMDS_SUPP_UDATA_CREATE_AH,
		.sub_cqs_per_cq = 1,
		.inline_buf_size = SE_INLINE_MAX,
		.max_llq_size = SE_SQ_WRS * sizeof(struct se_send_entry),
	};

	(void)open_device;
	se_attr_output(call, UVERBS_ATTR_GET_CONTEXT_NUM_COMP_VECTORS, &vectors, sizeof(vectors));
	se_attr_output(call, UVERBS_ATTR_GET_CONTEXT_CORE_SUPPORT, &support, sizeof(support));
	se_attr_output(call, UVERBS_ATTR_UHW_OUT, &driver, sizeof(driver));
	return 0;
}

static void fill_device(const struct se_device *device, struct ib_uverbs_query_device_resp *resp)
{
	memset(resp, 0, sizeof(*resp));
	if (se_map.shared->nodes[device->node].driver >= SE_DRIVER_HAS_GUID)
		memcpy(&resp->node_guid, device->gid + GUID_OFFSET, sizeof(resp->node_guid));
	resp->max_mr_size = SE_MR_BYTES;
	resp->page_size_cap = SE_PAGE;
	resp->vendor_id = SE_VENDOR;
	resp->vendor_part_id = device->part_id;
	resp->hw_ver = device->part_id;
	resp->max_qp = SE_DEVICE_QPS;
	resp->max_qp_wr = SE_RQ_WRS;
	resp->max_sge = SE_RQ_SGES;
	resp->max_sge_rd = 1;
	resp->max_cq = SE_DEVICE_CQS;
	resp->max_cqe = SE_CQES;
	resp->max_mr = SE_DEVICE_MRS;
	resp->max_pd = SE_PDS;
	resp->max_ah = SE_AHS;
	resp->max_pkeys = 1;
	resp->phys_port_cnt = 1;
}

int se_verbs_query_device(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct ib_uverbs_query_device_resp resp;

	/* libibverbs probes without room for an answer; this error says commands go by ioctl */
	if (!se_attr_find(call, UVERBS_ATTR_CORE_OUT))
		return -ENOSPC;
	fill_device(se_device_at(open_device->device), &resp);
	se_attr_output(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	return 0;
}

int se_verbs_query_device_ex(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	const struct se_device *device = se_device_at(open_device->device);
	struct ib_uverbs_ex_query_device_resp resp = { .response_length = sizeof(resp) };
	struct efa_ibv_ex_query_device_resp driver = {
		.max_sq_wr = SE_SQ_WRS,
		.max_rq_wr = SE_RQ_WRS,
		.max_sq_sge = SE_SQ_SGES,
		.max_rq_sge = SE_RQ_SGES,
		.max_rdma_size = device->rdma_read ? SE_READ_MAX : 0,
		.device_caps = EFA_QUERY_DEVICE_CAPS_RNR_RETRY |
			       EFA_QUERY_DEVICE_CAPS_CQ_NOTIFICATIONS |
			       EFA_QUERY_DEVICE_CAPS_CQ_WITH_SGID,
	};

	if (device->rdma_read)
		driver.device_caps |= EFA_QUERY_DEVICE_CAPS_RDMA_READ;
	if (se_device_writes(device))
		driver.device_caps |= CAPS_RDMA_WRITE | CAPS_UNSOLICITED_WRITE_RECV;
	fill_device(device, &resp.base);
	se_attr_output(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	se_attr_output(call, UVERBS_ATTR_UHW_OUT, &driver, sizeof(driver));
	return 0;
}

int se_verbs_query_port(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	const struct se_device *device = se_device_at(open_device->device);
	const struct se_rate_label *rate =
		se_rate_label(device->rate_gbps, se_map.shared->nodes[device->node].driver);
	const struct ib_uverbs_query_port_resp_ex resp = {
		.legacy_resp = {
			.max_msg_sz = SE_MESSAGE_MAX,
			.gid_tbl_len = 1,
			.pkey_tbl_len = 1,
			.state = PORT_ACTIVE,
			.max_mtu = MTU_4096,
			.active_mtu = MTU_4096,
			.lmc = 1,
			.max_vl_num = 1,
			.active_width = rate->width,
			.active_speed = rate->speed,
			.phys_state = PHYS_LINK_UP,
		},
	};
	uint8_t port;

	if (!se_attr_input(call, UVERBS_ATTR_QUERY_PORT_PORT_NUM, &port, sizeof(port)) || port != 1)
		return -EINVAL;
	se_attr_output(call, UVERBS_ATTR_QUERY_PORT_RESP, &resp, sizeof(resp));
	return 0;
}

static struct ib_uverbs_gid_entry gid_entry(struct se_device *device)
{
	struct ib_uverbs_gid_entry entry = { .port_num = 1, .gid_type = IB_UVERBS_GID_TYPE_IB };

	if (!se_fault_acts(device, SE_FAULT_ZERO_GID, SE_ANY_NODE, NULL))
		memcpy(entry.gid, device->gid, SE_GID_SIZE);
	return entry;
}

int se_verbs_query_gid(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct ib_uverbs_gid_entry entry = gid_entry(se_device_at(open_device->device));

	if (se_attr_number(call, UVERBS_ATTR_QUERY_GID_ENTRY_PORT) != 1 ||
	    se_attr_number(call, UVERBS_ATTR_QUERY_GID_ENTRY_GID_INDEX) != 0)
		return -EINVAL;
	se_attr_output(call, UVERBS_ATTR_QUERY_GID_ENTRY_RESP_ENTRY, &entry, sizeof(entry));
	return 0;
}

int se_verbs_query_gids(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct ib_uverbs_gid_entry entry = gid_entry(se_device_at(open_device->device));
	const uint64_t entries = 1;

	se_attr_output(call, UVERBS_ATTR_QUERY_GID_TABLE_RESP_ENTRIES, &entry, sizeof(entry));
	se_attr_output(call, UVERBS_ATTR_QUERY_GID_TABLE_RESP_NUM_ENTRIES, &entries,
		       sizeof(entries));
	return 0;
}
