/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verbs_attr - the attributes of one uverbs ioctl, read and answered.
 *
 * Input of up to 8 bytes lies in the attribute itself, longer input behind a
 * pointer; output is always behind a pointer; handles and descriptors come
 * back in the attribute. Everything is memory of the calling process.
 */
#ifndef SE_VERBS_ATTR_H
#define SE_VERBS_ATTR_H

#include <rdma/rdma_user_ioctl_cmds.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL when the call has no such attribute. */
struct ib_uverbs_attr *se_attr_find(struct ib_uverbs_ioctl_hdr *call, uint16_t id);

/* A number or handle of up to 64 bits, 0 when it is not given. */
uint64_t se_attr_number(struct ib_uverbs_ioctl_hdr *call, uint16_t id);

/*
 * Copy the input @id into @ret, @size bytes; what the caller gave less of is
 * zero. False when it is not given.
 */
bool se_attr_input(struct ib_uverbs_ioctl_hdr *call, uint16_t id, void *ret, size_t size);

/* Answer output @id with as much of @value as the caller has room for, if it asks. */
void se_attr_output(struct ib_uverbs_ioctl_hdr *call, uint16_t id, const void *value, size_t size);

/* Answer the new handle or descriptor @id. */
void se_attr_handle(struct ib_uverbs_ioctl_hdr *call, uint16_t id, int64_t value);

#endif
