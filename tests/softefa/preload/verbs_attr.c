/* SPDX-License-Identifier: BSD-3-Clause */
#include "verbs_attr.h"

#include <string.h>

struct ib_uverbs_attr *se_attr_find(struct ib_uverbs_ioctl_hdr *call, uint16_t id)
{
	for (uint16_t i = 0; i < call->num_attrs; i++)
		if (call->attrs[i].attr_id == id)
			return &call->attrs[i];
	return NULL;
}

static const void *input_of(const struct ib_uverbs_attr *attr)
{
	if (attr->len <= sizeof(attr->data))
		return &attr->data;
	return (const void *)(uintptr_t)attr->data;
}

uint64_t se_attr_number(struct ib_uverbs_ioctl_hdr *call, uint16_t id)
{
	const struct ib_uverbs_attr *attr = se_attr_find(call, id);

	return attr ? attr->data : 0;
}

bool se_attr_input(struct ib_uverbs_ioctl_hdr *call, uint16_t id, void *ret, size_t size)
{
	const struct ib_uverbs_attr *attr = se_attr_find(call, id);

	memset(ret, 0, size);
	if (!attr)
		return false;
	memcpy(ret, input_of(attr), attr->len < size ? attr->len : size);
	return true;
}

void se_attr_output(struct ib_uverbs_ioctl_hdr *call, uint16_t id, const void *value, size_t size)
{
	struct ib_uverbs_attr *attr = se_attr_find(call, id);

	if (!attr)
		return;
	memcpy((void *)(uintptr_t)attr->data, value, attr->len < size ? attr->len : size);
	attr->flags |= UVERBS_ATTR_F_VALID_OUTPUT;
}

void se_attr_handle(struct ib_uverbs_ioctl_hdr *call, uint16_t id, int64_t value)
{
	struct ib_uverbs_attr *attr = se_attr_find(call, id);

	if (!attr)
		return;
	attr->data_s64 = value;
	attr->flags |= UVERBS_ATTR_F_VALID_OUTPUT;
}
