/* SPDX-License-Identifier: BSD-3-Clause */
#include "common/node/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <infiniband/efadv.h>
#include <infiniband/verbs.h>
#include <stdio.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/err.h"

static void free_list(struct ibv_device ***list)
{
	if (*list)
		ibv_free_device_list(*list);
}

static void close_device(struct ibv_context **context)
{
	if (*context)
		(void)ibv_close_device(*context);
}

/*
 * The node is opened before libibverbs does it: that one waits 5 s for udev
 * when open(2) is refused, and leaves an errno that is not the cause.
 */
static int try_node(const char *uverbs)
{
	char path[64];
	EG_CLEANUP(eg_close_fd) int fd = -1;

	if (!uverbs[0])
		return ENODEV;
	(void)snprintf(path, sizeof(path), "/dev/infiniband/%s", uverbs);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

static struct ibv_device *find_device(struct ibv_device **list, const char *name)
{
	for (; list && *list; list++) {
		if (!strcmp(ibv_get_device_name(*list), name))
			return *list;
	}
	return NULL;
}

/* Bits 0 to 3 are the same in every version; older headers do not name all. */
static uint32_t known_capabilities(uint32_t device_caps)
{
	_Static_assert((int)EG_CAP_RDMA_READ == (int)EFADV_DEVICE_ATTR_CAPS_RDMA_READ &&
			       (int)EG_CAP_RNR_RETRY == (int)EFADV_DEVICE_ATTR_CAPS_RNR_RETRY,
		       "capability bits are efadv's");
	return device_caps &
	       (EG_CAP_RDMA_READ | EG_CAP_RNR_RETRY | EG_CAP_CQ_WITH_SGID | EG_CAP_RDMA_WRITE);
}

static uint32_t rate_of(const struct ibv_port_attr *port)
{
	static const struct {
		uint8_t code, lanes;
	} widths[] = { { 1, 1 }, { 2, 4 }, { 4, 8 }, { 8, 12 }, { 16, 2 } };
	static const struct {
		uint8_t code;
		uint32_t mbps; /* of a lane */
	} speeds[] = { { 1, 2500 },   { 2, 5000 },   { 4, 10000 },  { 8, 10000 },
		       { 16, 14000 }, { 32, 25000 }, { 64, 50000 }, { 128, 100000 } };
	uint32_t lanes = 0, mbps = 0;

	for (size_t i = 0; i < EG_COUNT(widths); i++)
		lanes = port->active_width == widths[i].code ? widths[i].lanes : lanes;
	for (size_t i = 0; i < EG_COUNT(speeds); i++)
		mbps = port->active_speed == speeds[i].code ? speeds[i].mbps : mbps;
	return lanes * mbps / 1000;
}

/* 0 or a positive errno, as the efadv and verbs calls say it. */
static int query(struct ibv_context *context, struct eg_verbs_device *ret)
{
	struct efadv_device_attr efa = { 0 };
	struct ibv_port_attr port;
	union ibv_gid gid;
	int rc = efadv_query_device(context, &efa, sizeof(efa));

	if (rc)
		return rc;
	ret->capabilities = known_capabilities(efa.device_caps);
	rc = ibv_query_port(context, 1, &port);
	if (rc)
		return rc;
	ret->rate_gbps = rate_of(&port);
	errno = 0;
	if (ibv_query_gid(context, 1, 0, &gid) < 0)
		return errno ? errno : EIO;
	memcpy(ret->gid, gid.raw, sizeof(ret->gid));
	return 0;
}

/* 0 with *@ret, or a positive errno. */
static int open_listed(struct ibv_device **list, const char *name, struct ibv_context **ret)
{
	struct ibv_device *device = find_device(list, name);

	if (!device)
		return ELIBACC;
	errno = 0;
	*ret = ibv_open_device(device);
	if (!*ret)
		return errno ? errno : EIO;
	return 0;
}

static int open_and_query(struct ibv_device **list, struct eg_verbs_device *ret)
{
	EG_CLEANUP(close_device) struct ibv_context *context = NULL;
	int code = try_node(ret->ib.uverbs);

	if (!code)
		code = open_listed(list, ret->ib.name, &context);
	return code ? code : query(context, ret);
}

int eg_verbs_open(const char *name, struct ibv_context **ret)
{
	EG_CLEANUP(free_list) struct ibv_device **list = ibv_get_device_list(NULL);

	return open_listed(list, name, ret);
}

static ssize_t list_kernel_devices(const char *sysfs, struct eg_verbs_device *ret, size_t max,
				   struct eg_err *err)
{
	struct eg_ib_device ib[EG_DEVICES_MAX];
	ssize_t seen = eg_ib_class_list(sysfs, ib, max < EG_COUNT(ib) ? max : EG_COUNT(ib), err);

	for (size_t i = 0; seen > 0 && i < (size_t)seen && i < max && i < EG_COUNT(ib); i++)
		ret[i] = (struct eg_verbs_device){ .ib = ib[i] };
	return seen;
}

ssize_t eg_verbs_list(const char *sysfs, struct eg_verbs_device *ret, size_t max,
		      struct eg_err *err)
{
	EG_CLEANUP(free_list) struct ibv_device **list = NULL;
	ssize_t seen;

	max = max < EG_DEVICES_MAX ? max : EG_DEVICES_MAX;
	seen = list_kernel_devices(sysfs, ret, max, err);
	if (seen <= 0)
		return seen;
	errno = 0;
	list = ibv_get_device_list(NULL);
	/* ENOSYS: the kernel's uverbs part is missing, which each device then shows. */
	if (!list && errno != ENOSYS)
		return eg_err_errno(err, errno ? errno : EIO, "libibverbs lists no devices");
	for (size_t i = 0; i < (size_t)seen && i < max; i++) {
		ret[i].open_errno = open_and_query(list, &ret[i]);
		ret[i].opens = !ret[i].open_errno;
		if (!ret[i].rate_gbps)
			ret[i].rate_gbps = eg_ib_class_rate(sysfs, ret[i].ib.name);
	}
	return seen;
}

bool eg_verbs_copy_on_fork(void)
{
	return ibv_is_fork_initialized() == IBV_FORK_UNNEEDED;
}
