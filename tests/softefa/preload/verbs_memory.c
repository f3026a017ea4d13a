/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <rdma/efa-abi.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_verbs.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../shared/device_format.h"
#include "../shared/fabric_lock.h"
#include "../shared/fault.h"
#include "limits.h"
#include "memlock.h"
#include "pin.h"
#include "session.h"
#include "verbs_attr.h"
#include "verbs_call.h"

/* Pages asked about in one mincore() call, one byte of stack each. */
#define PAGES_AT_ONCE 4096u

int se_verbs_alloc_pd(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct {
		struct ib_uverbs_alloc_pd_resp core;
	} resp;
	struct efa_ibv_alloc_pd_resp driver = { 0 };
	int handle = se_pd_alloc(&open_device->pds);

	if (handle < 0) {
		se_count(open_device->device, SE_COUNT_alloc_pd_err, 1);
		return handle;
	}
	resp.core.pd_handle = (uint32_t)handle;
	driver.pdn = (uint16_t)resp.core.pd_handle;
	se_attr_output(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	se_attr_output(call, UVERBS_ATTR_UHW_OUT, &driver, sizeof(driver));
	return 0;
}

int se_verbs_destroy_pd(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	return se_pd_free(&open_device->pds, se_attr_number(call, UVERBS_ATTR_DESTROY_PD_HANDLE));
}

/* A driver pins the pages, which fails where nothing is mapped. */
static int check_mapped(uint64_t start, uint64_t length)
{
	unsigned char resident[PAGES_AT_ONCE];
	uint64_t at = start & ~(uint64_t)(SE_PAGE - 1);
	uint64_t end = start + length;

	while (at < end) {
		uint64_t bytes = end - at;

		if (bytes > (uint64_t)PAGES_AT_ONCE * SE_PAGE)
			bytes = (uint64_t)PAGES_AT_ONCE * SE_PAGE;
		if (mincore((void *)(uintptr_t)at, bytes, resident) < 0)
			return -EFAULT;
		at += bytes;
	}
	return 0;
}

/* The number of times a row was used is the upper half of its key, so a stale key is noticed. */
static uint32_t next_key(struct se_mr *mr, uint32_t row)
{
	uint32_t uses = mr->last_key / SE_DEVICE_MRS + 1;

	mr->last_key = (uses * SE_DEVICE_MRS + row) & SE_KEY_MASK;
	if (mr->last_key < SE_DEVICE_MRS)
		mr->last_key += SE_DEVICE_MRS;
	return mr->last_key;
}

static int add_mr(struct se_open_device *open_device, const struct ib_uverbs_reg_mr *request,
		  uint64_t pages, uint32_t pin, uint32_t *ret_key)
{
	struct se_block *block = se_fabric_block(&se_map, open_device->device);
	struct se_device *device = se_device_at(open_device->device);
	struct se_mr *mr = NULL;
	uint32_t row;

	if (!block)
		return -ENOMEM;
	(void)se_lock(&device->lock);
	for (row = 0; row < SE_DEVICE_MRS && !mr; row++)
		if (!atomic_load(&block->mrs[row].key))
			mr = &block->mrs[row];
	if (mr) {
		mr->owner = se_open_device_owner(open_device, request->pd_handle);
		mr->access = request->access_flags;
		mr->start = request->start;
		mr->length = request->length;
		mr->iova = request->hca_va;
		mr->pages = pages;
		mr->pin = pin;
		*ret_key = next_key(mr, row - 1);
		atomic_store(&mr->key, *ret_key);
	}
	se_unlock(&device->lock);
	return mr ? 0 : -ENOMEM;
}

static int add_pinned(struct se_open_device *open_device, const struct ib_uverbs_reg_mr *request,
		      uint64_t pages, uint32_t *ret_key)
{
	uint32_t pin = se_pin(request->start, request->length);
	int rc = add_mr(open_device, request, pages, pin, ret_key);

	if (rc < 0)
		se_unpin(pin);
	return rc;
}

/* What the kernel and its driver check before they look at the memory. */
static int check_access(const struct se_open_device *open_device, uint32_t flags)
{
	const uint32_t remote = IB_UVERBS_ACCESS_REMOTE_WRITE | IB_UVERBS_ACCESS_REMOTE_ATOMIC;
	uint32_t access = flags & ~(uint32_t)IB_UVERBS_ACCESS_OPTIONAL_RANGE;
	uint32_t known = IB_UVERBS_ACCESS_LOCAL_WRITE;

	if ((access & remote) && !(access & IB_UVERBS_ACCESS_LOCAL_WRITE))
		return -EINVAL;
	if (se_device_at(open_device->device)->rdma_read)
		known |= IB_UVERBS_ACCESS_REMOTE_READ;
	if (se_device_writes(se_device_at(open_device->device)))
		known |= IB_UVERBS_ACCESS_REMOTE_WRITE;
	return access & ~known ? -EOPNOTSUPP : 0;
}

static int check_request(const struct se_open_device *open_device,
			 const struct ib_uverbs_reg_mr *request)
{
	if (request->length == 0 || request->length > SE_MR_BYTES ||
	    request->start + request->length < request->start ||
	    request->start % SE_PAGE != request->hca_va % SE_PAGE)
		return -EINVAL;
	return check_access(open_device, request->access_flags);
}

/* Register what has passed the checks. */
static int pin_and_add(struct se_open_device *open_device, const struct ib_uverbs_reg_mr *request,
		       uint32_t *ret_key)
{
	const struct se_device *device = se_device_at(open_device->device);
	uint64_t pages = 0;
	int rc;

	if (!se_map.shared->nodes[device->node].free_memlock)
		pages = se_memlock_pages(request->start, request->length);

	if (se_fault_acts(se_device_at(open_device->device), SE_FAULT_REGFAIL, SE_ANY_NODE, NULL))
		return -ENOMEM;
	if (!se_pd_get(&open_device->pds, request->pd_handle))
		return -EINVAL;
	rc = pages > 0 ? se_memlock_charge(pages) : 0;
	if (rc == 0) {
		rc = check_mapped(request->start, request->length);
		if (rc == 0)
			rc = add_pinned(open_device, request, pages, ret_key);
		if (rc < 0)
			se_memlock_uncharge(pages);
	}
	if (rc < 0)
		se_pd_put(&open_device->pds, request->pd_handle);
	else
		open_device->pinned_pages += pages;
	return rc;
}

int se_verbs_reg_mr(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	struct ib_uverbs_reg_mr request;
	struct ib_uverbs_reg_mr_resp resp = { 0 };
	uint32_t key = 0;
	int rc = -EINVAL;

	if (se_attr_input(call, UVERBS_ATTR_CORE_IN, &request, sizeof(request)))
		rc = check_request(open_device, &request);
	if (rc == 0)
		rc = pin_and_add(open_device, &request, &key);
	if (rc < 0) {
		se_count(open_device->device, SE_COUNT_reg_mr_err, 1);
		return rc;
	}
	resp.mr_handle = key;
	resp.lkey = key;
	resp.rkey = key;
	se_attr_output(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	return 0;
}

/* Whether the kernel made @fd to share memory of devices. */
static bool is_dmabuf(int fd)
{
	char path[64];
	char target[16] = "";

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, target, sizeof(target) - 1) > 0 &&
	       strncmp(target, "/dmabuf:", strlen("/dmabuf:")) == 0;
}

/*
 * Only memory that programs can reach can be moved here, and that of a device
 * is not. So a buffer of a device is refused, as by a driver that cannot attach to it;
 * what is none is refused as the kernel does.
 */
int se_verbs_reg_dmabuf_mr(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	uint32_t access = (uint32_t)se_attr_number(call, UVERBS_ATTR_REG_DMABUF_MR_ACCESS_FLAGS);
	int fd = (int)se_attr_number(call, UVERBS_ATTR_REG_DMABUF_MR_FD);
	int rc = check_access(open_device, access);

	if (rc == 0 && fcntl(fd, F_GETFD) < 0)
		rc = -EBADF;
	else if (rc == 0)
		rc = is_dmabuf(fd) ? -EOPNOTSUPP : -EINVAL;
	se_count(open_device->device, SE_COUNT_reg_mr_err, 1);
	return rc;
}

int se_verbs_destroy_mr(struct se_open_device *open_device, struct ib_uverbs_ioctl_hdr *call)
{
	uint32_t key = (uint32_t)se_attr_number(call, UVERBS_ATTR_DESTROY_MR_HANDLE);
	struct se_block *block = se_fabric_block(&se_map, open_device->device);
	struct se_mr *mr = &block->mrs[key % SE_DEVICE_MRS];
	uint64_t pages;

	if (!key || atomic_load(&mr->key) != key || mr->owner.context_id != open_device->context_id)
		return -ENOENT;
	se_inbox_empty(open_device);
	pages = mr->pages;
	se_pd_put(&open_device->pds, mr->owner.pd);
	se_unpin(mr->pin);
	atomic_store(&mr->key, 0);
	/* after this no thread that polls still copies to it */
	se_inbox_empty(open_device);
	se_memlock_uncharge(pages);
	open_device->pinned_pages -= pages;
	return 0;
}
